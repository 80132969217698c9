"""What a rule would do to the expenses there are, before anybody saves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.models import Membership
from expenses.coding_rules import Conditions, Facts
from expenses.merchant_name import plain
from expenses.models import Attachment, Expense
from receipts.models import Reading
from receipts.reading.rows import fold

# The newest expenses that are looked at, and how many of those that fit are shown.
LOOKED_AT = 5_000
SHOWN = 50
LOT = 500
COLUMNS = (
    "pk", "merchant_key", "merchant", "merchant_category_code", "owner_id", "owner__team_id", "note", "amount", "kind",
    "authorization__card_id", "authorization__merchant_country", "receipt_count", "is_coded", "books_lane", "payment",
)  # fmt: skip


@dataclass
class Preview:
    """How many of the `looked_at` expenses fit; `open` of them are not coded yet, so that running the rules would fill them in."""

    looked_at: int = 0
    fits: int = 0
    open: int = 0
    rows: list[Expense] = field(default_factory=list)


def preview(*, by: Membership, conditions: Conditions) -> Preview:
    """Ask a rule's conditions of the newest expenses that a person may see. Nothing is written.

    Rows keep what they have; running the rules over the past fills in only what nobody coded.
    """
    found, shown = Preview(), list[UUID]()
    if not conditions:
        return found
    for facts, row in _past(by, bool(conditions.text)):
        found.looked_at += 1
        if not conditions.fits(facts):
            continue
        found.fits += 1
        found.open += not row["is_coded"] and row["books_lane"] in ("", "unexported") and row["payment"] != "reversed"
        if len(shown) < SHOWN:
            shown.append(row["pk"])
    rows = Expense.objects.filter(pk__in=shown).select_related("owner")
    found.rows = list(rows.for_lists().order_by("-purchased_at", "-id")) if shown else []
    return found


def _past(by: Membership, text: bool) -> Iterator[tuple[Facts, dict[str, Any]]]:
    rows = list(Expense.objects.visible_to(by).order_by("-purchased_at", "-id").values(*COLUMNS)[:LOOKED_AT])
    for first in range(0, len(rows), LOT):
        lot = rows[first : first + LOT]
        words = _words(row["pk"] for row in lot if row["receipt_count"]) if text else {}
        for row in lot:
            yield _facts(row, words.get(row["pk"], "")), row


def _facts(row: dict[str, Any], words: str) -> Facts:
    return Facts(
        merchant=str(row["merchant_key"] or plain(str(row["merchant"]))),
        mcc=str(row["merchant_category_code"]),
        card=str(row["authorization__card_id"] or ""),
        person=str(row["owner_id"]),
        team=str(row["owner__team_id"] or ""),
        text=fold(f"{row['note']} {words}"),
        amount=int(str(row["amount"])),
        country=str(row["authorization__merchant_country"] or ""),
        kind=str(row["kind"]),
    )


def _words(expenses: Iterable[object]) -> dict[object, str]:
    """Return the words on the receipts of expenses, in two queries."""
    of_expense: dict[object, list[UUID]] = defaultdict(list)
    live = Attachment.objects.filter(expense__in=list(expenses), detached_at=None)
    for expense, receipt in live.values_list("expense_id", "receipt_id"):
        of_expense[expense].append(receipt)
    receipts = [pk for pks in of_expense.values() for pk in pks]
    said = {row.receipt_id: row.lines for row in Reading.objects.filter(receipt__in=receipts).order_by("id")}
    return {
        expense: " ".join(str(line) for pk in pks for line in said.get(pk, [])) for expense, pks in of_expense.items()
    }
