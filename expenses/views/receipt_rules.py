"""Settings of what happens when receipts are missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from expenses.change_receipt_rules import change_receipt_rules
from expenses.forms_receipts import ChaseRulesForm, DeclarationRulesForm, LockRulesForm
from expenses.models import ReceiptRules, rules_of
from expenses.receipt_lock import Preview, Terms, preview
from pleo.lib.http import CompanyRequest, toast

FORMS: dict[str, Any] = {"declarations": DeclarationRulesForm, "chasing": ChaseRulesForm, "lock": LockRulesForm}


@require_http_methods(["GET", "POST"])
@permitted("receipts.rules")
def settings_receipts(request: CompanyRequest) -> HttpResponse:
    """Show every group of rules in a form of its own; each is saved for itself. `do=preview` only shows what a lock would do."""
    rules = rules_of(request.company)
    part = request.POST.get("part", "")
    forms = {name: form(request.POST if name == part else None, rules=rules) for name, form in FORMS.items()}
    is_asked = request.POST.get("do") == "preview"
    if part in forms and forms[part].is_valid() and not is_asked:
        change_receipt_rules(by=request.membership, now=timezone.now(), **forms[part].cleaned_data)
        toast(request, gettext("Saved."))
        url = reverse("settings-receipts", kwargs={"company": request.company.slug})
        return HttpResponseRedirect(f"{url}#{part}", status=303)
    is_wrong = request.method == "POST" and (part not in forms or bool(forms[part].errors))
    context = {"forms": forms, "rules": rules, "preview": _preview(rules, forms["lock"])}
    return render(request, "expenses/receipt_rules.html", context, status=422 if is_wrong else 200)


def _preview(rules: ReceiptRules, form: LockRulesForm) -> Preview | None:
    """Return what the lock would do: by what is typed, else by the rules as they are."""
    terms = Terms.of(rules)
    if form.is_bound:
        if not form.is_valid():
            return None
        typed = form.cleaned_data
        terms = Terms(
            typed["lock_count"], typed["lock_days"], timedelta(hours=typed["lock_notice_hours"]),
            typed["lock_spares_vendor_cards"], typed["lock_spared_merchants"],
        )  # fmt: skip
    return preview(company=rules.company, terms=terms, now=timezone.now())
