"""The rows of an open point as a list shows them, whatever table they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import Membership
from bookkeeping import checks
from bookkeeping.close_points import ITEMS
from bookkeeping.journal import Contra
from pleo.lib.money import Money
from pleo.lib.search import search_words


@dataclass(frozen=True)
class Row:
    """One row: when, what, who, how much, why it is open, and where it is mended."""

    day: date
    title: str
    person: str
    amount: Money | None
    notes: tuple[str, ...]
    url: str


# Point -> (columns to page by, columns to search).
COLUMNS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "holds": (("purchased_at", "id"), ("search_text",)),
    "arriving": (("booked_at", "id"), ("text",)),
    "bank": (("booked_on", "id"), ("search_text",)),
    "issuer": (("occurred_at", "id"), ("kind",)),
    **dict.fromkeys(ITEMS, (("booked_date", "id"), ("search_text", "expense__search_text"))),
}


def by(code: str) -> tuple[str, ...]:
    """Return the columns that a point's rows are paged by."""
    return COLUMNS[code][0]


def found(rows: Any, code: str, query: str) -> Any:
    """Keep the rows that a search is about, with what `shown` needs of them."""
    for word in search_words(query):
        about = Q()
        for column in COLUMNS[code][1]:
            about |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(about)
    if code in ITEMS:
        return rows.with_facts().select_related("company")
    return rows.select_related("owner", "company") if code == "holds" else rows.select_related("company")


def shown(rows: Iterable[Any], code: str, reader: Membership, contra: Contra) -> Iterator[Row]:
    """Yield rows as a list shows them."""
    slug, company = reader.company.slug, reader.company
    for row in rows:
        if code in ITEMS:
            yield _item(row, slug, contra)
        elif code == "holds":
            url = reverse("expense", kwargs={"company": slug, "expense_id": row.pk})
            yield Row(company.day_of(row.purchased_at), row.merchant, str(row.owner), row.booked, (), url)
        elif code == "bank":
            url = reverse("bank-line", kwargs={"company": slug, "line_id": row.pk})
            yield Row(row.booked_on, str(row), "", row.money, (str(row.get_status_display()),), url)
        elif code == "arriving":
            text = row.text or str(row.get_code_display())
            yield Row(
                company.day_of(row.booked_at), text, "", row.money, (), reverse("ledger", kwargs={"company": slug})
            )
        else:
            amount = Money(row.amount, row.currency) if row.amount is not None and row.currency else None
            yield Row(company.day_of(row.occurred_at), row.kind, "", amount, (str(row.get_status_display()),), "")


def _item(item: Any, slug: str, contra: Contra) -> Row:
    notes = tuple(result.sentence for result in checks.failures(item, contra)) if item.lane == "unexported" else ()
    url = reverse("export-queue", kwargs={"company": slug})
    if item.expense_id:
        url = reverse("expense", kwargs={"company": slug, "expense_id": item.expense_id})
    elif item.lane == "unexported":
        url = reverse("export", kwargs={"company": slug})
    return Row(item.booked_date, str(item), str(item.person or ""), item.booked, notes, url)
