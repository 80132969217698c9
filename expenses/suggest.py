"""What a machine would fill in, and why: from the receipt's reading and from what people chose before.

Nothing here writes. A suggestion becomes a fact when a person confirms it (`confirm_reading.py`); what they type wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from expenses.models import Attachment, Category, Expense, ExpenseLine
from expenses.start_set import usual_category
from pleo.lib import format
from pleo.lib.money import Money, is_currency
from receipts.models import Reading

# How many of the last choices at a merchant are looked at.
LEARN_FROM = 3
# A receipt is printed within days of the purchase.
NEAR_DAYS = 3


@dataclass(frozen=True)
class Suggestion:
    """One value for one field ("total", "date", "tax", "category"), and the code of why with its parameters."""

    name: str
    value: Any
    why: str
    params: dict[str, Any] = field(default_factory=dict)
    is_sure: bool = True

    @property
    def shown(self) -> str:
        """The value as people of the region write it."""
        if isinstance(self.value, Money):
            rate = self.params.get("rate")
            return format.amount(self.value) + (f", {format.percent(rate, decimals=1)}" if rate is not None else "")
        return format.full_day(self.value) if isinstance(self.value, date) else str(self.value)

    @property
    def label(self) -> str:
        return {
            "total": gettext("Total paid"),
            "date": gettext("Date"),
            "tax": gettext("VAT"),
            "category": gettext("Category"),
        }[self.name]

    @property
    def reason(self) -> str:
        """The sentence that says where the value comes from; empty when the receipt simply says so."""
        return _REASONS[self.why](self.params)


_REASONS: dict[str, Any] = {
    "as_booked": lambda params: "",
    "printed": lambda params: "",
    "differs": lambda params: gettext("The card was charged %(booked)s.") % {"booked": format.amount(params["booked"])},
    "other_currency": lambda params: gettext("The receipt is in %(currency)s.") % params,
    "date_differs": lambda params: gettext("The purchase was on %(day)s.") % {"day": format.day(params["day"])},
    "read_unsure": lambda params: gettext("Hard to read. Look twice."),
    "printed_tax": lambda params: gettext("Printed on the receipt."),
    "tax_of_part": lambda params: gettext("Printed on the receipt. The tip has no VAT."),
    "you_chose": lambda params: ngettext(
        "You chose it the last time at this place.", "You chose it the last %(times)d times at this place.", params["times"]
    ) % params,
    "owner_chose": lambda params: ngettext(
        "%(name)s chose it the last time at this place.",
        "%(name)s chose it the last %(times)d times at this place.",
        params["times"],
    )
    % params,
    "colleagues_chose": lambda params: gettext("Colleagues chose it at this place."),
    "usual": lambda params: gettext("What such shops usually are."),
}  # fmt: skip


def reading_of(expense: Expense) -> Reading | None:
    """Return what was read from the newest receipt of an expense that says anything."""
    receipts = Attachment.objects.filter(expense=expense, detached_at=None).order_by("-id").values("receipt")
    rows = Reading.objects.filter(receipt__in=receipts).order_by("-receipt_id", "-id")
    return next((reading for reading in rows if reading.fields), None)


def suggestions(expense: Expense, viewer: Membership | None = None) -> list[Suggestion]:
    """Return what can be suggested now, in the order people check a receipt; reasons are worded for `viewer`."""
    found: list[Suggestion | None] = []
    reading = reading_of(expense)
    if reading is not None:
        found += [_total(expense, reading), _date(expense, reading), _tax(expense, reading)]
    found.append(category_for(expense, viewer))
    return [suggestion for suggestion in found if suggestion is not None]


def questions(expense: Expense) -> set[str]:
    """Return what a receipt leaves to be confirmed; the category is no fact of a receipt and has its own step."""
    return {suggestion.name for suggestion in suggestions(expense)} - {"category"}


def _value(reading: Reading, name: str) -> tuple[Any, bool]:
    entry = reading.fields.get(name) or {}
    return entry.get("value"), entry.get("confidence") == "sure"


def _currency(expense: Expense, reading: Reading) -> str:
    code, _ = _value(reading, "currency")
    return code if isinstance(code, str) and is_currency(code) else expense.foreign_currency or expense.currency


def _total(expense: Expense, reading: Reading) -> Suggestion | None:
    amount, sure = _value(reading, "total")
    if not isinstance(amount, int) or amount <= 0:
        return None
    total, booked = Money(amount, _currency(expense, reading)), expense.booked
    foreign = expense.foreign
    if total in (booked, foreign) or (booked.amount in reading.amounts and total.currency == booked.currency):
        shown = foreign if foreign == total else booked
        return Suggestion("total", shown, "as_booked", is_sure=True)
    if total.currency not in (booked.currency, expense.foreign_currency):
        return Suggestion("total", total, "other_currency", {"currency": total.currency}, is_sure=False)
    compared = booked if total.currency == booked.currency or foreign is None else foreign
    return Suggestion("total", total, "differs" if sure else "read_unsure", {"booked": compared}, is_sure=False)


def _date(expense: Expense, reading: Reading) -> Suggestion | None:
    text, sure = _value(reading, "date")
    try:
        value = date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    purchased = expense.company.day_of(expense.purchased_at)
    if abs((value - purchased).days) > NEAR_DAYS:
        return Suggestion("date", value, "date_differs", {"day": purchased}, is_sure=False)
    is_sure = sure or value == purchased
    return Suggestion("date", value, "printed" if is_sure else "read_unsure", is_sure=is_sure)


def _tax(expense: Expense, reading: Reading) -> Suggestion | None:
    rows, sure = _value(reading, "vat")
    if not isinstance(rows, list) or not rows or _currency(expense, reading) != expense.currency:
        return None
    tax = sum(int(row.get("tax", 0)) for row in rows)
    gross = sum(int(row.get("gross", 0)) for row in rows)
    if not 0 < tax <= expense.amount:
        return None
    rates = {str(row.get("rate", "")) for row in rows}
    params = {"rate": _decimal(rates.pop())} if len(rates) == 1 else {}
    why = "read_unsure" if not sure else "tax_of_part" if 0 < gross < expense.amount else "printed_tax"
    return Suggestion("tax", Money(tax, expense.currency), why, params, is_sure=False)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def category_for(expense: Expense, viewer: Membership | None = None) -> Suggestion | None:
    """Suggest a category: the person's own last choice here, else colleagues', else what such shops usually are."""
    past = ExpenseLine.objects.filter(
        company_id=expense.company_id, expense__company_id=expense.company_id, expense__merchant=expense.merchant,
        category__isnull=False, category__archived_at=None,
    ).exclude(expense=expense)  # fmt: skip
    newest = ("-expense__purchased_at", "-expense_id", "position")
    mine = _choices(past.filter(expense__owner=expense.owner_id).order_by(*newest))
    if mine:
        times = next((i for i, choice in enumerate(mine) if choice != mine[0]), len(mine))
        is_own = viewer is None or viewer.pk == expense.owner_id
        params = {"times": times, "name": "" if is_own else expense.owner.first_name}
        return Suggestion("category", mine[0], "you_chose" if is_own else "owner_chose", params, is_sure=False)
    theirs = _choices(past.order_by(*newest))
    if theirs:
        return Suggestion("category", theirs[0], "colleagues_chose", is_sure=False)
    code = usual_category(expense.merchant_category_code)
    usual = Category.objects.for_company(expense.company).filter(code=code, archived_at=None).first() if code else None
    return Suggestion("category", usual, "usual", is_sure=False) if usual else None


def _choices(rows: Any) -> Sequence[Category]:
    return [row.category for row in rows.select_related("category__tax_code", "category__account")[:LEARN_FROM]]
