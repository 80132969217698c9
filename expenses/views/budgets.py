"""Budgets: the list with its bars, one budget with the rows behind its figure, making and changing one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.archive_budget import archive_budget
from expenses.budget_forecast import forecast, reckon, regulars
from expenses.budget_use import PART, Use, current, granted_for, lines_of, uses
from expenses.forms_budgets import BudgetFilter, BudgetForm
from expenses.keep_budget import change_budget, make_budget
from expenses.models import Budget, Direction, Expense, ExpenseLine
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate

SHOWN_PERIODS = 12
MOST_COMPARED = 200


@dataclass(frozen=True)
class Shown:
    """A budget with its period of today, and where that ends."""

    budget: Budget
    use: Use
    ends_at: Money | None

    @property
    def will_be_over(self) -> bool:
        return self.ends_at is not None and self.ends_at > self.use.cap


def _today(request: CompanyRequest) -> date:
    return request.company.day_of(timezone.now())


def _rows(request: CompanyRequest) -> Any:
    return Budget.objects.visible_to(request.membership).select_related("company", "owner", "team", "category", "tag")


def shown(request: CompanyRequest, budgets: Sequence[Budget]) -> list[Shown]:
    """Return budgets with their figures, in as many queries for one as for fifty."""
    today = _today(request)
    known = regulars(request.company, today) if budgets else []
    found = current(budgets, today=today)
    return [Shown(each, found[each.pk], forecast(each, found[each.pk], known, today)) for each in budgets]


def nearest_their_end(request: CompanyRequest, most: int) -> list[Shown]:
    """Return the live budgets of which most is used, for the analytics."""
    rows = (
        list(_rows(request).live().order_by("name", "id")[:MOST_COMPARED])
        if request.membership.can("budgets.see")
        else []
    )
    running = [each for each in shown(request, rows) if each.use.period.last >= _today(request)]
    return sorted(running, key=lambda each: (-each.use.percent, each.budget.name))[:most]


@require_GET
@permitted("budgets.see")
def budgets(request: CompanyRequest) -> HttpResponse:
    """List the budgets that a person may see, each with what is used of it."""
    narrow = BudgetFilter(request.GET, company=request.company)
    rows, (by, descending) = narrow.narrow(_rows(request)), narrow.order
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "shown": shown(request, page.rows), "count": count, "exact": exact}
    return render(request, template_for(request, "expenses/budgets.html", "list"), context)


@require_GET
@permitted("budgets.see")
def budgets_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the budgets as filtered, with every period so far, as CSV."""
    rows = list(BudgetFilter(request.GET, company=request.company).narrow(_rows(request)).order_by("name", "id"))
    header = [
        gettext("Budget"), gettext("Team"), gettext("Category"), gettext("Tag"), gettext("Owner"), gettext("From"), gettext("To"),
        gettext("Currency"), gettext("Amount"), gettext("Carried over"), gettext("Settled"), gettext("Reserved"),
        gettext("Claims waiting"), gettext("Granted"), gettext("Used"), gettext("Left"),
    ]  # fmt: skip
    found = uses(rows, today=_today(request))
    return csv_response(f"budgets-{request.company.slug}.csv", header, _cells(rows, found))


def _cells(rows: Sequence[Budget], found: dict[UUID, list[Use]]) -> Iterator[list[Any]]:
    for row in rows:
        for use in found[row.pk]:
            sums = [
                Money(use.amount, use.currency), use.carried_money, use.cleared, use.held,
                use.claimed, use.asked, use.used, use.left,
            ]  # fmt: skip
            yield [
                row.name, row.team.name if row.team else "", row.category.name if row.category else "",
                row.tag.path if row.tag else "", row.owner.name,
                use.period.first.isoformat(), use.period.last.isoformat(), use.currency, *(f"{each.decimal:f}" for each in sums),
            ]  # fmt: skip


def _budget(request: CompanyRequest, budget_id: UUID) -> Budget:
    found: Budget = get_object_or_404(_rows(request), pk=budget_id)
    return found


