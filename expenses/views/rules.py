"""Coding rules: the list in its order, one rule with what it would do, and running them over the past."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.models import Card
from expenses.coding_rules import read
from expenses.forms_rules import CodingFields, RuleForm
from expenses.keep_card_coding import keep_card_coding
from expenses.keep_coding_rule import keep_rule, move_rule, remove_rule, switch_rule
from expenses.models import CardCoding, CodingRule, Expense, RuleRun, Vendor
from expenses.rule_preview import preview
from expenses.rule_run import start_rule_run, uncoded
from expenses.rule_words import RuleWords, usual_name
from expenses.views.expense import address, fetch
from expenses.views.masters import KINDS
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast, wants_fragment
from pleo.lib.pagination import bounded_count, paginate


def _rules(request: CompanyRequest) -> QuerySet[CodingRule]:
    rows: QuerySet[CodingRule] = CodingRule.objects.for_company(request.company).filter(archived_at=None)
    rows = rows.select_related("category", "tax_code", "vendor", "template")
    if request.GET.get("on") in ("1", "0"):
        rows = rows.filter(is_on=request.GET["on"] == "1")
    for word in request.GET.get("q", "")[:80].replace("\x00", "").split():
        rows = rows.filter(name__icontains=word)
    return rows


def _to_list(request: CompanyRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("coding-rules", kwargs={"company": request.company.slug}), status=303)


@require_GET
@permitted("books.see")
def coding_rules(request: CompanyRequest) -> HttpResponse:
    """Show the rules in the order in which they are asked."""
    rows = _rules(request)
    page = paginate(rows, by=("position", "id"), cursor=request.GET.get("cursor", ""), descending=False)
    words, count = RuleWords(request.company, page.rows), bounded_count(rows)[0]
    for rule in page.rows:
        shown: Any = rule
        shown.when, shown.then = words.when(rule), words.then(rule)
    run = RuleRun.objects.for_company(request.company).order_by("-id").first()
    context = {
        "page": page, "count": count, "what": "rules", "kinds": KINDS, "query": request.GET.get("q", "")[:80], "run": run,
        "on": request.GET.get("on", ""), "can_manage": request.membership.can("masters.manage"),
        "uncoded": uncoded(request.company).filter(is_coded=False)[:1].exists(),
    }  # fmt: skip
    template = "expenses/rules.html"
    return render(request, f"{template}#list" if wants_fragment(request) else template, context)


@require_GET
@permitted("books.see")
def coding_rules_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the rules as CSV."""
    header = [gettext("Place"), gettext("Name"), gettext("When"), gettext("Then"), gettext("On")]
    rules = list(_rules(request).order_by("position", "id"))
    return csv_response(f"rules-{request.company.slug}.csv", header, _export_rows(request, rules))


def _export_rows(request: CompanyRequest, rules: list[CodingRule]) -> Iterator[list[Any]]:
    words = RuleWords(request.company, rules)
    for rule in rules:
        on = gettext("Yes") if rule.is_on else gettext("No")
        yield [rule.position, rule.name, words.when(rule), words.then(rule), on]


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def coding_rule_create(request: CompanyRequest) -> HttpResponse:
    """Add a rule; `expense` fills the form with how one purchase is coded."""
    initial: dict[str, Any] = {}
    if request.method == "GET" and request.GET.get("expense"):
        rows = Expense.objects.visible_to(request.membership)
        initial = RuleForm.initial_of_expense(get_object_or_404(rows, number=_number(request.GET["expense"])))
    return _edit(request, None, initial)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def coding_rule(request: CompanyRequest, coding_rule_id: UUID) -> HttpResponse:
    rule = get_object_or_404(_rules(request).select_related("company"), pk=coding_rule_id)
    return _edit(request, rule, RuleForm.initial_of_rule(rule))


def _edit(request: CompanyRequest, rule: CodingRule | None, initial: dict[str, Any]) -> HttpResponse:
    """Show a rule, what it would do (`do` = preview), or keep it."""
    data = request.POST if request.method == "POST" else None
    form = RuleForm(data, company=request.company, initial=initial)
    asked, status = request.POST.get("do") == "preview", 200
    if data is not None and form.is_valid() and not asked:
        try:
            kept = _keep(request, form, rule)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("%(name)s applies to what comes from now on.") % {"name": kept.name})
            return _to_list(request)
    if data is not None and form.errors:
        status = 422
    context: dict[str, Any] = {"form": form, "rule": rule, "vendors": _vendors(request)}
    conditions = form.cleaned_data.get("conditions") if data is not None and not form.errors else None
    if conditions is None and data is None and initial.get("merchants"):
        conditions = (
            read({"merchants": str(initial["merchants"]).splitlines()}) if rule is None else read(rule.conditions)
        )
    context["preview"] = preview(by=request.membership, conditions=conditions) if conditions else None
    template = template_for(request, "expenses/rule_edit.html", "preview") if asked else "expenses/rule_edit.html"
    return render(request, template, context, status=200 if asked and wants_fragment(request) else status)


