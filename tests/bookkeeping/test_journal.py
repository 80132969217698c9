"""From facts to balanced entries: tables of what each kind books, and properties that hold for every expense."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.journal import BookAccount, Contra, Line, Moved, Part, Purchase, Side, Tax, Unbookable, sides, spread
from expenses.models import Direction, ExpenseKind

SPEND, REFUND = Direction.SPEND, Direction.REFUND


def account(number: str) -> BookAccount:
    return BookAccount(UUID(int=int(number)), number, f"Account {number}")


WALLET, BANK, OWED, CASH, FEES = account("5835"), account("5820"), account("6840"), account("5810"), account("3650")
COST, OTHER, VAT = account("3600"), account("3604"), account("6903")
CONTRA = Contra(wallet=WALLET, bank=BANK, out_of_pocket=OWED, cash=CASH, fees=FEES)
I25 = Tax(UUID(int=25), "I25", Decimal(25), VAT)
NONE = Tax(UUID(int=1), "INGEN", Decimal(0), None)


def part(number: int, amount: int, direction: str = SPEND, day: int = 0) -> Part:
    return Part(UUID(int=number), direction, amount, date(2026, 11, 1) + timedelta(days=day))


def line(
    amount: int, tax: int = 0, *, number: int = 1, direction: str = SPEND, to=COST, code=I25, movement=None
) -> Line:
    return Line(UUID(int=number), direction, amount, tax, to, code, "Kontor", "", movement)


def purchase(kind: str, movement: Part, lines, movements=None) -> Purchase:
    return Purchase(kind, movement, movements or [movement], lines)


def booked(fact) -> list[tuple[str, int, int]]:
    return [(side.account.number, side.debit, side.credit) for side in sides(fact, CONTRA, "DKK")]


FACTS = [
    ("a purchase with VAT", purchase("card", part(1, 125_00), [line(125_00, 25_00)]),
     [("3600", 100_00, 0), ("6903", 25_00, 0), ("5835", 0, 125_00)]),
    ("a purchase without VAT", purchase("card", part(1, 80_00), [line(80_00, code=NONE)]),
     [("3600", 80_00, 0), ("5835", 0, 80_00)]),
    ("two lines", purchase("card", part(1, 100_00), [line(60_00, 12_00), line(40_00, number=2, to=OTHER, code=NONE)]),
     [("3600", 48_00, 0), ("6903", 12_00, 0), ("3604", 40_00, 0), ("5835", 0, 100_00)]),
    ("a refund", purchase("refund", part(1, 125_00, REFUND), [line(125_00, 25_00, direction=REFUND)]),
     [("3600", 0, 100_00), ("6903", 0, 25_00), ("5835", 125_00, 0)]),
    ("a claim", purchase("out_of_pocket", part(1, 50_00), [line(50_00, code=NONE)]),
     [("3600", 50_00, 0), ("6840", 0, 50_00)]),
    ("cash from a machine", purchase("cash", part(1, 500_00), [line(500_00, to=None, code=None)]),
     [("5810", 500_00, 0), ("5835", 0, 500_00)]),
    ("a fee", purchase("fee", part(1, 9_00), [line(9_00, to=FEES, code=NONE)]),
     [("3650", 9_00, 0), ("5835", 0, 9_00)]),
    ("all VAT", purchase("card", part(1, 7), [line(7, 7)]), [("6903", 7, 0), ("5835", 0, 7)]),
    ("lines both ways", purchase("card", part(1, 70_00), [line(100_00), line(30_00, number=2, direction=REFUND, to=OTHER)]),
     [("3600", 100_00, 0), ("3604", 0, 30_00), ("5835", 0, 70_00)]),
    ("a top-up", Moved(True, 1000_00, "bank"), [("5835", 1000_00, 0), ("5820", 0, 1000_00)]),
    ("money back to the bank", Moved(False, 300_00, "bank"), [("5820", 300_00, 0), ("5835", 0, 300_00)]),
    ("a correction without clearing", Moved(False, 5, "fees"), [("3650", 5, 0), ("5835", 0, 5)]),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "expected"), [row[1:] for row in FACTS], ids=[row[0] for row in FACTS])
def test_what_a_fact_books(fact, expected):
    assert booked(fact) == expected


def test_the_wallets_side_is_marked():
    marked = [side.account.number for _, fact, _ in FACTS for side in sides(fact, CONTRA, "DKK") if side.is_wallet]
    assert set(marked) == {"5835"}
    claim = sides(FACTS[4][1], CONTRA, "DKK")
    assert not any(side.is_wallet for side in claim)


def test_a_movement_with_lines_of_its_own_books_those():
    first, late = part(1, 100_00), part(2, 20_00, day=3)
    own = line(20_00, 4_00, number=2, movement=late.id)
    lines = [line(100_00, 20_00), own]
    assert booked(purchase("card", first, lines, [first, late])) == [
        ("3600", 80_00, 0), ("6903", 20_00, 0), ("5835", 0, 100_00),
    ]  # fmt: skip
    assert booked(purchase("card", late, lines, [first, late])) == [
        ("3600", 16_00, 0), ("6903", 4_00, 0), ("5835", 0, 20_00),
    ]  # fmt: skip


def test_a_correction_back_takes_its_own_lines_from_the_other_side():
    first, back = part(1, 100_00), part(2, 20_00, REFUND, day=3)
    lines = [line(100_00), line(20_00, number=2, direction=REFUND, movement=back.id)]
    assert booked(purchase("card", back, lines, [first, back])) == [("3600", 0, 20_00), ("5835", 20_00, 0)]


MISSING = [
    ("no category", purchase("card", part(1, 5), [line(5, to=None)]), CONTRA, "category_missing"),
    ("no lines", purchase("card", part(1, 5), []), CONTRA, "lines_unsplit"),
    ("lines too small", purchase("card", part(1, 5), [line(4)]), CONTRA, "lines_unsplit"),
    ("own lines too small", purchase("card", part(1, 5), [line(4, movement=UUID(int=1))]), CONTRA, "lines_unsplit"),
    ("VAT without code", purchase("card", part(1, 5), [line(5, 1, code=None)]), CONTRA, "tax_account_missing"),
    ("VAT without account", purchase("card", part(1, 5), [line(5, 1, code=NONE)]), CONTRA, "tax_account_missing"),
    ("no wallet account", purchase("card", part(1, 5), [line(5)]), Contra(None, BANK, OWED, CASH, FEES),
     "contra_account_missing"),
    ("no claim account", purchase("out_of_pocket", part(1, 5), [line(5)]), Contra(WALLET, BANK, None, CASH, FEES),
     "contra_account_missing"),
    ("no cash account", purchase("cash", part(1, 5), [line(5)]), Contra(WALLET, BANK, OWED, None, FEES),
     "contra_account_missing"),
    ("no bank account", Moved(True, 5, "bank"), Contra(WALLET, None, OWED, CASH, FEES), "contra_account_missing"),
    ("no fees account", Moved(True, 5, "fees"), Contra(WALLET, BANK, OWED, CASH, None), "contra_account_missing"),
    ("movements both ways on shared lines", purchase("card", part(1, 5), [line(2)], [part(1, 5), part(2, 3, REFUND)]), CONTRA,
     "lines_unsplit"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "contra", "reason"), [row[1:] for row in MISSING], ids=[row[0] for row in MISSING])
def test_it_says_what_is_missing(fact, contra, reason):
    with pytest.raises(Unbookable) as caught:
        sides(fact, contra, "DKK")
    assert caught.value.reason == reason
    assert caught.value.message()


@st.composite
def expenses(draw):
    """An expense whose lines, some of them against the rest, sum to its movements."""
    movements = [
        part(number, amount, day=day)
        for number, (amount, day) in enumerate(
            draw(st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 5)), min_size=1, max_size=5)), 1
        )
    ]
    whole = sum(movement.amount for movement in movements)
    against = draw(st.lists(st.integers(0, 10**5), max_size=2))
    rest, lines = whole + sum(against), []
    for number in range(draw(st.integers(0, 4))):
        amount = draw(st.integers(0, rest))
        rest -= amount
        lines.append((amount, SPEND, number))
    lines += [(rest, SPEND, 10), *((amount, REFUND, 20 + number) for number, amount in enumerate(against))]
    return movements, [
        line(amount, draw(st.integers(0, amount)), number=number + 1, direction=direction)
        for amount, direction, number in lines
    ]


@given(expenses())
def test_every_cent_of_every_line_is_booked_once(given_expense):
    movements, lines = given_expense
    shares = spread(lines, movements, "DKK")
    for one in lines:
        parts = [(gross, tax) for rows in shares.values() for own, gross, tax in rows if own == one]
        assert sum(gross for gross, _ in parts) == one.amount
        assert sum(tax for _, tax in parts) == one.tax_amount
        assert all(0 <= tax <= gross for gross, tax in parts)
    for movement in movements:
        signed = sum(gross if own.direction == SPEND else -gross for own, gross, _ in shares[movement.id])
        assert signed == movement.amount


@given(expenses(), st.sampled_from([ExpenseKind.CARD, ExpenseKind.OUT_OF_POCKET, ExpenseKind.CASH, ExpenseKind.FEE]))
def test_every_entry_balances_and_all_entries_sum_to_the_expense(given_expense, kind):
    movements, lines = given_expense
    entries: list[list[Side]] = [
        sides(Purchase(kind, movement, movements, lines), CONTRA, "DKK") for movement in movements
    ]
    for movement, entry in zip(movements, entries, strict=True):
        assert sum(side.debit for side in entry) == sum(side.credit for side in entry) >= movement.amount
        paid = OWED if kind == ExpenseKind.OUT_OF_POCKET else WALLET
        assert sum(side.credit - side.debit for side in entry if side.account == paid) == movement.amount
    if kind != ExpenseKind.CASH:
        tax = sum(side.debit - side.credit for entry in entries for side in entry if side.account == VAT)
        assert tax == sum(one.tax_amount if one.direction == SPEND else -one.tax_amount for one in lines)


@given(expenses())
def test_the_order_of_movements_in_the_list_changes_nothing(given_expense):
    movements, lines = given_expense
    assert spread(lines, movements, "DKK") == spread(lines, list(reversed(movements)), "DKK")
