"""The only writer of an expense's lines and of its amount: whatever happens, they sum.

Money comes as an open hold, then as movements. A movement is *shared* while nothing of the expense is locked and it goes the
expense's own way: the shared lines (those without a movement) follow the sum of the shared movements. Any other movement
has lines of its own, coded like the shared ones, so that locked lines never change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext

from expenses import balance
from expenses.errors import VatNeedsReceipt
from expenses.models import Category, Direction, Expense, ExpenseLine, Movement, PaymentState, Tag, TaxCode
from expenses.reopen_review import outgrown, reopen_review
from expenses.tagging import as_wanted, put_tags, tags_on
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money, total

# The columns of a line that coding writes.
CODING = ["category", "tax_code", "tax_amount", "is_rest"]


class TaxTooLarge(DomainError):
    """More VAT than there is money on the line."""

    code = "tax_too_large"
    field = "tax_amount"

    def message(self) -> str:
        return gettext("The VAT cannot be more than the amount itself, %(amount)s.") % {
            "amount": format.amount(self.params["amount"])
        }


def tax_of(gross: Money, code: TaxCode | None) -> Money:
    """Return the tax that a gross amount contains under a code; none without a code."""
    return code.tax_in(gross) if code else Money(0, gross.currency)


def signed(amount: int, direction: str, base: str) -> int:
    """Return an amount as it counts in direction `base`."""
    return amount if direction == base else -amount


def follow_money(expense: Expense, *, new: Movement | None = None, held: Money | None = None) -> bool:
    """Set amount, direction, payment and lines from the movements, or from the open hold while there are none.

    `new` is a movement made in this transaction. The caller holds the expense's row lock. Returns whether anything changed.
    A hold that was released without a movement leaves the expense reversed at zero.
    """
    before = expense.amount, expense.direction, expense.payment
    base = expense.base_direction
    movements = list(expense.movements.order_by("booked_date", "id"))
    lines = list(expense.lines.select_related("category", "tax_code").order_by("position"))
    shared = [line for line in lines if line.movement_id is None]
    is_locked = any(line.locked_at for line in shared)
    if new and (is_locked or new.direction != base):
        lines.extend(_copy_coding(expense, new, shared, first=max((line.position for line in lines), default=0) + 1))
    own = {line.movement_id for line in lines if line.movement_id}
    wanted = sum(movement.amount for movement in movements if movement.pk not in own)
    if not movements and held:
        wanted = held.amount
    if not is_locked:
        _fit_shared(expense, lines, wanted)
    net = sum(signed(movement.amount, movement.direction, base) for movement in movements) if movements else wanted
    _save_totals(expense, lines, net, bool(movements))
    if outgrown(expense):
        reopen_review(expense=expense, why="amount_grew")
    balance.follow(expense)
    return new is not None or before != (expense.amount, expense.direction, expense.payment)


def _save_totals(expense: Expense, lines: list[ExpenseLine], net: int, has_movements: bool) -> None:
    base = expense.base_direction
    expense.direction = base if net >= 0 else _other(base)
    expense.amount = abs(net)
    if has_movements:
        expense.payment = PaymentState.CLEARED
    else:
        expense.payment = PaymentState.RESERVED if net else PaymentState.REVERSED
    expense.lines_total = sum(signed(line.amount, line.direction, expense.direction) for line in lines)
    expense.is_coded, expense.is_private = all_coded(lines), all_private(lines)
    assert expense.lines_total == expense.amount, "lines must sum to the expense"
    expense.save(update_fields=["direction", "amount", "payment", "lines_total", "is_coded", "is_private"])


def all_coded(lines: Sequence[ExpenseLine]) -> bool:
    """Say whether every line that carries money has a category or is private (or every line, when none carries any)."""
    weighty = [line for line in lines if line.amount] or lines
    return bool(weighty) and all(line.category_id or line.is_private for line in weighty)


def all_private(lines: Sequence[ExpenseLine]) -> bool:
    """Say whether all the money was spent on the person's own things."""
    weighty = [line for line in lines if line.amount]
    return bool(weighty) and all(line.is_private for line in weighty)


def _other(direction: str) -> str:
    return Direction.SPEND if direction == Direction.REFUND else Direction.REFUND


def _copy_coding(
    expense: Expense, movement: Movement, pattern: Sequence[ExpenseLine], *, first: int
) -> list[ExpenseLine]:
    """Split a movement over the coding of the shared lines, pro rata."""
    coded = [line for line in pattern if line.amount and line.direction == expense.base_direction]
    gross = Money(movement.amount, movement.currency)
    parts = gross.allocate([line.amount for line in coded]) if coded else [gross]
    sources: Sequence[ExpenseLine | None] = coded or [pattern[0] if pattern else None]
    made, tags = [], tags_on(coded or pattern[:1])
    for offset, (source, part) in enumerate(zip(sources, parts, strict=True)):
        if not part:
            continue
        line = _line(expense, first + offset, part, movement.direction)
        line.movement = movement
        if source:
            line.category, line.tax_code, line.text = source.category, source.tax_code, source.text
            line.is_private = source.is_private
            line.tax_amount = _scaled_tax(source, part).amount
        if expense.is_declared and claims_vat(line):
            line.tax_code, line.tax_amount = None, 0
        line.save(force_insert=True)
        put_tags([line], as_wanted(tags[source.pk]) if source else {})
        made.append(line)
    return made


