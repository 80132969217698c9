"""What a machine would fill in, and why: from the receipt's reading and from what people chose before.

Nothing here writes. A suggestion becomes a fact when a person confirms it (`confirm_reading.py`); what they type wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from expenses.models import Attachment, Category, Expense, ExpenseLine
from expenses.start_set import usual_category
from expenses.tagging import tags_on
from pleo.lib import format
from pleo.lib.money import Money, is_currency
from receipts.models import Reading

# How many of the last choices at a merchant are looked at, and from how many on a count says more than a name.
LEARN_FROM = 15
MANY = 5
# What is learned from people, not read from a receipt: it is offered, and is no question that must be answered.
LEARNED = ("category", "tax_code", "tags")
# A receipt is printed within days of the purchase.
NEAR_DAYS = 3


@dataclass(frozen=True)
class Suggestion:
    """One value for one field ("total", "date", "tax" or one of LEARNED), and the code of why with its parameters."""

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
        if isinstance(self.value, tuple):
            return ", ".join(tag.path for tag in self.value)
        return format.full_day(self.value) if isinstance(self.value, date) else str(self.value)

    @property
    def label(self) -> str:
        return {
            "total": gettext("Total paid"),
            "date": gettext("Date"),
            "tax": gettext("VAT"),
            "category": gettext("Category"),
            "tax_code": gettext("VAT code"),
            "tags": gettext("Tags"),
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
    "as_person": lambda params: gettext("As %(name)s coded %(merchant)s the last time.") % params,
    "as_most": lambda params: gettext("As %(times)d of the last %(of)d at this place.") % params,
    "usual": lambda params: gettext("What such shops usually are."),
}  # fmt: skip


def reading_of(expense: Expense) -> Reading | None:
    """Return what was read from the newest receipt of an expense that says anything."""
    receipts = Attachment.objects.filter(expense=expense, detached_at=None).order_by("-id").values("receipt")
    rows = Reading.objects.filter(receipt__in=receipts).order_by("-receipt_id", "-id")
    return next((reading for reading in rows if reading.fields), None)


class Unread:
    """Stands for "nobody looked for the reading yet" where None means that there is none."""


UNREAD = Unread()


def suggestions(
    expense: Expense, viewer: Membership | None = None, *, reading: Reading | Unread | None = UNREAD
) -> list[Suggestion]:
    """Return what can be suggested now, in the order people check a receipt; reasons are worded for `viewer`.

    `reading` is what `reading_of` returns, for who has it at hand.
    """
    found: list[Suggestion | None] = []
    reading = reading_of(expense) if isinstance(reading, Unread) else reading
    if reading is not None:
        found += [_total(expense, reading), _date(expense, reading), _tax(expense, reading)]
    past = _latest(expense)
    found.append(category_for(expense, viewer, past=past))
    found += learned_beside(expense, past=past)
    return [suggestion for suggestion in found if suggestion is not None]


# From how many times on, without an exception, a habit is sure enough to be followed unseen.
STEADY = 3


def certain(expense: Expense, viewer: Membership) -> list[str]:
    """Return the names of what may be taken over without a look: what is printed and was read surely, and steady habits.

    Of a receipt that somebody looked at, and of a coding that is there, nothing is taken over.
    """
    found = []
    for one in suggestions(expense, viewer):
        if one.name in LEARNED:
            is_open = not expense.is_coded or one.name == "tags"
            found += [one.name] if is_open and _is_steady(one) else []
        elif expense.reading_open and one.name not in expense.confirmed:
            found += [one.name] if one.is_sure or one.why == "printed_tax" else []
    return found


def _is_steady(suggestion: Suggestion) -> bool:
    times = suggestion.params.get("times", 0)
    return times >= STEADY and times == suggestion.params.get("of", times)


def questions(expense: Expense) -> set[str]:
    """Return what a receipt leaves to be confirmed; the category is no fact of a receipt and has its own step."""
    return {suggestion.name for suggestion in suggestions(expense)} - set(LEARNED)


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


def category_for(
    expense: Expense, viewer: Membership | None = None, *, past: Sequence[ExpenseLine] | None = None
) -> Suggestion | None:
    """Suggest a category: the person's own last choice here, else colleagues', else what such shops usually are.

    `past` are the latest lines at this place, for who has them at hand.
    """
    past = _latest(expense) if past is None else past
    own = _past(expense).filter(category__archived_at=None, expense__owner=expense.owner_id)
    mine = _choices(own.order_by(*NEWEST)) if past else []
    if mine:
        times = next((i for i, choice in enumerate(mine) if choice != mine[0]), len(mine))
        is_own = viewer is None or viewer.pk == expense.owner_id
        params = {"times": times, "name": "" if is_own else expense.owner.first_name}
        return Suggestion("category", mine[0], "you_chose" if is_own else "owner_chose", params, is_sure=False)
    theirs = [line.category for line in past if line.category and not line.category.archived_at]
    if theirs:
        same = sum(choice == theirs[0] for choice in theirs)
        params = {"times": same, "of": len(theirs)}
        return Suggestion(
            "category", theirs[0], "as_most" if len(theirs) >= MANY else "colleagues_chose", params, is_sure=False
        )
    code = usual_category(expense.merchant_category_code)
    usual = Category.objects.for_company(expense.company).filter(code=code, archived_at=None).first() if code else None
    return Suggestion("category", usual, "usual", is_sure=False) if usual else None


NEWEST = ("-expense__purchased_at", "-expense_id", "position")


def _past(expense: Expense) -> Any:
    """Return the coded lines of the company's other expenses at this merchant, however its name was printed."""
    place = Q(expense__merchant=expense.merchant)
    if expense.merchant_key:
        place |= Q(expense__merchant_key=expense.merchant_key)
    rows = ExpenseLine.objects.filter(
        place, company_id=expense.company_id, expense__company_id=expense.company_id, category__isnull=False
    )
    return rows.exclude(expense=expense)


