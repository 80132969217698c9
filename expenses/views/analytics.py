"""What was spent, and the subscriptions in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.permissions import permitted
from expenses import spend, subscriptions
from expenses.forms_analytics import PeriodForm
from expenses.stack_chart import StackChart
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest
from pleo.lib.search import search_text, search_words

RANKS, SHOWN = 15, 5


@dataclass(frozen=True)
class Rank:
    """A group with the length of its bar, what changed, and the expenses behind it."""

    row: spend.Row
    name: str
    address: str
    change: str
    share: int


def _form(request: CompanyRequest) -> PeriodForm:
    form = PeriodForm(request.GET, today=request.company.day_of(timezone.now()))
    form.is_valid()
    return form


def _unnamed(group: str) -> str:
    return gettext("No category yet") if group == "category" else gettext("No team")


def _rank(request: CompanyRequest, row: spend.Row, form: PeriodForm, largest: int, compares: bool) -> Rank:
    asked = {"date_from": form.period.first, "date_to": form.period.last, "payment": "cleared"}
    if row.key is not None:
        asked[form.group] = row.key
    elif form.group == "category":
        asked["step"] = "category_missing"
    address = reverse("expenses", kwargs={"company": request.company.slug})
    change = ""
    if compares:
        change = gettext("new") if row.change is None else f"{row.change:+d} %".replace("-", format.MINUS)
    share = max(row.amount, 0) * 100 // largest if largest > 0 else 0
    return Rank(row, row.name or _unnamed(form.group), f"{address}?{urlencode(asked)}", change, share)


@require_GET
@permitted("expenses.see")
def analytics(request: CompanyRequest) -> HttpResponse:
    """Show spend by month in its groups, the groups by size, receipts in time and subscriptions."""
    form, me = _form(request), request.membership
    rows = spend.by_group(me, form.period, form.group)
    named = [spend.Row(r.key, r.name or _unnamed(form.group), r.by_month, r.past, r.currency) for r in rows]
    found = subscriptions.find(me, request.company.day_of(timezone.now()))
    compares = spend.has_year_before(me, form.period)
    context: dict[str, Any] = {
        "form": form,
        "compares": compares,
        "period": form.period,
        "group": form.group,
        "groups": [(word, label) for word, (label, _) in spend.GROUPS.items()],
        "figures": spend.figures(me, form.period),
        "chart": StackChart(form.period.months, named, request.company.currency, gettext("Other")),
        "ranks": [_rank(request, row, form, rows[0].amount, compares) for row in rows[:RANKS]],
        "rank_count": len(rows),
        "rank_hidden": len(rows) - RANKS,
        "in_time": spend.receipts_in_time(me, form.period),
        "subscriptions": found[:SHOWN],
        "subscription_count": len(found),
        "twice": subscriptions.paid_twice(found),
        "dates": urlencode({"date_from": form.period.first, "date_to": form.period.last}),
    }
    return render(request, "expenses/analytics.html", context, status=422 if form.errors else 200)


@require_GET
@permitted("expenses.see")
def analytics_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the groups by month as CSV."""
    form = _form(request)
    months = form.period.months
    header = [
        gettext("Name"),
        gettext("Currency"),
        *(f"{month:%Y-%m}" for month in months),
        gettext("Sum"),
        gettext("A year before"),
    ]
    rows = spend.by_group(request.membership, form.period, form.group)
    name = f"spend-{request.company.slug}-{form.period.first}-{form.period.last}.csv"
    return csv_response(name, header, _lines(request, rows, form))


def _lines(request: CompanyRequest, rows: list[spend.Row], form: PeriodForm) -> Iterator[list[Any]]:
    for row in rows:
        sums = [*(row.by_month.get(month, 0) for month in form.period.months), row.amount, row.past]
        amounts = [f"{spend.Money(amount, row.currency).decimal:f}" for amount in sums]
        yield [row.name or _unnamed(form.group), row.currency, *amounts]


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
        "a_year": spend.Money(sum(each.a_year.amount for each in found), request.company.currency),
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
