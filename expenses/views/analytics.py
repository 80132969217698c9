"""What was spent, the lines behind every figure, and the subscriptions in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.permissions import permitted
from expenses import spend, subscriptions
from expenses.forms_analytics import CutForm, PeriodForm
from expenses.listing import found_by
from expenses.models import Direction, Expense, ExpenseLine
from expenses.stack_chart import COLOURS, StackChart
from expenses.tagging import tags_on
from expenses.views.budgets import nearest_their_end
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest, template_for
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_text, search_words
from pleo.lib.xlsx import xlsx_response

RANKS, SHOWN = 15, 5


@dataclass(frozen=True)
class Rank:
    """A group with the length of its bar, what changed, the lines behind it and, for tags with others below, those."""

    row: spend.Row
    name: str
    address: str
    below: str
    change: str
    share: int


def _form(request: CompanyRequest) -> PeriodForm:
    form = PeriodForm(request.GET, company=request.company, today=request.company.day_of(timezone.now()))
    form.is_valid()
    return form


def _name(row: spend.Row, form: PeriodForm) -> str:
    """Return what a group is called; what belongs to none has a name too."""
    if row.part == spend.OWN:
        return gettext("%(tag)s itself") % {"tag": row.name}
    if row.part == spend.NONE and form.group in form.tag_groups:
        return gettext("Without %(group)s") % {"group": form.tag_groups[form.group]}
    return row.name or (gettext("No category yet") if form.group == "category" else gettext("No team"))


def _rows_at(request: CompanyRequest, form: PeriodForm, cut: spend.Cut, month: date | None = None) -> str:
    """Return the address of the lines of a cut, of one month of the period if one is given."""
    first, last = form.period.first, form.period.last
    if month is not None:
        first, last = max(first, month), min(last, spend.next_month(month) - spend.DAY)
    asked = {"date_from": first, "date_to": last, "by": form.group, "part": cut.part, "key": cut.key}
    there = reverse("analytics-rows", kwargs={"company": request.company.slug})
    return f"{there}?{urlencode({name: value for name, value in asked.items() if value})}"


def _cut(row: spend.Row, form: PeriodForm) -> spend.Cut:
    return spend.Cut(form.group, row.part, "" if row.key is None else str(row.key))


def _rank(request: CompanyRequest, row: spend.Row, form: PeriodForm, largest: int, compares: bool) -> Rank:
    change = ""
    if compares:
        change = gettext("new") if row.change is None else f"{row.change:+d} %".replace("-", format.MINUS)
    share = max(row.amount, 0) * 100 // largest if largest > 0 else 0
    below = f"?{urlencode(form.query | {'under': row.key})}" if row.has_below else ""
    return Rank(row, _name(row, form), _rows_at(request, form, _cut(row, form)), below, change, share)


@dataclass(frozen=True)
class Line:
    """A line of the table below the chart: its months, each with the lines behind it; no address for what is only left over."""

    name: str
    cells: list[tuple[Money, str]]


def _table(request: CompanyRequest, chart: StackChart, rows: list[spend.Row], form: PeriodForm) -> list[Line]:
    months = form.period.months
    found = []
    for place, (name, sums) in enumerate(chart.table):
        cut = _cut(rows[place], form) if place < COLOURS else None
        cells = [_rows_at(request, form, cut, month) if cut else "" for month in months]
        found.append(Line(name, list(zip(sums, cells, strict=True))))
    sums = [Money(sum(row.by_month.get(month, 0) for row in rows), chart.currency) for month in months]
    whole = [_rows_at(request, form, form.cut, month) for month in months]
    return [*found, Line(gettext("Sum"), list(zip(sums, whole, strict=True)))]


@require_GET
@permitted("expenses.see")
def analytics(request: CompanyRequest) -> HttpResponse:
    """Show spend by month in its groups, the groups by size, budgets, receipts in time and subscriptions."""
    form, me = _form(request), request.membership
    context = {"form": form, "period": form.period, "group": form.group, "query": urlencode(form.query)}
    context |= _spent(request, form) | _beside(request, form)
    if form.top is None:
        context["in_time"] = spend.receipts_in_time(me, form.period)
        context["budgets"] = nearest_their_end(request, SHOWN)
    return render(request, "expenses/analytics.html", context, status=422 if form.errors else 200)


def _groups(request: CompanyRequest, form: PeriodForm) -> list[spend.Row]:
    under = form.top.pk if form.top else None
    return spend.by_group(request.membership, form.period, form.group, under=under, than=form.compared)


def _spent(request: CompanyRequest, form: PeriodForm) -> dict[str, Any]:
    """Return the sums, the chart with its table, and the groups by size."""
    me, past = request.membership, form.period.compared(form.compared)
    rows, compares = _groups(request, form), spend.has_before(me, past)
    named = [spend.Row(r.key, _name(r, form), r.by_month, r.past, r.currency, r.part) for r in rows]
    chart = StackChart(form.period.months, named, request.company.currency, gettext("Other"))
    is_empty = not any(row.by_month for row in rows)
    return {
        "compares": compares,
        "past": past,
        "figures": spend.figures(me, form.period, form.cut, than=form.compared),
        "chart": chart,
        "table": [] if is_empty else _table(request, chart, named, form),
        "ranks": [] if is_empty else [_rank(request, row, form, rows[0].amount, compares) for row in rows[:RANKS]],
        "rank_count": len(rows),
        "rank_hidden": len(rows) - RANKS,
        "all_rows": _rows_at(request, form, form.cut),
        "missing_rows": _rows_at(request, form, spend.Cut(form.group, spend.MISSING)),
    }


def _beside(request: CompanyRequest, form: PeriodForm) -> dict[str, Any]:
    """Return what the page links to: the other groupings, the tags above, the subscriptions."""
    found = subscriptions.find(request.membership, request.company.day_of(timezone.now()))
    kept = {name: value for name, value in form.query.items() if name not in ("by", "under")}
    above: list[tuple[str, str]] = []
    tag = form.top
    while tag is not None and len(above) < 10:
        above.insert(0, (tag.name, urlencode(kept | {"by": form.group, "under": tag.pk})))
        tag = tag.parent
    return {
        "groups": [(word, label, urlencode(kept | {"by": word})) for word, label in form.groups.items()],
        "group_name": form.groups[form.group],
        "top": urlencode(kept | {"by": form.group}),
        "above": above,
        "subscriptions": found[:SHOWN],
        "subscription_count": len(found),
        "twice": subscriptions.paid_twice(found),
    }


def _head(form: PeriodForm) -> list[str]:
    past = gettext("A year before") if form.compared == spend.YEAR else gettext("The time before")
    months = [f"{month:%Y-%m}" for month in form.period.months]
    return [gettext("Name"), gettext("Currency"), *months, gettext("Sum"), past, gettext("Change in percent")]


@require_GET
@permitted("expenses.see")
def analytics_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the groups by month as CSV: what the page shows, with those that it has no room for."""
    form = _form(request)
    return csv_response(f"{_file_of(request, form)}.csv", _head(form), _lines(_groups(request, form), form))


