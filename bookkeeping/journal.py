"""From a fact to a balanced entry. Pure: nothing here reads the database or the clock.

Lines are gross; the entry books net on the category's account and the VAT on the tax code's. Lines that no single movement
owns are spread over the movements without lines of their own in (booked date, id) order, so that every cent of every line is
booked exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from bookkeeping.formats.document import CONTRA, COST, TAX, TAX_OWED
from expenses.models import Direction, ExpenseKind
from pleo.lib.errors import DomainError
from pleo.lib.money import Money


class Unbookable(DomainError):
    """The fact cannot become an entry yet. `reason` is the code of the check that fails."""

    code = "unbookable"

    def __init__(self, reason: str, **params: Any) -> None:
        super().__init__(reason=reason, **params)
        self.reason = reason

    def message(self) -> str:
        return gettext("An entry lacks something it needs to be booked (%(reason)s).") % self.params


@dataclass(frozen=True, slots=True)
class BookAccount:
    """An account of the books as it is named today."""

    id: UUID
    number: str
    name: str
    is_open: bool = True
    type: str = "expense"


@dataclass(frozen=True, slots=True)
class Tax:
    """A VAT code, and the account its VAT goes to; under reverse charge also the one for what the company owes itself.

    `lost` is the percentage that cannot be claimed back.
    """

    id: UUID
    code: str
    rate: Decimal
    account: BookAccount | None
    reverse: BookAccount | None = None
    lost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """A part of an expense with its coding; `tax` is inside `amount`. `movement` is None for a shared line."""

    id: UUID
    direction: str
    amount: int
    tax_amount: int
    account: BookAccount | None
    tax: Tax | None
    category: str
    text: str
    movement: UUID | None
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A movement of an expense: which way, how much, when."""

    id: UUID
    direction: str
    amount: int
    booked_date: date


@dataclass(frozen=True, slots=True)
class Contra:
    """The accounts on the other side, as far as the company named them."""

    wallet: BookAccount | None
    bank: BookAccount | None
    out_of_pocket: BookAccount | None
    cash: BookAccount | None
    fees: BookAccount | None
    supplier: BookAccount | None = None
    is_payable: bool = False


@dataclass(frozen=True, slots=True)
class Purchase:
    """A movement of an expense with all that decides its coding."""

    kind: str
    movement: Part
    movements: Sequence[Part]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Moved:
    """Money between the wallet and elsewhere: `incoming` raised the wallet; `place` is the other side (bank or fees)."""

    incoming: bool
    amount: int
    place: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one account. Exactly one of debit and credit is above zero; `is_wallet` marks the wallet's own side."""

    account: BookAccount
    debit: int
    credit: int
    is_wallet: bool = False
    tax: Tax | None = None
    category: str = ""
    text: str = ""
    role: str = COST


def spread(lines: Iterable[Line], movements: Iterable[Part], currency: str) -> dict[UUID, list[tuple[Line, int, int]]]:
    """Return for each movement the lines it books, each with the gross amount and the VAT that fall to it.

    A movement with lines of its own books those alone. The others share the lines that nobody owns: each takes from what the
    earlier ones left, by largest remainder, and the VAT follows the gross. Raises Unbookable when they do not add up.
    """
    lines, ordered = list(lines), sorted(movements, key=lambda part: (part.booked_date, part.id))
    owned = {line.movement for line in lines if line.movement}
    result: dict[UUID, list[tuple[Line, int, int]]] = {
        part.id: [(line, line.amount, line.tax_amount) for line in lines if line.movement == part.id]
        for part in ordered
    }
    takers = [part for part in ordered if part.id not in owned]
    base = takers[0].direction if takers else Direction.SPEND
    shared = [line for line in lines if line.movement is None]
    along = _Pool([line for line in shared if line.direction == base], currency)
    against = _Pool([line for line in shared if line.direction != base], currency)
    whole = sum(part.amount for part in takers)
    if along.total - against.total != whole or any(part.direction != base for part in takers):
        raise Unbookable("lines_unsplit")
    passed = 0
    for part in takers:
        passed += part.amount
        # Lines that go against the rest are spread first, by what has passed; the others make up the movement's amount.
        returned = against.total * passed // whole - against.taken
        result[part.id] += along.take(part.amount + returned) + against.take(returned)
    return result


class _Pool:
    """Shared lines of one direction, and how much of each was taken."""

    def __init__(self, lines: list[Line], currency: str) -> None:
        self.lines, self.currency = lines, currency
        self.total = sum(line.amount for line in lines)
        self.used = [0] * len(lines)

    @property
    def taken(self) -> int:
        return sum(self.used)

    def take(self, amount: int) -> list[tuple[Line, int, int]]:
        """Take an amount from what is left of each line, and the VAT that belongs to it."""
        if not amount:
            return []
        left = [line.amount - used for line, used in zip(self.lines, self.used, strict=True)]
        result = []
        for index, share in enumerate(Money(amount, self.currency).allocate(left)):
            line, before = self.lines[index], self.used[index]
            self.used[index] = before + share.amount
            result.append((line, share.amount, _tax(line, self.used[index]) - _tax(line, before)))
        return result


def _tax(line: Line, gross: int) -> int:
    """Return the VAT of the first `gross` units of a line, to the nearest unit. Whole lines give their VAT exactly."""
    return (2 * line.tax_amount * gross + line.amount) // (2 * line.amount) if line.amount else 0


