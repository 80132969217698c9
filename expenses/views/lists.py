"""The lists of expenses: page, figures, download, and what is done to ticked rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from accounts.permissions import permitted
from expenses.flag_words import FLAG_WORDS
from expenses.listing import Listing, views
from expenses.models import PolicyFlag
from expenses.next_step import WORDS, base_step
from expenses.policy_words import words_of
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest, wants_fragment
from pleo.lib.pagination import bounded_count
from pleo.lib.xlsx import xlsx_response

EXPORT_CHUNK = 2000
COUNT_AT_ONCE = 500


@require_GET
@permitted("expenses.see")
def expenses(request: CompanyRequest) -> HttpResponse:
    """Show the list: a table for finance and accountants, a list by day for who only spends."""
    listing = Listing(request.membership, request.GET)
    if wants_fragment(request) and request.htmx.target == "panel":
        return render(request, "expenses/list.html#closed")
    template, context = list_template(request), list_context(request, listing)
    if not wants_fragment(request):
        return render(request, template, context)
    response = render(request, f"{template}#list", context)
    # The address without the fields that were left empty.
    response["HX-Push-Url"] = f"{request.path}?{listing.query_string()}".rstrip("?")
    return response


def list_template(request: CompanyRequest) -> str:
    return "expenses/list.html" if request.membership.can("expenses.see_all") else "expenses/own.html"


def list_context(request: CompanyRequest, listing: Listing) -> dict[str, Any]:
    """Return what the list's templates show; the panel's page shows the same list beside it."""
    # The whole count comes with the figures: counting ten thousand rows takes longer than showing fifty.
    count, exact = bounded_count(listing.rows, limit=COUNT_AT_ONCE)
    page = listing.page()
    for row in page.rows:
        shown: Any = row
        shown.step, shown.day = row.next_step(request.membership), request.company.day_of(row.purchased_at)
    return {
        "listing": listing,
        "page": page,
        "count": count,
        "exact": exact,
        "views": list(views(listing, today=today(request))),
        "list_query": listing.query_string(),
    }


def today(request: CompanyRequest) -> date:
    return request.company.day_of(timezone.now())


@require_GET
@permitted("expenses.see")
def expenses_figures(request: CompanyRequest) -> HttpResponse:
    """Answer the sum of the list and the counts of the views, which load after the rows."""
    listing = Listing(request.membership, request.GET)
    counted = []
    for view in views(listing, today=today(request)):
        other = Listing(request.membership, QueryDict(view.query))
        count, exact = bounded_count(other.rows)
        counted.append(replace(view, count=count, is_exact=exact))
    total, count = listing.total()
    context = {"listing": listing, "total": total, "count": count, "views": counted, "swap": True}
    return render(request, "expenses/figures.html", context)


@require_GET
@permitted("expenses.see")
def expenses_filters(request: CompanyRequest) -> HttpResponse:
    """Show the fields of the filters, which the list fetches when its menu opens: their choices name every person."""
    template = "expenses/filters.html#fields" if wants_fragment(request) else "expenses/filters.html"
    return render(request, template, {"listing": Listing(request.membership, request.GET)})


def _head() -> list[str]:
    return [
        gettext("Number"), gettext("Date"), gettext("Merchant"), gettext("Person"), gettext("Team"), gettext("Kind"),
        gettext("Category"), gettext("Account"), gettext("VAT code"), gettext("VAT"), gettext("Amount"), gettext("Currency"),
        gettext("Foreign amount"), gettext("Foreign currency"), gettext("Receipts"), gettext("Next step"), gettext("Note"),
        gettext("People"), gettext("Flagged"), gettext("Flags"),
    ]  # fmt: skip


@require_GET
@permitted("expenses.see")
def expenses_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the filtered list as CSV. A download changes nothing."""
    name = f"expenses-{request.company.slug}-{today(request).isoformat()}.csv"
    return csv_response(name, _head(), _export_rows(Listing(request.membership, request.GET)))


@require_GET
@permitted("expenses.see")
def expenses_sheet(request: CompanyRequest) -> HttpResponseBase:
    """Stream the filtered list as XLSX: the columns of the CSV, with real dates and numbers."""
    name = f"expenses-{request.company.slug}-{today(request).isoformat()}.xlsx"
    return xlsx_response(name, _head(), _export_rows(Listing(request.membership, request.GET)))


def _export_rows(listing: Listing) -> Iterator[list[Any]]:
    standing = PolicyFlag.objects.filter(cleared_at=None).exclude(effect="require").select_related("version")
    open_flags = Prefetch("policy_flags", standing.order_by("raised_at", "id"), to_attr="open_flags")
    rows = listing.ordered.select_related("owner__team").prefetch_related(
        "lines__category__account", "lines__tax_code", open_flags
    )
    for row in rows.iterator(chunk_size=EXPORT_CHUNK):
        lines = sorted(row.lines.all(), key=lambda line: line.position)
        categories = dict.fromkeys(line.category for line in lines if line.category)
        sign = 1 if row.direction == "spend" else -1
        yield [
            row.number,
            listing.company.day_of(row.purchased_at),
            row.merchant,
            row.owner.name,
            row.owner.team.name if row.owner.team else "",
            row.get_kind_display(),
            ", ".join(category.name for category in categories),
            ", ".join(dict.fromkeys(category.account.number for category in categories)),
            ", ".join(dict.fromkeys(line.tax_code.code for line in lines if line.tax_code)),
            sum((line.tax.decimal for line in lines), start=Decimal(0)),
            row.booked.decimal * sign,
            row.currency,
            row.foreign.decimal if row.foreign else "",
            row.foreign_currency,
            row.receipt_count,
            WORDS[base_step(row)],
            row.note,
            row.attendee_count or "",
            FLAG_WORDS.get(row.flag_level, ""),
            ", ".join(f"{flag.version.name}: {words_of(flag, row.currency)}" for flag in row.open_flags),
        ]


def back_to_list(request: CompanyRequest) -> str:
    """Return the list's address with the filters that the form was sent from."""
    query = Listing(request.membership, request.GET).query_string()
    return reverse("expenses", kwargs={"company": request.company.slug}) + (f"?{query}" if query else "")
