"""Settings of what happens when receipts are missing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from expenses.change_receipt_rules import change_receipt_rules
from expenses.forms_receipts import DeclarationRulesForm
from expenses.models import rules_of
from pleo.lib.http import CompanyRequest, toast

FORMS: dict[str, Any] = {"declarations": DeclarationRulesForm}


@require_http_methods(["GET", "POST"])
@permitted("receipts.rules")
def settings_receipts(request: CompanyRequest) -> HttpResponse:
    """Show every group of rules in a form of its own; each is saved for itself."""
    rules = rules_of(request.company)
    part = request.POST.get("part", "")
    forms = {name: form(request.POST if name == part else None, rules=rules) for name, form in FORMS.items()}
    if part in forms and forms[part].is_valid():
        change_receipt_rules(by=request.membership, now=timezone.now(), **forms[part].cleaned_data)
        toast(request, gettext("Saved."))
        url = reverse("settings-receipts", kwargs={"company": request.company.slug})
        return HttpResponseRedirect(f"{url}#{part}", status=303)
    status = 422 if request.method == "POST" else 200
    return render(request, "expenses/receipt_rules.html", {"forms": forms, "rules": rules}, status=status)
