"""Split an expense: several lines that say what each part of the money was for, exact to the smallest unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses import balance, lines
from expenses.code_expense import MasterArchived, open_for
from expenses.errors import ExpenseLocked
from expenses.evaluate_policies import evaluate_policies
from expenses.lines import Part, signed
from expenses.models import Expense, ExpenseLine, PaymentState, Tag
from expenses.new_expense import refresh_search
from expenses.owed import CLAIMED
from expenses.suggest import UNREAD, Unread, reading_of
from expenses.tagging import as_wanted, refuse_archived, tags_on
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money, total
from receipts.models import Reading

MOST_LINES = 50
HUNDRED = 100
# What a person who splits an expense has said, so that no rule says it after them.
SPLIT_FIELDS = ("category", "tax_code", "tags", "template")


class SplitDiffers(DomainError):
    """The parts do not sum to the expense."""

    code = "split_differs"

    def message(self) -> str:
        left: Money = self.params["left"]
        if left.amount > 0:
            return gettext("%(left)s is not on any line yet.") % {"left": format.amount(left)}
        return gettext("The lines are %(over)s more than was paid.") % {"over": format.amount(abs(left))}


class ShareWrong(DomainError):
    """Percentages that do not make a whole."""

    code = "split_shares_wrong"

    def message(self) -> str:
        return gettext("The shares make %(sum)s together. They must make 100 %%.") % {
            "sum": format.percent(self.params["sum"], decimals=3)
        }


class TooManyLines(DomainError):
    """More lines than anybody reads."""

    code = "split_too_many"

    def message(self) -> str:
        return gettext("An expense has %(most)s lines at most.") % {"most": MOST_LINES}


class PartEmpty(DomainError):
    """A line of nothing."""

    code = "split_part_empty"

    def message(self) -> str:
        return gettext("Every line needs an amount above zero.")


class NothingRead(DomainError):
    """The receipt shows no VAT by rate, or other amounts than were paid."""

    code = "split_no_rates"

    def message(self) -> str:
        return gettext("The receipt does not show amounts by VAT rate that add up to what was paid.")


@transaction.atomic
def split(
    *, expense: Expense, by: Membership, parts: Sequence[Part], now: datetime, version: int | None = None
) -> Expense:
    """Put these lines in the place of those there are; one part makes it whole again.

    What was bought after an export keeps its own lines. Raises ExpenseLocked, ExpenseChanged, NotYours, SplitDiffers,
    PartEmpty, TooManyLines, MasterArchived, TagArchived, TagsClash, TaxTooLarge.
    """
    locked = open_for(expense=expense, by=by, version=version)
    whole = to_split(locked)
    if len(parts) > MOST_LINES:
        raise TooManyLines
    if not parts or any(part.amount.amount <= 0 for part in parts):
        raise PartEmpty
    if left := whole - total([part.amount for part in parts], whole.currency):
        raise SplitDiffers(left=left)
    old = shared_of(locked)
    used = {master.pk for line in old for master in (line.category, line.tax_code) if master}
    for master in (master for part in parts for master in (part.category, part.tax_code) if master):
        if master.archived_at and master.pk not in used:
            raise MasterArchived(name=str(master))
    had = tags_on(old)
    for part in parts:
        as_wanted(part.tags)
        refuse_archived(part.tags, [tag for tags in had.values() for tag in tags])
    if locked.kind in CLAIMED and any(part.is_private for part in parts):
        balance.refuse_being_paid(locked)
    before = [described(line, had[line.pk]) for line in old]
    made = lines.replace(locked, parts)
    has = tags_on(made)
    after = [described(line, has[line.pk]) for line in made]
    locked.filled = {name: {"by": "person"} for name in SPLIT_FIELDS} | {
        name: source for name, source in locked.filled.items() if name not in SPLIT_FIELDS
    }
    locked.save(update_fields=["is_coded", "is_private", "filled"])
    balance.follow(locked, now=now, by=by)
    refresh_search(locked)
    if before != after:
        changes = {"lines": [len(before), len(after)], "parts": after}
        record(company=locked.company, verb="expense.split", subject=locked, by=by, changes=changes, now=now)
    evaluate_policies(locked, now=now)
    return locked


def to_split(expense: Expense) -> Money:
    """Return what the lines sum to that a person may split. Raises ExpenseLocked when there are none."""
    found = shared_of(expense)
    if expense.payment == PaymentState.REVERSED:
        raise ExpenseLocked(lane="")
    if any(line.locked_at for line in found):
        raise ExpenseLocked(lane="exported")
    whole = sum(signed(line.amount, line.direction, expense.base_direction) for line in found)
    if whole <= 0:
        raise ExpenseLocked(lane="")
    return Money(whole, expense.currency)


def shared_of(expense: Expense) -> list[ExpenseLine]:
    """Return the lines that no single movement owns, in order."""
    rows = expense.lines.filter(movement=None).select_related("category", "tax_code")
    return list(rows.order_by("position"))


def described(line: ExpenseLine, tags: Sequence[Tag]) -> dict[str, Any]:
    """Return a line as codes, for the event."""
    told = {"tags": [tag.path for tag in tags]} if tags else {}
    return told | {
        "amount": line.amount,
        "category": line.category.code if line.category else None,
        "tax_code": line.tax_code.code if line.tax_code else None,
        "tax": line.tax_amount,
        "private": line.is_private,
    }


def by_percent(whole: Money, shares: Sequence[Decimal]) -> list[Money]:
    """Turn percentages into amounts that sum exactly to the whole (largest remainder). Raises ShareWrong, PartEmpty."""
    if sum(shares) != HUNDRED or any(share < 0 for share in shares):
        raise ShareWrong(sum=sum(shares, Decimal(0)))
    places = max((max(0, -int(share.as_tuple().exponent)) for share in shares), default=0)
    amounts = whole.allocate([int(share.scaleb(places)) for share in shares])
    if not all(amounts):
        raise PartEmpty
    return amounts


def by_rates(expense: Expense, *, reading: Reading | Unread | None = UNREAD) -> list[Part]:
    """Return one part per VAT rate that the receipt prints, coded like the expense. Raises NothingRead, ExpenseLocked.

    The receipt's rates are taken when their gross amounts make up what was paid, or less: what is over, a tip for
    instance, becomes a part without VAT. A tax code of the company is found by its rate; VAT abroad is not claimed.
    """
    reading = reading_of(expense) if isinstance(reading, Unread) else reading
    fields = reading.fields if reading else {}
    printed = (fields.get("vat") or {}).get("value") or []
    if not printed:
        raise NothingRead
    whole, first = to_split(expense), shared_of(expense)[0]
    currency = (fields.get("currency") or {}).get("value") or expense.currency
    read = [Money(int(row["gross"]), expense.currency) for row in printed if int(row["gross"]) > 0]
    over = whole - total(read, whole.currency)
    if (
        not read
        or currency != expense.currency
        or expense.foreign_currency
        or over.amount < 0
        or len(read) != len(printed)
    ):
        raise NothingRead
    codes, tags = codes_by_rate(expense), tuple(tags_on([first])[first.pk])
    parts = [
        Part(
            amount=gross,
            tags=tags,
            category=first.category,
            tax_code=codes.get(Decimal(row["rate"])),
            tax=Money(int(row["tax"]), gross.currency) if Decimal(row["rate"]) in codes else None,
        )
        for gross, row in zip(read, printed, strict=True)
    ]
    if over:
        none = codes.get(Decimal(0))
        parts.append(Part(amount=over, category=first.category, tax_code=none, text=gettext("Tip"), tags=tags))
    if len(parts) < 2:
        raise NothingRead
    return parts


def codes_by_rate(expense: Expense) -> dict[Decimal, Any]:
    """Return the company's live tax codes by their rate, the plainest of each: all of it deductible, inside the amount."""
    from expenses.models import TaxCode, TaxMethod

    day = expense.company.day_of(expense.purchased_at)
    rows = TaxCode.objects.for_company(expense.company).filter(
        archived_at=None, method=TaxMethod.INCLUSIVE, valid_from__lte=day, country__in=["", expense.company.country]
    )
    found: dict[Decimal, Any] = {}
    for row in rows.order_by("non_deductible", "valid_from", "code"):
        found.setdefault(row.rate.normalize(), row)
    return found


