"""From a fact to a balanced entry. Pure: nothing here reads the database or the clock.

Lines are gross; the entry books net on the category's account and the VAT on the tax code's. Lines that no single movement
owns are spread over the movements without lines of their own in (booked date, id) order, so that every cent of every line is
booked exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from bookkeeping.formats.document import CONTRA, COST, TAX, TAX_OWED, Tagged
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
class Tag:
    """A tag of a line, and its group."""

    group: UUID
    group_name: str
    code: str
    name: str


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
    tags: Sequence[Tag] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A movement of an expense: which way, how much, when."""

    id: UUID
    direction: str
    amount: int
    booked_date: date


# A role without an account of its own is booked where it was before it had one.
INSTEAD: Mapping[str, str] = {
    "receivable": "out_of_pocket", "disputes": "fees", "payroll": "bank", "exchange": "fees",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contra:
    """The accounts on the other side, as far as the company named them.

    `wallets` are sub-wallets with an account of their own, by the id of their ledger account. `dimensions` maps a tag group to its
    place and its number in SIE; groups that are not in it are none of the books' business. `exchange_apart` books what a
    changed rate cost between the purchase and its settlement on the account for exchange differences. `required` names the tag
    groups of which every line needs a tag before it is booked. `together` books what is coded alike as one line.
    """

    wallet: BookAccount | None
    bank: BookAccount | None
    out_of_pocket: BookAccount | None
    cash: BookAccount | None
    fees: BookAccount | None
    supplier: BookAccount | None = None
    is_payable: bool = False
    receivable: BookAccount | None = None
    payroll: BookAccount | None = None
    disputes: BookAccount | None = None
    exchange: BookAccount | None = None
    exchange_apart: bool = False
    wallets: Mapping[UUID, BookAccount] = field(default_factory=dict)
    dimensions: Mapping[UUID, tuple[int, int]] = field(default_factory=dict)
    required: Mapping[UUID, str] = field(default_factory=dict)
    together: bool = False

    def named(self, role: str) -> BookAccount | None:
        """Return the account of a role, or the one that stands in for it."""
        account: BookAccount | None = getattr(self, role)
        return account or (getattr(self, INSTEAD[role]) if role in INSTEAD else None)

    def wallet_of(self, wallet: UUID | None) -> BookAccount | None:
        """Return the account of a wallet: its own, else the one for all of them."""
        return self.wallets.get(wallet, self.wallet) if wallet else self.wallet


@dataclass(frozen=True, slots=True)
class Purchase:
    """A movement of an expense with all that decides its coding.

    `wallet` is the sub-wallet that paid, `exchange` how much more (or less) it cost than when it was bought, by the rate alone.
    """

    kind: str
    movement: Part
    movements: Sequence[Part]
    lines: Sequence[Line]
    wallet: UUID | None = None
    exchange: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """Money between the wallet and elsewhere: `incoming` raised the wallet; `place` is the role of the other side."""

    incoming: bool
    amount: int
    place: str
    wallet: UUID | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Money between two wallets of which at least one has an account of its own."""

    amount: int
    source: UUID
    target: UUID


@dataclass(frozen=True, slots=True)
class Settled:
    """What a person and the company owed each other was paid, from or into `place` (a role).

    `parts` are the roles that it settles with an amount each: above zero the company owed it (it is debited), below zero the
    person did. Their sum is what was paid to the person; below zero, what the person paid.
    """

    parts: Sequence[tuple[str, int]]
    place: str

    @property
    def paid(self) -> int:
        return sum(amount for _, amount in self.parts)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was booked is turned round and booked anew. `old` are the sides that stand in the books, without the other side;
    `new` is the same movement with the right lines, all of them its own. Both make the same amount.
    """

    new: Purchase
    old: Sequence[Side]


Fact = Purchase | Moved | Between | Settled | Corrected


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
    dimensions: tuple[Tagged, ...] = ()


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


def sides(fact: Fact, contra: Contra, currency: str) -> list[Side]:
    """Return the balanced sides of a fact's entry. Raises Unbookable with the code of what is missing."""
    if isinstance(fact, Purchase):
        result = _purchase(fact, contra, currency)
    elif isinstance(fact, Corrected):
        result = _corrected(fact, contra, currency)
    elif isinstance(fact, Settled):
        result = _settled(fact, contra)
    else:
        result = _moved(fact, contra) if isinstance(fact, Moved) else _between(fact, contra)
    debit, credit = sum(side.debit for side in result), sum(side.credit for side in result)
    assert debit == credit > 0, "an entry balances and is not empty"
    assert all((side.debit > 0) != (side.credit > 0) for side in result), "a side is debit or credit"
    return result


def _named(account: BookAccount | None, reason: str = "contra_account_missing") -> BookAccount:
    if account is None:
        raise Unbookable(reason)
    return account


def _moved(fact: Moved, contra: Contra) -> list[Side]:
    wallet, other = _named(contra.wallet_of(fact.wallet)), _named(contra.named(fact.place))
    if fact.incoming:
        return [Side(wallet, fact.amount, 0, is_wallet=True, role=CONTRA), Side(other, 0, fact.amount, role=CONTRA)]
    return [Side(other, fact.amount, 0, role=CONTRA), Side(wallet, 0, fact.amount, is_wallet=True, role=CONTRA)]


def _between(fact: Between, contra: Contra) -> list[Side]:
    source, target = _named(contra.wallet_of(fact.source)), _named(contra.wallet_of(fact.target))
    return [
        Side(target, fact.amount, 0, is_wallet=True, role=CONTRA),
        Side(source, 0, fact.amount, is_wallet=True, role=CONTRA),
    ]


def _settled(fact: Settled, contra: Contra) -> list[Side]:
    """Book each part on its account, netted per account, against the place that the money came from or went to."""
    assert fact.paid, "nothing was paid"
    sums: dict[UUID, tuple[BookAccount, int]] = {}
    for role, amount in fact.parts:
        account = _named(contra.named(role))
        sums[account.id] = (account, sums.get(account.id, (account, 0))[1] + amount)
    result = [side for account, amount in sums.values() for side in _signed(account, amount)]
    return result + _signed(_named(contra.named(fact.place)), -fact.paid, is_wallet=fact.place == "wallet")


def _signed(account: BookAccount, amount: int, *, is_wallet: bool = False) -> list[Side]:
    """Return a debit above zero, a credit below; nothing is no side at all."""
    if not amount:
        return []
    return [Side(account, max(amount, 0), max(-amount, 0), is_wallet=is_wallet, role=CONTRA)]


# What the company owes the person for, instead of having paid it.
OWED = frozenset({ExpenseKind.OUT_OF_POCKET, ExpenseKind.MILEAGE, ExpenseKind.PER_DIEM})
# What is booked as a supplier's invoice and its payment when the books are kept by accounts payable.
THROUGH_SUPPLIER = frozenset({ExpenseKind.CARD, ExpenseKind.REFUND, ExpenseKind.FEE})
NOT_FROM_WALLET = OWED | {ExpenseKind.CASH_PURCHASE}


def contra_of(kind: str, contra: Contra, wallet: UUID | None = None) -> BookAccount | None:
    """Return the account that pays for an expense of a kind: the wallet, cash in hand, or what the company owes the person."""
    if kind in OWED:
        return contra.out_of_pocket
    return contra.cash if kind == ExpenseKind.CASH_PURCHASE else contra.wallet_of(wallet)


def private_of(kind: str) -> str:
    """Return the role that a private part of an expense is booked on.

    Of a claim and of cash the person simply gets less; what a card paid for them they owe.
    """
    if kind in OWED:
        return "out_of_pocket"
    return "cash" if kind == ExpenseKind.CASH_PURCHASE else "receivable"


def _purchase(fact: Purchase, contra: Contra, currency: str) -> list[Side]:
    movement, paid_from = fact.movement, _named(contra_of(fact.kind, contra, fact.wallet))
    opposite = Direction.REFUND if movement.direction == Direction.SPEND else Direction.SPEND
    if fact.kind == ExpenseKind.CASH:
        result = _side(movement.direction, _named(contra.cash), movement.amount)
    else:
        result = _lines(fact, contra, currency)
    if contra.is_payable and fact.kind in THROUGH_SUPPLIER:
        supplier = _named(contra.supplier)
        result += _side(opposite, supplier, movement.amount, role=CONTRA)
        result += _side(movement.direction, supplier, movement.amount, role=CONTRA)
    from_wallet = fact.kind not in NOT_FROM_WALLET
    return result + _side(opposite, paid_from, movement.amount, is_wallet=from_wallet, role=CONTRA)


def _corrected(fact: Corrected, contra: Contra, currency: str) -> list[Side]:
    """Book the old sides the other way round and the new ones, each against the account that stands across from them.

    That account ends as it was, so its side says nothing of the wallet. Raises Unbookable when old and new differ in amount.
    """
    movement, kind = fact.new.movement, fact.new.kind
    through = contra.is_payable and kind in THROUGH_SUPPLIER
    across = _named(contra.supplier if through else contra_of(kind, contra, fact.new.wallet))
    back = [replace(side, debit=side.credit, credit=side.debit, is_wallet=False) for side in fact.old]
    opposite = Direction.REFUND if movement.direction == Direction.SPEND else Direction.SPEND
    undone = _side(movement.direction, across, movement.amount, role=CONTRA)
    if sum(side.debit - side.credit for side in (*back, *undone)):
        raise Unbookable("corrected_gone")
    again = _side(opposite, across, movement.amount, role=CONTRA)
    return [*back, *undone, *_lines(fact.new, contra, currency), *again]


def _lines(fact: Purchase, contra: Contra, currency: str) -> list[Side]:
    """Book what a movement was for. Raises Unbookable when its lines do not add up to it."""
    movement = fact.movement
    own = spread(fact.lines, fact.movements, currency)[movement.id]
    signed = sum(gross if line.direction == movement.direction else -gross for line, gross, _ in own)
    if signed != movement.amount:
        raise Unbookable("lines_unsplit")
    coded: list[Side] = []
    private: list[Side] = []
    for line, gross, tax in _together(own) if contra.together else own:
        if line.is_private:
            private += _side(line.direction, _named(contra.named(private_of(fact.kind))), gross)
        else:
            coded += _coded(line, gross, tax, contra)
    if contra.exchange_apart and fact.exchange and movement.direction == Direction.SPEND:
        coded = _without_exchange(coded, fact.exchange, contra, currency)
    return coded + private


def _together(own: list[tuple[Line, int, int]]) -> list[tuple[Line, int, int]]:
    """Add up lines of the same category, account, VAT code and tags, where the first of them stands; words that differ go."""
    sums: dict[tuple[Any, ...], tuple[Line, int, int]] = {}
    for line, gross, tax in own:
        key = (
            line.direction, line.is_private, line.account and line.account.id, line.tax and line.tax.id, line.category,
            frozenset((tag.group, tag.name, tag.code) for tag in line.tags),
        )  # fmt: skip
        first, whole, inside = sums.get(key, (line, 0, 0))
        same = first if first.text == line.text else replace(first, text="")
        sums[key] = (same, whole + gross, inside + tax)
    return list(sums.values())


def _without_exchange(coded: list[Side], difference: int, contra: Contra, currency: str) -> list[Side]:
    """Take what the rate changed out of the costs, in proportion, and book it on its own account. VAT stays as it is.

    Where the difference would eat up the cost, it stays in the cost.
    """
    costs = [side for side in coded if side.role == COST and side.debit]
    if not costs or difference >= sum(side.debit for side in costs):
        return coded
    account = _named(contra.named("exchange"))
    shares = Money(abs(difference), currency).allocate([side.debit for side in costs])
    sign = 1 if difference > 0 else -1
    less = {id(side): sign * share.amount for side, share in zip(costs, shares, strict=True)}
    kept = [replace(side, debit=side.debit - less[id(side)]) if id(side) in less else side for side in coded]
    kept = [side for side in kept if side.debit or side.credit]
    return kept + _side(Direction.SPEND if difference > 0 else Direction.REFUND, account, abs(difference))


def _tagged(line: Line, contra: Contra) -> tuple[Tagged, ...]:
    """Return the tags of a line that stand in the books, in the order of their places."""
    found = (
        Tagged(*contra.dimensions[tag.group], tag.group_name, tag.code, tag.name)
        for tag in line.tags
        if tag.group in contra.dimensions
    )
    return tuple(sorted(found, key=lambda tagged: tagged.place))


def _coded(line: Line, gross: int, tax: int, contra: Contra) -> list[Side]:
    if not gross:
        return []
    account = _named(line.account, "category_missing")
    words: dict[str, Any] = {"tax": line.tax, "category": line.category, "text": line.text}
    cost = {**words, "dimensions": _tagged(line, contra)}
    result = _side(line.direction, account, gross - tax, **cost)
    if line.tax and line.tax.reverse:
        result += _reverse_charge(line, account, gross, words, cost)
    if tax:
        if line.tax is None or line.tax.account is None:
            raise Unbookable("tax_account_missing")
        result += _side(line.direction, line.tax.account, tax, role=TAX, **words)
    return result


def _reverse_charge(
    line: Line, account: BookAccount, gross: int, words: dict[str, Any], cost: dict[str, Any]
) -> list[Side]:
    """Book VAT that nobody charged: owed on one account, claimed back on the other, what cannot be claimed on the cost."""
    assert line.tax and line.tax.reverse, "asked only under reverse charge"
    if line.tax.account is None:
        raise Unbookable("tax_account_missing")
    owed = _rounded(gross * line.tax.rate / 100)
    lost = _rounded(owed * line.tax.lost / 100)
    opposite = Direction.REFUND if line.direction == Direction.SPEND else Direction.SPEND
    claimed = _side(line.direction, line.tax.account, owed - lost, role=TAX, **words) + _side(
        line.direction, account, lost, role=TAX, **cost
    )
    return claimed + _side(opposite, line.tax.reverse, owed, role=TAX_OWED, **words)


def _rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_EVEN))


def _side(direction: str, account: BookAccount, amount: int, **words: Any) -> list[Side]:
    """Spending debits an account, a refund credits it; nothing is no side at all."""
    if not amount:
        return []
    return [Side(account, amount, 0, **words) if direction == Direction.SPEND else Side(account, 0, amount, **words)]