@require_GET
@permitted("expenses.see")
def analytics_sheet(request: CompanyRequest) -> HttpResponseBase:
    """Stream the same as XLSX, with real numbers."""
    form = _form(request)
    return xlsx_response(f"{_file_of(request, form)}.xlsx", _head(form), _lines(_groups(request, form), form))


def _file_of(request: CompanyRequest, form: PeriodForm) -> str:
    return f"spend-{request.company.slug}-{form.period.first}-{form.period.last}"


def _lines(rows: list[spend.Row], form: PeriodForm) -> Iterator[list[Any]]:
    for row in rows:
        sums = [*(row.by_month.get(month, 0) for month in form.period.months), row.amount, row.past]
        amounts = [Money(amount, row.currency).decimal for amount in sums]
        yield [_name(row, form), row.currency, *amounts, "" if row.change is None else row.change]


def _cut_form(request: CompanyRequest) -> CutForm:
    form = CutForm(request.GET, company=request.company, today=request.company.day_of(timezone.now()))
    form.is_valid()
    return form


def _behind(request: CompanyRequest, form: CutForm) -> QuerySet[ExpenseLine]:
    """Return the lines of a figure, narrowed by the search; none when the address makes no sense."""
    rows = spend.lines_of(request.membership, form.period, form.cut)
    for word in search_words(form.cleaned_data.get("q", "") if not form.errors else ""):
        rows = rows.filter(expense__in=Expense.objects.for_company(request.company).filter(found_by(word)))
    rows = rows.none() if form.errors else rows
    return rows.annotate(at=F("expense__purchased_at"), signed=spend.SIGNED).select_related(
        "expense__owner", "category", "tax_code"
    )


@require_GET
@permitted("expenses.see")
def analytics_rows(request: CompanyRequest) -> HttpResponse:
    """List the lines that a figure is the sum of."""
    form = _cut_form(request)
    rows, (by, descending) = _behind(request, form), form.sort
    page = paginate(
        rows, by=("at" if by == "date" else "signed", "id"), cursor=request.GET.get("cursor", ""), descending=descending
    )
    count, exact = bounded_count(rows)
    sums = rows.order_by().aggregate(sum=Sum(spend.SIGNED), tax=Sum(spend.SIGNED_TAX))
    context = {
        "form": form, "period": form.period, "page": page, "count": count, "exact": exact, "title": _title(request, form),
        "total": Money(sums["sum"] or 0, request.company.currency), "tax": Money(sums["tax"] or 0, request.company.currency),
        "query": urlencode(form.query), "sort": request.GET.get("sort", ""),
        "back": urlencode({name: value for name, value in form.query.items() if name not in ("part", "key", "q")}),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, template_for(request, "expenses/analytics_rows.html", "rows"), context, status=status)