def sides(fact: Purchase | Moved, contra: Contra, currency: str) -> list[Side]:
    """Return the balanced sides of a fact's entry. Raises Unbookable with the code of what is missing."""
    result = _moved(fact, contra) if isinstance(fact, Moved) else _purchase(fact, contra, currency)
    debit, credit = sum(side.debit for side in result), sum(side.credit for side in result)
    assert debit == credit > 0, "an entry balances and is not empty"
    assert all((side.debit > 0) != (side.credit > 0) for side in result), "a side is debit or credit"
    return result


def _named(account: BookAccount | None, reason: str) -> BookAccount:
    if account is None:
        raise Unbookable(reason)
    return account


def _moved(fact: Moved, contra: Contra) -> list[Side]:
    wallet = _named(contra.wallet, "contra_account_missing")
    other = _named(contra.bank if fact.place == "bank" else contra.fees, "contra_account_missing")
    if fact.incoming:
        return [Side(wallet, fact.amount, 0, is_wallet=True, role=CONTRA), Side(other, 0, fact.amount, role=CONTRA)]
    return [Side(other, fact.amount, 0, role=CONTRA), Side(wallet, 0, fact.amount, is_wallet=True, role=CONTRA)]


# What the company owes the person for, instead of having paid it.
OWED = frozenset({ExpenseKind.OUT_OF_POCKET, ExpenseKind.MILEAGE, ExpenseKind.PER_DIEM})
# What is booked as a supplier's invoice and its payment when the books are kept by accounts payable.
THROUGH_SUPPLIER = frozenset({ExpenseKind.CARD, ExpenseKind.REFUND, ExpenseKind.FEE})
NOT_FROM_WALLET = OWED | {ExpenseKind.CASH_PURCHASE}


def contra_of(kind: str, contra: Contra) -> BookAccount | None:
    """Return the account that pays for an expense of a kind: the wallet, cash in hand, or what the company owes the person."""
    if kind in OWED:
        return contra.out_of_pocket
    return contra.cash if kind == ExpenseKind.CASH_PURCHASE else contra.wallet


def _purchase(fact: Purchase, contra: Contra, currency: str) -> list[Side]:
    movement, paid_from = fact.movement, _named(contra_of(fact.kind, contra), "contra_account_missing")
    result: list[Side] = []
    if fact.kind == ExpenseKind.CASH:
        cash = _named(contra.cash, "contra_account_missing")
        result = _side(movement.direction, cash, movement.amount)
    else:
        own = spread(fact.lines, fact.movements, currency)[movement.id]
        signed = sum(gross if line.direction == movement.direction else -gross for line, gross, _ in own)
        if signed != movement.amount:
            raise Unbookable("lines_unsplit")
        for line, gross, tax in own:
            if line.is_private:
                # What people bought for themselves they owe: the account that holds what is owed to them, turned round.
                result += _side(line.direction, _named(contra.out_of_pocket, "contra_account_missing"), gross)
            else:
                result += _coded(line, gross, tax)
    opposite = Direction.REFUND if movement.direction == Direction.SPEND else Direction.SPEND
    if contra.is_payable and fact.kind in THROUGH_SUPPLIER:
        supplier = _named(contra.supplier, "contra_account_missing")
        result += _side(opposite, supplier, movement.amount, role=CONTRA)
        result += _side(movement.direction, supplier, movement.amount, role=CONTRA)
    from_wallet = fact.kind not in NOT_FROM_WALLET
    return result + _side(opposite, paid_from, movement.amount, is_wallet=from_wallet, role=CONTRA)


def _coded(line: Line, gross: int, tax: int) -> list[Side]:
    if not gross:
        return []
    account = _named(line.account, "category_missing")
    words: dict[str, Any] = {"tax": line.tax, "category": line.category, "text": line.text}
    result = _side(line.direction, account, gross - tax, **words)
    if line.tax and line.tax.reverse:
        result += _reverse_charge(line, account, gross, words)
    if tax:
        if line.tax is None or line.tax.account is None:
            raise Unbookable("tax_account_missing")
        result += _side(line.direction, line.tax.account, tax, role=TAX, **words)
    return result


def _reverse_charge(line: Line, account: BookAccount, gross: int, words: dict[str, Any]) -> list[Side]:
    """Book VAT that nobody charged: owed on one account, claimed back on the other, what cannot be claimed on the cost."""
    assert line.tax and line.tax.reverse, "asked only under reverse charge"
    if line.tax.account is None:
        raise Unbookable("tax_account_missing")
    owed = _rounded(gross * line.tax.rate / 100)
    lost = _rounded(owed * line.tax.lost / 100)
    opposite = Direction.REFUND if line.direction == Direction.SPEND else Direction.SPEND
    claimed = _side(line.direction, line.tax.account, owed - lost, role=TAX, **words) + _side(
        line.direction, account, lost, role=TAX, **words
    )
    return claimed + _side(opposite, line.tax.reverse, owed, role=TAX_OWED, **words)


def _rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_EVEN))


def _side(direction: str, account: BookAccount, amount: int, **words: Any) -> list[Side]:
    """Spending debits an account, a refund credits it; nothing is no side at all."""
    if not amount:
        return []
    return [Side(account, amount, 0, **words) if direction == Direction.SPEND else Side(account, 0, amount, **words)]
