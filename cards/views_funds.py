"""Money for cards at the issuer: have it fetched from the linked bank account, and see how far it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from cards.fetch_funds import fetch_funds, is_fetched
from cards.forms_funds import FundsForm
from cards.funds_asked import funds_asked
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@permitted("wallet.top_up")
def funds(request: CompanyRequest) -> HttpResponseBase:
    """Ask the issuer to fetch money, once for each form; what it said of the last of it stands below."""
    form = FundsForm(request.POST if request.method == "POST" else None, company=request.company)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            fetch_funds(company=request.company, amount=values["amount"], key=values["key"], by=request.membership)
        except DomainError as error:
            form.add_error("amount", error.message())
        else:
            said = _("The issuer fetches %(amount)s. It can be spent once it has come.")
            toast(request, said % {"amount": format.amount(values["amount"])})
            return HttpResponseRedirect(reverse("funds", kwargs={"company": request.company.slug}), status=303)
    context: dict[str, Any] = {
        "form": form, "is_fetched": is_fetched(request.company), "asked": funds_asked(request.company),
    }  # fmt: skip
    return render(request, "cards/funds.html", context, status=422 if form.errors else 200)
