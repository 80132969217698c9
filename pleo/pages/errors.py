"""What a page answers when something is missing, refused or broken: what happened, whose doing it was, what now."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts import permissions
from accounts.models import Membership
from pleo.lib.http import request_id

# Names shown to somebody who is refused: enough to know whom to ask.
NAMED = 5


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 with the people of the company whose role includes the page."""
    capability, membership = str(exception), getattr(request, "membership", None)
    people: list[Membership] = []
    if membership is not None and capability in permissions.CAPABILITIES:
        roles = permissions.CAPABILITIES[capability] - {permissions.SERVICE}
        mine = Membership.objects.for_company(membership.company).active()
        people = list(mine.filter(role__in=roles).order_by("name", "id")[:NAMED])
    return render(request, "403.html", {"who_has_access": people}, status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404, the same for what never was and what this person may not see."""
    return render(request, "404.html", status=404)


def senseless(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 when what was sent was too large."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database, with the code that finds the fault in the log."""
    context: dict[str, Any] = {"code": request_id.get()[-8:]}
    return HttpResponse(render_to_string("500.html", context), status=500)