def with_tip(expense: Expense, tip: Money) -> list[Part]:
    """Return the lines as they are, less a tip that the largest of them takes, and the tip as a line without VAT.

    Raises ExpenseLocked, SplitDiffers when the tip is all there is or more.
    """
    to_split(expense)
    rows = [line for line in shared_of(expense) if line.amount]
    largest = max(rows, key=lambda line: line.amount)
    if tip >= largest.gross:
        raise SplitDiffers(left=largest.gross - tip)
    tags = tags_on(rows)
    parts = [as_part(line, tags[line.pk], less=tip if line is largest else None) for line in rows]
    none, of_tip = codes_by_rate(expense).get(Decimal(0)), tuple(tags[largest.pk])
    return [*parts, Part(tip, largest.category, none, Money(0, tip.currency), gettext("Tip"), tags=of_tip)]


def one_line(whole: Money, first: ExpenseLine | None) -> Part:
    """Return all of the money as one part, coded like a line."""
    if first is None:
        return Part(whole)
    return Part(whole, first.category, first.tax_code, tags=tuple(tags_on([first])[first.pk]))


def as_part(line: ExpenseLine, tags: Sequence[Tag], less: Money | None = None) -> Part:
    """Return a line as a part; less something, its VAT follows the rate again."""
    kept = tuple(tags)
    typed = line.tax != lines.tax_of(line.gross, line.tax_code)
    if less is None:
        tax = line.tax if typed else None
        return Part(line.gross, line.category, line.tax_code, tax, line.text, line.is_private, kept)
    rest = line.gross - less
    tax = min(line.tax, rest) if typed else None
    return Part(rest, line.category, line.tax_code, tax, line.text, line.is_private, kept)