def _scaled_tax(source: ExpenseLine, part: Money) -> Money:
    """Return the tax of a part: by the rate, or in the proportion that a person typed for the source."""
    if not source.amount or source.tax == tax_of(source.gross, source.tax_code):
        return tax_of(part, source.tax_code)
    return min(part, part.share(Decimal(source.tax_amount) / source.amount))


def _line(expense: Expense, position: int, gross: Money, direction: str) -> ExpenseLine:
    return ExpenseLine(
        company_id=expense.company_id, expense=expense, position=position, direction=direction,
        amount=gross.amount, currency=gross.currency,
    )  # fmt: skip


def _fit_shared(expense: Expense, lines: list[ExpenseLine], wanted: int) -> None:
    """Make the shared lines sum to `wanted`: one line follows, several keep theirs and the rest line takes the difference."""
    base, currency = expense.base_direction, expense.currency
    shared = [line for line in lines if line.movement_id is None]
    if not shared:
        if wanted or not lines:
            line = _line(expense, max((x.position for x in lines), default=0) + 1, Money(wanted, currency), base)
            line.save(force_insert=True)
            lines.append(line)
        return
    if len(shared) == 1:
        _resize(shared[0], wanted, base)
        return
    kept = sum(signed(line.amount, line.direction, base) for line in shared if not line.is_rest)
    rest = next((line for line in shared if line.is_rest), None)
    if rest is None and wanted != kept:
        rest = _line(expense, max(x.position for x in lines) + 1, Money(0, currency), base)
        rest.is_rest = True
        rest.save(force_insert=True)
        lines.append(rest)
    if rest is not None and wanted == kept:
        rest.delete()
        lines.remove(rest)
    elif rest is not None:
        _resize(rest, wanted - kept, base)


def _resize(line: ExpenseLine, wanted: int, base: str) -> None:
    """Give a line another amount. Its tax follows by the rate; tax that a person typed stays, within the amount."""
    followed_rate = line.tax == tax_of(line.gross, line.tax_code)
    line.direction = base if wanted >= 0 else _other(base)
    line.amount = abs(wanted)
    line.tax_amount = (tax_of(line.gross, line.tax_code) if followed_rate else min(line.tax, line.gross)).amount
    line.save(update_fields=["direction", "amount", "tax_amount"])


def code(
    expense: Expense, *, category: Category | None, tax_code: TaxCode | None, tax: Money | None
) -> list[ExpenseLine]:
    """Give every unlocked line a category and tax code, and the tax that was typed or follows from the rate.

    What is private stays so.

    The caller holds the expense's row lock and saves `is_coded` with the rest. Raises TaxTooLarge, VatNeedsReceipt.
    """
    lines = list(expense.lines.select_related("category", "tax_code").order_by("position"))
    coded = recode(
        lines, expense.currency, category=category, tax_code=tax_code, tax=tax, is_declared=expense.is_declared
    )
    for line in coded:
        line.save(update_fields=CODING)
    expense.is_coded = all_coded(lines)
    return lines


def recode(
    lines: Sequence[ExpenseLine],
    currency: str,
    *,
    category: Category | None,
    tax_code: TaxCode | None,
    tax: Money | None,
    is_declared: bool = False,
) -> list[ExpenseLine]:
    """Set the coding of every unlocked line that is not private, without saving; return those lines.

    One of an expense that `is_declared` claims no VAT. Raises TaxTooLarge, VatNeedsReceipt.
    """
    unlocked = [line for line in lines if line.locked_at is None and not line.is_private]
    gross = total([line.gross for line in unlocked], currency)
    if tax is not None and tax > gross:
        raise TaxTooLarge(amount=gross)
    shares = tax.allocate([line.amount for line in unlocked]) if tax is not None and gross else None
    for index, line in enumerate(unlocked):
        line.category, line.tax_code = category, tax_code
        line.tax_amount = (shares[index] if shares else tax_of(line.gross, tax_code)).amount
        line.is_rest = False
        if is_declared and claims_vat(line):
            raise VatNeedsReceipt
    return unlocked


def claims_vat(line: ExpenseLine) -> bool:
    """Say whether a line claims back VAT that a shop charged."""
    typed = line.tax - line.tax_code.lost_of(line.tax) if line.tax_code else line.tax
    return bool(typed) or bool(line.tax_code and line.tax_code.claims_vat)


