"""How the company books."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from bookkeeping.change_settings import change_settings
from bookkeeping.forms import SettingsForm
from bookkeeping.models import BookSettings
from bookkeeping.setup import missing
from bookkeeping.views import rights
from bookkeeping.vouchers import next_voucher
from expenses.views.masters import KINDS
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@permitted("books.see")
def books_settings(request: CompanyRequest) -> HttpResponseBase:
    """Contra accounts, fiscal year and the look of files; says what is still missing."""
    may = rights(request)
    if request.method == "POST" and not may["settings"]:
        raise PermissionDenied("books.settings")
    settings = get_object_or_404(BookSettings.objects.for_company(request.company).select_related("company"))
    form = SettingsForm(request.POST if request.method == "POST" else None, settings=settings)
    if form.is_bound and form.is_valid():
        try:
            change_settings(by=request.membership, wanted=form.wanted)
        except DomainError as error:
            field = error.field or error.params.get("field")
            form.add_error(field if field in form.fields else None, error.message())
        else:
            toast(request, gettext("Book settings saved."))
            return HttpResponseRedirect(reverse("books-settings", kwargs={"company": request.company.slug}), status=303)

    context = {
        "form": form, "may": may, "missing": missing(settings), "what": "settings", "kinds": KINDS,
        "next_voucher": next_voucher(request.company, settings, timezone.localdate(timezone=request.company.zone)),
    }  # fmt: skip
    return render(request, "bookkeeping/settings.html", context, status=422 if form.errors else 200)