def _chosen(request: CompanyRequest, found: list[Use]) -> int:
    """Return the number of the period that the address asks for, that of today without one that exists."""
    asked = request.GET.get("period", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else len(found) - 1
    return number if number < len(found) else len(found) - 1


def _lines(budget: Budget, use: Use) -> QuerySet[ExpenseLine]:
    rows = lines_of(budget, use.period).select_related("expense__owner", "category")
    return rows.annotate(part=PART, at=F("expense__purchased_at"))


@require_GET
@permitted("budgets.see")
def budget(request: CompanyRequest, budget_id: UUID) -> HttpResponse:
    """One period of a budget: what it is used for, row by row, the period before it, and where it will end."""
    row, today = _budget(request, budget_id), _today(request)
    found = uses([row], today=today)[row.pk]
    number = _chosen(request, found)
    use = found[number]
    lines = _lines(row, use)
    page = paginate(lines, by=("at", "id"), cursor=request.GET.get("cursor", ""))
    count, exact = bounded_count(lines)
    mine = Expense.objects.visible_to(request.membership).filter(pk__in=[line.expense_id for line in page.rows])
    context = {
        "budget": row, "use": use, "number": number, "last": found[number - 1] if number else None, "page": page,
        "count": count, "exact": exact, "open_to_me": set(mine.values_list("pk", flat=True)),
        "granted": granted_for(row) if number == len(found) - 1 else [],
        "reckoned": reckon(row, use, regulars(request.company, today), today),
        "periods": list(enumerate(found))[-SHOWN_PERIODS:][::-1], "may_manage": request.membership.can("budgets.manage"),
    }  # fmt: skip
    return render(request, template_for(request, "expenses/budget.html", "rows"), context)


@require_GET
@permitted("budgets.see")
def budget_export(request: CompanyRequest, budget_id: UUID) -> HttpResponseBase:
    """Stream the rows of a period as CSV: they sum to the figure."""
    row = _budget(request, budget_id)
    found = uses([row], today=_today(request))[row.pk]
    use = found[_chosen(request, found)]
    header = [
        gettext("Date"), gettext("Number"), gettext("Merchant"), gettext("Person"), gettext("Category"), gettext("State"),
        gettext("Amount"), gettext("Currency"),
    ]  # fmt: skip
    rows = _lines(row, use).order_by("expense__purchased_at", "id").iterator(chunk_size=500)
    name = f"budget-{request.company.slug}-{use.period.first}-{use.period.last}.csv"
    return csv_response(name, header, (_row_cells(request, line) for line in rows))


def _row_cells(request: CompanyRequest, line: Any) -> list[Any]:
    sign = "" if line.direction == Direction.SPEND else "-"
    day = request.company.day_of(line.expense.purchased_at).isoformat()
    words = {"cleared": gettext("Settled"), "held": gettext("Reserved"), "claimed": gettext("Claim waits")}
    return [
        day, line.expense.number, line.expense.merchant, line.expense.owner.name, line.category.name if line.category else "",
        words[line.part], f"{sign}{line.gross.decimal:f}", line.currency,
    ]  # fmt: skip


def _form(request: CompanyRequest, row: Budget | None = None) -> BudgetForm:
    data = request.POST if request.method == "POST" else None
    return BudgetForm(data, company=request.company, today=_today(request), budget=row, by=request.membership)


def _to(request: CompanyRequest, row: Budget) -> HttpResponseBase:
    url = reverse("budget", kwargs={"company": request.company.slug, "budget_id": row.pk})
    return HttpResponseRedirect(url, status=303)


@require_http_methods(["GET", "POST"])
@permitted("budgets.manage")
def budget_create(request: CompanyRequest) -> HttpResponseBase:
    """Make a budget."""
    form = _form(request)
    if form.is_bound and form.is_valid():
        when = {name: form.cleaned_data[name] for name in ("interval", "starts_on", "ends_on")}
        try:
            made = make_budget(by=request.membership, terms=form.terms, now=timezone.now(), **when)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("The budget is made."))
            return _to(request, made)
    context = {"form": form, "budget": None}
    return render(request, "expenses/budget_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("budgets.manage")
def budget_change(request: CompanyRequest, budget_id: UUID) -> HttpResponseBase:
    """Change a budget; a new amount holds from this period on."""
    row = _budget(request, budget_id)
    form = _form(request, row)
    if form.is_bound and form.is_valid():
        try:
            change_budget(budget=row, by=request.membership, terms=form.terms, now=timezone.now())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("Saved."))
            return _to(request, row)
    context = {"form": form, "budget": row}
    return render(request, "expenses/budget_form.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("budgets.manage")
def budget_archive(request: CompanyRequest, budget_id: UUID) -> HttpResponseBase:
    """Put a budget away, or bring it back."""
    row = _budget(request, budget_id)
    put_away = request.POST.get("do") != "restore"
    try:
        archive_budget(budget=row, by=request.membership, is_archived=put_away, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, gettext("Archived.") if put_away else gettext("It is back."))
    return _to(request, row)
