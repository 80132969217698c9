"""The companies whose books a person keeps, with what is open in each."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts import permissions
from accounts.models import CompanyStatus, Membership
from bookkeeping.clients import open_work
from bookkeeping.forms_clients import ClientExportForm
from bookkeeping.models import ClientRun
from pleo.lib.csv import csv_response
from pleo.lib.search import search_words

# Clients on a page. A person keeps the books of dozens, not thousands, so the figures of all are counted at once.
SIZE = 50


@require_GET
@login_required
def clients(request: HttpRequest) -> HttpResponse:
    """Every company whose books one may see: open work, the queue, the last export, and the way in."""
    rows, total = _rows(request)
    page = Paginator(rows, SIZE).get_page(request.GET.get("page", ""))
    user: Any = request.user
    context = {
        "rows": page.object_list, "page": page, "total": total, "q": request.GET.get("q", "")[:100],
        "form": ClientExportForm(), "may_export": any(row["membership"].can("books.export") for row in page.object_list),
        "runs": ClientRun.objects.of_user(user).order_by("-created_at", "-id")[:3],
    }  # fmt: skip
    return render(request, "bookkeeping/clients.html", context)


@require_GET
@login_required
def clients_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as searched and sorted, as a file."""
    rows, _ = _rows(request)
    lines = (
        [row["company"].name, row["membership"].get_role_display(), row.get("unexported", 0), row.get("ready", 0),
         row.get("receipts", 0), row.get("questions", 0), row.get("queued", 0), row.get("closed", "") or "",
         row["company"].day_of(row["last"]) if row.get("last") else ""]
        for row in rows
    )  # fmt: skip
    head = [
        "Client", "Your role", "Unexported", "Ready", "Receipts missing", "Questions open", "In queue", "Closed up to",
        "Last export",
    ]  # fmt: skip
    return csv_response("clients.csv", [gettext(word) for word in head], lines)


def _rows(request: HttpRequest) -> tuple[list[dict[str, Any]], int]:
    """Return the clients as searched and sorted, and how many there are without the search."""
    roles = permissions.CAPABILITIES["books.see"]
    user: Any = request.user
    mine = Membership.objects.active().filter(user=user, company__status=CompanyStatus.ACTIVE, role__in=roles)
    memberships = list(mine.select_related("company").order_by("company__name", "company_id"))
    words = search_words(request.GET.get("q", "").replace("\x00", ""))
    found = [one for one in memberships if all(word in one.company.name.lower() for word in words)]
    work = open_work([one.company_id for one in found])
    rows = [{"membership": one, "company": one.company, **work.get(one.company_id, {})} for one in found]
    if request.GET.get("sort") in ("open", "-open"):
        rows.sort(key=lambda row: row.get("unexported", 0), reverse=request.GET["sort"] == "-open")
    return rows, len(memberships)