def _keep(request: CompanyRequest, form: RuleForm, rule: CodingRule | None) -> CodingRule:
    data = form.cleaned_data
    name = data["name"] or usual_name(data["conditions"], gettext("Rule"))
    return keep_rule(
        by=request.membership, name=name, conditions=data["conditions"], is_on=data["is_on"], rule=rule,
        now=timezone.now(), **form.says(),
    )  # fmt: skip


def _vendors(request: CompanyRequest) -> Any:
    rows = Vendor.objects.for_company(request.company).filter(merged_into=None, archived_at=None)
    return rows.order_by("name").values_list("name", flat=True)[:1000]


@require_POST
@permitted("masters.manage")
def coding_rule_place(request: CompanyRequest, coding_rule_id: UUID) -> HttpResponse:
    """Move a rule to a place in the order, counted from 1."""
    rule = get_object_or_404(_rules(request), pk=coding_rule_id)
    move_rule(by=request.membership, rule=rule, to=max(1, _number(request.POST.get("to", ""))), now=timezone.now())
    return _to_list(request)


@require_POST
@permitted("masters.manage")
def coding_rule_switch(request: CompanyRequest, coding_rule_id: UUID) -> HttpResponse:
    """Let a rule apply, or not for now."""
    rule = get_object_or_404(_rules(request), pk=coding_rule_id)
    switch_rule(by=request.membership, rule=rule, is_on=request.POST.get("on") == "1", now=timezone.now())
    return _to_list(request)


@require_POST
@permitted("masters.manage")
def coding_rule_removal(request: CompanyRequest, coding_rule_id: UUID) -> HttpResponse:
    """Take a rule away, or bring it back with `restore`."""
    rule = get_object_or_404(CodingRule.objects.for_company(request.company), pk=coding_rule_id)
    restore = bool(request.GET.get("restore"))
    try:
        remove_rule(by=request.membership, rule=rule, is_removed=not restore, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return _to_list(request)
    here = reverse("coding-rule-removal", kwargs={"company": request.company.slug, "coding_rule_id": rule.pk})
    text = gettext("%(name)s applies again, as the last rule.") if restore else gettext("%(name)s is gone.")
    toast(request, text % {"name": rule.name}, undo="" if restore else f"{here}?restore=1")
    return _to_list(request)


@require_POST
@permitted("masters.manage")
def expense_rule(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Code this merchant always as this expense is coded: one tap, before all other rules."""
    row = fetch(request, expense_id)
    line = row.lines.order_by("position").first()
    tags = [one.tag for one in line.line_tags.select_related("tag")] if line else []
    try:
        rule = keep_rule(
            by=request.membership, name=row.merchant, conditions=read({"merchants": [row.merchant]}), tags=tags,
            category=line.category if line else None, tax_code=line.tax_code if line else None,
            vendor=row.vendor.final if row.vendor else None, now=timezone.now(), first=True,
        )  # fmt: skip
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(address(request, row), status=303)
    undo = reverse("coding-rule-removal", kwargs={"company": request.company.slug, "coding_rule_id": rule.pk})
    toast(request, gettext("%(merchant)s is coded so from now on.") % {"merchant": row.merchant}, undo=undo)
    return HttpResponseRedirect(address(request, row), status=303)


@require_POST
@permitted("masters.manage")
def coding_run_start(request: CompanyRequest) -> HttpResponse:
    """Ask the rules for everything that nobody coded yet."""
    try:
        run = start_rule_run(by=request.membership)
    except DomainError as error:
        toast(request, error.message())
        return _to_list(request)
    kwargs = {"company": request.company.slug, "rule_run_id": run.pk}
    return HttpResponseRedirect(reverse("coding-run", kwargs=kwargs), status=303)


@require_GET
@permitted("books.see")
@never_cache
def coding_run(request: CompanyRequest, rule_run_id: UUID) -> HttpResponse:
    """Show how far a run of the rules is."""
    run = get_object_or_404(RuleRun.objects.for_company(request.company).select_related("by"), pk=rule_run_id)
    return render(request, template_for(request, "expenses/rule_run.html", "state"), {"run": run})


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def card_coding(request: CompanyRequest, card_id: UUID) -> HttpResponse:
    """Say what the purchases of a card are; nothing at all takes it away."""
    card = get_object_or_404(Card.objects.filter(company=request.company).select_related("cardholder"), pk=card_id)
    row = CardCoding.objects.filter(card=card).select_related("vendor").first()
    initial = CodingFields.initial_of(row) if row else {}
    form = CodingFields(request.POST if request.method == "POST" else None, company=request.company, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            keep_card_coding(by=request.membership, card=card, now=timezone.now(), **form.says())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("Purchases with %(card)s are coded so from now on.") % {"card": card.name})
            kwargs = {"company": request.company.slug, "card_id": card.pk}
            return HttpResponseRedirect(reverse("card", kwargs=kwargs), status=303)
    context = {"form": form, "card": card, "vendors": _vendors(request), "coding": row}
    return render(request, "expenses/card_coding.html", context, status=422 if form.errors else 200)
