"""The rules of the expense policy: list, write, try on the past, switch on, put away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Company, Team
from accounts.permissions import permitted
from expenses.archive_rule import archive_rule
from expenses.forms_policies import CheckForm, RuleForm
from expenses.keep_rule import Wording, keep_rule
from expenses.models import (
    Category,
    Expense,
    PolicyCheck,
    PolicyEffect,
    PolicyFlag,
    PolicyRule,
    PolicyRun,
    PolicyVersion,
)
from expenses.move_rule import move_rule
from expenses.policy_shape import ABOUT, scope_words, what
from expenses.run_policy import run_policy
from expenses.start_policy_run import start_run
from expenses.switch_on_rule import switch_on_rule
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.money import Money
from pleo.lib.pagination import paginate

# So few are looked at before the answer; more go to the worker, with a page that shows how far it is.
AT_ONCE = 300
PREVIEW_DAYS = 90
STATES = ("on", "draft", "archived")


def names_of(company: Company) -> dict[str, str]:
    """Return the names of categories and teams by id, for the words of rules."""
    pairs = [*Category.objects.for_company(company).values_list("pk", "name")]
    pairs += [*Team.objects.for_company(company).values_list("pk", "name")]
    return {str(pk): name for pk, name in pairs}


def listed(company: Company, params: Any) -> QuerySet[PolicyRule]:
    """Return the rules that a query string asks for, each with how many flags of it stand."""
    newest = PolicyVersion.objects.filter(rule=OuterRef("pk"), switched_on_at__isnull=False).order_by("-number")
    draft = PolicyVersion.objects.filter(rule=OuterRef("pk"), switched_on_at=None)
    rows = PolicyRule.objects.for_company(company).annotate(
        current=Subquery(newest.values("pk")[:1]), draft=Subquery(draft.values("pk")[:1]),
        open_count=Count("flags", filter=Q(flags__cleared_at=None) & Q(flags__isnull=False), distinct=True),
    )  # fmt: skip
    state = params.get("state", "")
    rows = rows.filter(archived_at__isnull=state != "archived")
    if state in ("on", "draft"):
        rows = rows.filter(current__isnull=state == "draft")
    words = params.get("q", "").replace("\x00", "").strip()[:80]
    return rows.filter(versions__name__icontains=words).distinct() if words else rows


def dressed(company: Company, rules: list[Any]) -> list[Any]:
    """Give each rule the version to show and its words."""
    ids = {pk for rule in rules for pk in (rule.current, rule.draft) if pk}
    versions = {one.pk: one for one in PolicyVersion.objects.filter(pk__in=ids)}
    names = names_of(company)
    for rule in rules:
        rule.shown = versions[rule.current or rule.draft]
        rule.words = what(rule.shown, company.currency)
        rule.scope_words = scope_words(rule.shown, company.currency, names)
    return rules


@require_GET
@permitted("policies.see")
def expense_policies(request: CompanyRequest) -> HttpResponse:
    """Show the rules in their order."""
    page = paginate(listed(request.company, request.GET), by=("position", "id"), cursor=request.GET.get("cursor", ""),
                    descending=False)  # fmt: skip
    rules = dressed(request.company, list(page.rows))
    state = request.GET.get("state", "")
    context = {"page": page, "rules": rules, "q": request.GET.get("q", ""), "state": state if state in STATES else ""}
    return render(request, template_for(request, "expenses/policies.html", "list"), context)


@require_GET
@permitted("policies.see")
def expense_policies_export(request: CompanyRequest) -> HttpResponseBase:
    """Download the rules as the list shows them."""
    head = [gettext("Name"), gettext("Rule"), gettext("Only"), gettext("What follows"), gettext("From"), gettext("Up to"),
            gettext("State"), gettext("Flagged now")]  # fmt: skip
    rules = dressed(request.company, list(listed(request.company, request.GET).order_by("position", "id")))
    rows = (
        [
            rule.shown.name, rule.words, rule.scope_words, rule.shown.get_effect_display(), rule.shown.valid_from.isoformat(),
            rule.shown.valid_upto or "", state_of(rule), rule.open_count,
        ]
        for rule in rules
    )  # fmt: skip
    return csv_response(f"expense-policy-{request.company.slug}.csv", head, rows)


def state_of(rule: Any) -> str:
    if rule.archived_at:
        return gettext("Archived")
    return gettext("On") if rule.current else gettext("Draft")


@require_http_methods(["GET", "POST"])
@permitted("policies.manage")
def expense_policy_create(request: CompanyRequest) -> HttpResponse:
    """Choose what a new rule looks at, then write it."""
    chosen = CheckForm(request.GET)
    if not chosen.is_valid():
        return render(request, "expenses/policy_new.html", {"about": list(_choices())})
    check = chosen.cleaned_data["check"]
    initial = {"valid_from": _today(request), "effect": PolicyEffect.WARN, "weekdays": ["5", "6"]}
    form = RuleForm(request.POST or None, company=request.company, check=check, initial=initial)
    return _write(request, form, None)


def _choices() -> Any:
    return ((code, word, ABOUT[code]) for code, word in PolicyCheck.choices)


def _today(request: CompanyRequest) -> Any:
    return request.company.day_of(timezone.now())


def _write(request: CompanyRequest, form: RuleForm, rule: PolicyRule | None) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                version = keep_rule(by=request.membership, wording=form.wording, now=timezone.now(), rule=rule)
                toast(request, gettext("“%(name)s” is written. It says nothing yet.") % {"name": version.name})
                return _at(request, version.rule_id)
            except DomainError as error:
                form.add_error(None, error.message())
                status = error.status
    return render(
        request, "expenses/policy_form.html", {"form": form, "rule": rule, "about": ABOUT[form.check]}, status=status
    )


def _at(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    where = {"company": request.company.slug, "rule_id": rule_id}
    return HttpResponseRedirect(reverse("expense-policy", kwargs=where), status=303)


def _rule(request: CompanyRequest, rule_id: UUID) -> PolicyRule:
    return get_object_or_404(PolicyRule.objects.for_company(request.company), pk=rule_id)


@require_http_methods(["GET", "POST"])
@permitted("policies.manage")
def expense_policy_edit(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """Write the next version of a rule."""
    rule = _rule(request, rule_id)
    last = rule.versions.order_by("-number")[0]
    initial = RuleForm.initial_of(last, request.company.currency)
    if last.switched_on_at:
        initial["valid_from"] = max(_today(request), last.valid_from)
    form = RuleForm(request.POST or None, company=request.company, check=last.check_code, initial=initial)
    return _write(request, form, rule)


@require_GET
@permitted("policies.see")
def expense_policy(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """Show what a rule says, its versions, and what can be done with it."""
    return _detail(request, _rule(request, rule_id))


def _detail(request: CompanyRequest, rule: PolicyRule, *, error: str = "", status: int = 200) -> HttpResponse:
    versions: list[Any] = list(rule.versions.select_related("by", "switched_on_by").order_by("-number"))
    names, currency = names_of(request.company), request.company.currency
    for one in versions:
        one.words, one.scope_words = what(one, currency), scope_words(one, currency, names)
    draft = next((one for one in versions if one.switched_on_at is None), None)
    current = next((one for one in versions if one.switched_on_at), None)
    flags = PolicyFlag.objects.filter(rule=rule, cleared_at=None)
    context = {
        "rule": rule, "versions": versions, "draft": draft, "current": current, "shown": current or draft, "error": error,
        "today": _today(request), "open_count": flags.count(),
        "flags": flags.select_related("expense__owner").order_by("-raised_at", "-id")[:10],
        "runs": PolicyRun.objects.filter(version__rule=rule).select_related("by").order_by("-id")[:5],
    }  # fmt: skip
    return render(request, "expenses/policy.html", context, status=status)


@require_POST
@permitted("policies.manage")
def expense_policy_preview(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """See what the newest version would have flagged in the last days."""
    version = _rule(request, rule_id).versions.order_by("-number")[0]
    since = _today(request) - timedelta(days=PREVIEW_DAYS)
    return _go(request, start_run(version=version, by=request.membership, kind="preview", since=since))


def _go(request: CompanyRequest, run: PolicyRun) -> HttpResponse:
    if run.total <= AT_ONCE:
        run_policy(run.pk)
    where = {"company": request.company.slug, "policy_run_id": run.pk}
    return HttpResponseRedirect(reverse("expense-policy-run", kwargs=where), status=303)


@require_POST
@permitted("policies.manage")
def expense_policy_switch(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """Switch the draft on; `open_too` looks at the open expenses of its days as well."""
    rule = _rule(request, rule_id)
    draft = get_object_or_404(rule.versions.filter(switched_on_at=None))
    try:
        run = switch_on_rule(
            version=draft, by=request.membership, now=timezone.now(), open_too=bool(request.POST.get("open_too"))
        )
    except DomainError as error:
        return _detail(request, rule, error=error.message(), status=error.status)
    toast(request, gettext("“%(name)s” is on.") % {"name": draft.name})
    return _go(request, run) if run.total else _at(request, rule_id)


@require_POST
@permitted("policies.manage")
def expense_policy_archive(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """Put a rule away, or bring it back with `back=1`."""
    rule, back = _rule(request, rule_id), bool(request.GET.get("back") or request.POST.get("back"))
    try:
        archive_rule(rule=rule, by=request.membership, now=timezone.now(), archived=not back)
    except DomainError as error:
        return _detail(request, rule, error=error.message(), status=error.status)
    url = reverse("expense-policy-archive", kwargs={"company": request.company.slug, "rule_id": rule_id})
    toast(request, gettext("The rule is back.") if back else gettext("The rule is archived."),
          undo="" if back else f"{url}?back=1")  # fmt: skip
    return _at(request, rule_id)


@require_POST
@permitted("policies.manage")
def expense_policy_copy(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """Write a new rule with the same words, as a draft."""
    rule = _rule(request, rule_id)
    last = rule.versions.order_by("-number")[0]
    name = gettext("Copy of %(name)s") % {"name": last.name}
    words = Wording(
        name=name, check=last.check_code, effect=last.effect, valid_from=max(_today(request), last.valid_from),
        scope=last.scope, parameters=last.parameters, section=last.section,
    )  # fmt: skip
    try:
        version = keep_rule(by=request.membership, wording=words, now=timezone.now())
    except DomainError as error:
        return _detail(request, rule, error=error.message(), status=error.status)
    toast(request, gettext("A copy is written. It says nothing yet."))
    return _at(request, version.rule_id)


@require_POST
@permitted("policies.manage")
def expense_policy_move(request: CompanyRequest, rule_id: UUID) -> HttpResponse:
    """Move a rule up, or down."""
    move_rule(rule=_rule(request, rule_id), by=request.membership, up=request.POST.get("way") == "up")
    return HttpResponseRedirect(reverse("expense-policies", kwargs={"company": request.company.slug}), status=303)


@require_GET
@permitted("policies.see")
def expense_policy_run(request: CompanyRequest, policy_run_id: UUID) -> HttpResponse:
    """Show how far a run is, and what it found."""
    rows = PolicyRun.objects.for_company(request.company).select_related("version__rule", "by")
    run = get_object_or_404(rows, pk=policy_run_id)
    found = Expense.objects.visible_to(request.membership).filter(pk__in=run.examples).select_related("owner")
    context = {
        "run": run, "version": run.version, "money": Money(run.amount, request.company.currency),
        "examples": found.order_by("-purchased_at", "-id"), "more": run.found - len(run.examples),
    }  # fmt: skip
    return render(request, template_for(request, "expenses/policy_run.html", "state"), context)