def drop_vat(expense: Expense, *, instead: TaxCode | None) -> list[dict[str, Any]]:
    """Take the VAT off every unlocked line that claims some; return what was taken, for `give_back_vat`.

    The caller holds the expense's row lock.
    """
    taken = []
    for line in expense.lines.filter(locked_at=None).select_related("tax_code").order_by("position"):
        if not claims_vat(line):
            continue
        taken.append(
            {
                "line": str(line.pk),
                "tax_code": str(line.tax_code_id) if line.tax_code_id else None,
                "tax": line.tax_amount,
            }
        )
        line.tax_code, line.tax_amount = instead, 0
        line.save(update_fields=["tax_code", "tax_amount"])
    return taken


def give_back_vat(expense: Expense, taken: Sequence[dict[str, Any]]) -> int:
    """Put VAT back on lines that still stand as `drop_vat` left them; return how many. The rate decides where it did before."""
    was = {entry["line"]: entry for entry in taken}
    rows = expense.lines.filter(pk__in=list(was), locked_at=None, is_private=False, tax_amount=0)
    codes = {str(code.pk): code for code in TaxCode.objects.filter(pk__in=[entry["tax_code"] for entry in taken])}
    count = 0
    for line in rows.select_related("tax_code"):
        if line.tax_code and line.tax_code.rate:
            continue  # Somebody chose another code since.
        entry = was[str(line.pk)]
        line.tax_code = codes.get(entry["tax_code"] or "")
        line.tax_amount = min(entry["tax"], line.amount)
        line.save(update_fields=["tax_code", "tax_amount"])
        count += 1
    return count


@dataclass(frozen=True)
class Part:
    """What a person wants a line to be: an amount above zero with its coding. `tax` is empty where the rate decides."""

    amount: Money
    category: Category | None = None
    tax_code: TaxCode | None = None
    tax: Money | None = None
    text: str = ""
    is_private: bool = False
    tags: tuple[Tag, ...] = ()


def replace(expense: Expense, parts: Sequence[Part]) -> list[ExpenseLine]:
    """Put these parts in the place of the shared lines, none of which is locked. They sum to what those summed to.

    The caller holds the expense's row lock, has checked the sum and saves the expense. Raises TaxTooLarge, VatNeedsReceipt.
    """
    lines = list(expense.lines.order_by("position"))
    shared = [line for line in lines if line.movement_id is None]
    base = expense.base_direction
    assert not any(line.locked_at for line in shared), "locked lines never change"
    assert sum(signed(line.amount, line.direction, base) for line in shared) == sum(
        part.amount.amount for part in parts
    )
    kept = [line for line in lines if line.movement_id]
    ExpenseLine.objects.filter(pk__in=[line.pk for line in shared]).delete()
    free = max((line.position for line in kept), default=0)
    made = [_made_of(part, expense, free + number, base) for number, part in enumerate(parts, 1)]
    expense.is_coded, expense.is_private = all_coded([*kept, *made]), all_private([*kept, *made])
    return made


def _made_of(part: Part, expense: Expense, position: int, base: str) -> ExpenseLine:
    assert part.amount.amount > 0, "a part of an expense is more than nothing"
    line = _line(expense, position, part.amount, base)
    line.is_private, line.text = part.is_private, part.text[:200]
    if not part.is_private:
        line.category, line.tax_code = part.category, part.tax_code
        tax = tax_of(part.amount, part.tax_code) if part.tax is None else part.tax
        if tax > part.amount:
            raise TaxTooLarge(amount=part.amount)
        line.tax_amount = tax.amount
        if expense.is_declared and claims_vat(line):
            raise VatNeedsReceipt
    line.save(force_insert=True)
    if not part.is_private:
        put_tags([line], as_wanted(part.tags))
    return line


def standing_for(lines: Iterable[ExpenseLine], movements: set[UUID]) -> set[UUID]:
    """Return the ids of the lines of one expense that stand for these movements.

    Shared lines stand for every movement without lines of its own, so one of those is enough.
    """
    lines = list(lines)
    own = {line.movement_id for line in lines if line.movement_id}
    shares = bool(movements - own)
    return {line.pk for line in lines if (line.movement_id in movements if line.movement_id else shares)}


def lock_lines(*, locked: Collection[UUID], unlocked: Collection[UUID], now: datetime) -> None:
    """Lock these lines and unlock those. The caller holds the row locks of their expenses."""
    ExpenseLine.objects.filter(pk__in=locked, locked_at=None).update(locked_at=now)
    ExpenseLine.objects.filter(pk__in=unlocked).exclude(locked_at=None).update(locked_at=None)


def bump(expense: Expense, *, version: int | None) -> bool:
    """Count a change of the coding; False when the expense is no longer at `version`. None asks for no check."""
    rows = Expense.objects.filter(pk=expense.pk)
    if version is not None:
        rows = rows.filter(version=version)
    changed = bool(rows.update(version=F("version") + 1))
    if changed:
        expense.version = (expense.version if version is None else version) + 1
    return changed