def _latest(expense: Expense) -> list[ExpenseLine]:
    rows = _past(expense).select_related("expense__owner", "category__tax_code", "category__account", "tax_code")
    return list(rows.order_by(*NEWEST)[:LEARN_FROM])


def learned_beside(expense: Expense, *, past: Sequence[ExpenseLine] | None = None) -> list[Suggestion]:
    """Suggest tags, and a VAT code that is not the category's own, as they were chosen here before: by the person, else anybody.

    Only for one uncoded line: what is split was thought about.
    """
    own = [line for line in expense.lines.all() if not line.is_private]
    if len(own) != 1 or own[0].locked_at:
        return []
    past = _latest(expense) if past is None else past
    mine = [line for line in past if line.expense.owner_id == expense.owner_id]
    last = (mine or list(past))[:1]
    if not last:
        return []
    found = []
    assert last[0].category is not None, "what was learned from has a category"
    code = last[0].tax_code
    if own[0].tax_code_id is None and code and not code.archived_at and code != last[0].category.tax_code:
        times = sum(line.tax_code_id == code.pk for line in past)
        found.append(_beside("tax_code", code, times, len(past), last[0]))
    tags = tags_on([*past, own[0]])
    wanted = tuple(tag for tag in tags[last[0].pk] if not tag.archived_at and not tag.group.archived_at)
    has = {tag.group_id for tag in tags[own[0].pk]}
    wanted = tuple(tag for tag in wanted if tag.group_id not in has)
    if wanted:
        times = sum(set(wanted) <= set(tags[line.pk]) for line in past)
        found.append(_beside("tags", wanted, times, len(past), last[0]))
    return found


def _beside(name: str, value: Any, times: int, of: int, last: ExpenseLine) -> Suggestion:
    params = {"times": times, "of": of, "name": last.expense.owner.first_name, "merchant": last.expense.merchant}
    return Suggestion(name, value, "as_most" if of >= MANY else "as_person", params, is_sure=False)


def _choices(rows: Any) -> Sequence[Category]:
    return [row.category for row in rows.select_related("category__tax_code", "category__account")[:LEARN_FROM]]