def _title(request: CompanyRequest, form: CutForm) -> str:
    """Say in words which figure it is."""
    cut = form.cut
    if not cut.part:
        return gettext("All spend")
    if cut.part == spend.MISSING:
        return gettext("Without receipt")
    name = "" if cut.part == spend.NONE else spend.name_of(request.membership, cut)
    key = None if cut.part == spend.NONE else cut.key
    return _name(spend.Row(key, name, {}, 0, request.company.currency, cut.part), form)


@require_GET
@permitted("expenses.see")
def analytics_rows_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the lines behind a figure as CSV: their amounts sum to it."""
    form = _cut_form(request)
    header = [
        gettext("Date"), gettext("Number"), gettext("Merchant"), gettext("Person"), gettext("Category"), gettext("Tags"),
        gettext("VAT code"), gettext("VAT"), gettext("Amount"), gettext("Currency"),
    ]  # fmt: skip
    rows = _behind(request, form).order_by("expense__purchased_at", "id").iterator(chunk_size=500)
    return csv_response(f"lines-{_file_of(request, form)[6:]}.csv", header, _line_cells(request, rows))


def _line_cells(request: CompanyRequest, rows: Iterator[ExpenseLine]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, 500)):
        tags = tags_on(batch)
        for line in batch:
            sign = Decimal(1 if line.direction == Direction.SPEND else -1)
            yield [
                request.company.day_of(line.expense.purchased_at).isoformat(), line.expense.number, line.expense.merchant,
                line.expense.owner.name, line.category.name if line.category else "",
                ", ".join(tag.path for tag in tags[line.pk]), line.tax_code.code if line.tax_code else "",
                line.tax.decimal * sign, line.gross.decimal * sign, line.currency,
            ]  # fmt: skip


SORTS = ("cost", "merchant", "next")


def _subscriptions(request: CompanyRequest) -> list[subscriptions.Subscription]:
    """Return the subscriptions that are asked for, in the order that is asked for."""
    found = subscriptions.find(request.membership, request.company.day_of(timezone.now()))
    for word in search_words(request.GET.get("q", "")):
        found = [each for each in found if word in search_text(each.merchant, each.person)]
    if request.GET.get("pace") in {pace.code for pace in subscriptions.PACES}:
        found = [each for each in found if each.pace.code == request.GET["pace"]]
    sort = request.GET.get("sort", "-cost")
    keys: dict[str, Any] = {
        "cost": lambda each: each.a_year.amount, "merchant": lambda each: each.merchant.casefold(),
        "next": lambda each: each.next_on,
    }  # fmt: skip
    if sort.lstrip("-") in SORTS and sort.count("-") <= 1:
        found.sort(key=keys[sort.lstrip("-")], reverse=sort.startswith("-"))
    return found


@require_GET
@permitted("expenses.see")
def analytics_subscriptions(request: CompanyRequest) -> HttpResponse:
    """List all subscriptions: what they cost, when they renew, what got dearer, what is paid twice."""
    found = _subscriptions(request)
    context = {
        "found": found,
        "twice": subscriptions.paid_twice(found),
        "q": request.GET.get("q", ""),
        "pace": request.GET.get("pace", ""),
        "paces": subscriptions.PACES,
        "a_year": Money(sum(each.a_year.amount for each in found), request.company.currency),
        "list_query": urlencode({name: value for name in ("q", "pace", "sort") if (value := request.GET.get(name))}),
    }
    return render(request, "expenses/subscriptions.html", context)


@require_GET
@permitted("expenses.see")
def analytics_subscriptions_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the subscriptions as CSV."""
    header = [
        gettext("Merchant"), gettext("Person"), gettext("How often"), gettext("Amount"), gettext("Currency"), gettext("A year"),
        gettext("Last"), gettext("Next"), gettext("Change in percent"),
    ]  # fmt: skip
    rows = (
        [
            each.merchant, each.person, str(each.pace.word), f"{each.last.amount.decimal:f}", each.last.amount.currency,
            f"{each.a_year.decimal:f}", each.last.on.isoformat(), each.next_on.isoformat(), each.change,
        ]
        for each in _subscriptions(request)
    )  # fmt: skip
    return csv_response(f"subscriptions-{request.company.slug}.csv", header, rows)
