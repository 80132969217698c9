"""Any mix of expenses, splits, VAT, foreign amounts, refunds, payouts, repayments and disputes: every cent is booked once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.documents import rows_of
from bookkeeping.formats.csv import Look, write
from bookkeeping.formats.document import BookEntry, Document
from bookkeeping.formats.document import Line as Written
from bookkeeping.formats.registry import FORMATS, render
from bookkeeping.journal import (
    Between,
    BookAccount,
    Contra,
    Corrected,
    Line,
    Moved,
    Part,
    Purchase,
    Settled,
    Tax,
    sides,
    spread,
)
from expenses.models import Direction, ExpenseKind
from tests.bookkeeping.formats.conftest import header, written

ACCOUNTS = [BookAccount(uuid4(), str(3000 + n), f"Cost {n}") for n in range(4)]
VAT_IN, VAT_OWED = (
    BookAccount(uuid4(), "1576", "VAT", type="asset"),
    BookAccount(uuid4(), "1787", "VAT owed", type="liability"),
)
NUMBERS = {
    "wallet": "1360", "bank": "1200", "out_of_pocket": "1755", "cash": "1000", "fees": "4970", "supplier": "1600",
    "receivable": "1530", "payroll": "1740", "disputes": "1501", "exchange": "2150",
}  # fmt: skip
CONTRA = {role: BookAccount(uuid4(), number, role, type="asset") for role, number in NUMBERS.items()}
RATES = [Decimal(rate) for rate in ("0", "5.263158", "7", "19", "25")]
CODES = [Tax(uuid4(), f"V{rate}", rate, VAT_IN) for rate in RATES] + [
    Tax(uuid4(), "RC", Decimal(25), VAT_IN, VAT_OWED), Tax(uuid4(), "RC50", Decimal(19), VAT_IN, VAT_OWED, Decimal(50)),
]  # fmt: skip
KINDS = [
    ExpenseKind.CARD,
    ExpenseKind.REFUND,
    ExpenseKind.OUT_OF_POCKET,
    ExpenseKind.CASH,
    ExpenseKind.FEE,
    ExpenseKind.MILEAGE,
]


@st.composite
def purchases(draw):
    """An expense whose lines add up to its movements: shared lines some against the rest, or lines of a movement's own."""
    kind = draw(st.sampled_from(KINDS))
    base = Direction.REFUND if kind == ExpenseKind.REFUND else Direction.SPEND
    amounts = draw(st.lists(st.integers(1, 10**7), min_size=1, max_size=4))
    days = [date(2026, 11, 1) + timedelta(days=draw(st.integers(0, 29))) for _ in amounts]
    parts = [Part(uuid4(), base, amount, day) for amount, day in zip(amounts, days, strict=True)]
    against = draw(st.integers(0, 500))
    whole = sum(amounts) + against
    cuts = sorted(draw(st.lists(st.integers(1, whole), max_size=3)))
    shares = [end - start for start, end in zip([0, *cuts], [*cuts, whole], strict=True) if end > start]
    lines = [draw(_line(base, share, None)) for share in shares]
    if against:
        lines.append(draw(_line(Direction.REFUND if base == Direction.SPEND else Direction.SPEND, against, None)))
    if draw(st.booleans()):
        late = Part(uuid4(), Direction.REFUND, draw(st.integers(1, 10**6)), date(2026, 11, 30))
        parts.append(late)
        lines.append(draw(_line(Direction.REFUND, late.amount, late.id)))
    exchange = draw(st.sampled_from([0, 0, 1, -1, 350, -350, 10**7]))
    return [Purchase(kind, part, parts, lines, draw(st.sampled_from([None, *WALLETS])), exchange) for part in parts]


@st.composite
def _line(draw, direction, amount, movement):
    tax = draw(st.sampled_from([None, *CODES]))
    inside = 0
    if tax and not tax.reverse:
        inside = min(amount, int(amount * tax.rate / (100 + tax.rate)) + draw(st.integers(0, 1)))
    return Line(
        uuid4(), direction, amount, inside, draw(st.sampled_from(ACCOUNTS)), tax, "Category", "text", movement,
        tax is None and draw(st.integers(0, 5)) == 0,
    )  # fmt: skip


WALLETS = [uuid4(), uuid4()]
MOVES = st.builds(
    Moved, st.booleans(), st.integers(1, 10**9), st.sampled_from(["bank", "fees", "disputes"]), st.sampled_from([None, *WALLETS])
)  # fmt: skip
BETWEEN = st.builds(Between, st.integers(1, 10**9), st.just(WALLETS[0]), st.just(WALLETS[1]))
STEPS = st.lists(
    st.tuples(st.sampled_from(["out_of_pocket", "receivable", "cash"]), st.integers(-(10**6), 10**6)), min_size=1, max_size=6
)  # fmt: skip
PAID = st.builds(Settled, STEPS, st.sampled_from(["bank", "payroll", "wallet"])).filter(lambda fact: fact.paid != 0)
FACTS = st.lists(
    st.one_of(purchases(), st.one_of(MOVES, BETWEEN, PAID).map(lambda fact: [fact])), min_size=1, max_size=5
).map(lambda many: [fact for facts in many for fact in facts])


def entries_of(facts, contra):
    for number, fact in enumerate(facts, 1):
        day = fact.movement.booked_date if isinstance(fact, Purchase) else date(2026, 11, 2)
        lines = tuple(
            Written(
                side.account.number, side.account.name, side.debit, side.credit, side.account.type, side.role,
                side.tax.code if side.tax else "", side.tax.rate if side.tax else None, side.category, side.text, side.is_wallet,
            )
            for side in sides(fact, contra, "EUR")
        )  # fmt: skip
        yield BookEntry(
            uuid4().hex, number, day, day, "note", "person", "merchant", number, "EUR", 100, "SEK", (), "", lines,
        )  # fmt: skip


SITE = BookAccount(uuid4(), "1361", "Site", type="asset")


def contra_with(payable=False, own=(), apart=False, without=frozenset()):
    """Return contra accounts; `own` are the wallets with an account of their own, `without` the roles that have none."""
    named = {role: account for role, account in CONTRA.items() if role not in without}
    return Contra(**named, is_payable=payable, exchange_apart=apart, wallets=dict.fromkeys(own, SITE))


CONTRAS = st.builds(
    contra_with, st.booleans(), st.sampled_from([(), WALLETS[:1]]), st.booleans(),
    st.sets(st.sampled_from(["receivable", "payroll", "disputes", "exchange"])),
)  # fmt: skip


@given(parts=STEPS, back=st.booleans())
def test_a_payment_settles_every_part_on_its_account_whatever_the_net(parts, back):
    fact = Settled([(role, -amount if back else amount) for role, amount in parts], "bank")
    if not fact.paid:
        return
    booked = sides(fact, contra_with(), "EUR")
    for role in ("out_of_pocket", "receivable", "cash"):
        number = CONTRA[role].number
        wanted = sum(amount for name, amount in fact.parts if name == role)
        assert sum(side.debit - side.credit for side in booked if side.account.number == number) == wanted


@given(facts=FACTS, contra=CONTRAS)
def test_everything_is_booked_once_and_balances(facts, contra):
    entries = list(entries_of(facts, contra))
    for entry in entries:
        assert sum(line.signed for line in entry.lines) == 0 and all(
            (line.debit > 0) != (line.credit > 0) for line in entry.lines
        )
        assert sum(len(lines) + 1 for lines, _ in entry.legs()) == len(entry.lines)
    moved = 0
    for fact in facts:
        if isinstance(fact, Moved):
            moved += fact.amount if fact.incoming else -fact.amount
        elif isinstance(fact, Settled):
            moved -= fact.paid if fact.place == "wallet" else 0
        elif isinstance(fact, Between):
            continue
        elif fact.kind not in (ExpenseKind.OUT_OF_POCKET, ExpenseKind.MILEAGE):
            moved += fact.movement.amount if fact.movement.direction == Direction.REFUND else -fact.movement.amount
    assert sum(line.signed for entry in entries for line in entry.lines if line.is_wallet) == moved


def new_coding(draw, fact):
    """Return the same movement with lines of its own that make the same amount."""
    amount = fact.movement.amount
    cuts = sorted(draw(st.lists(st.integers(1, amount), max_size=3)))
    shares = [end - start for start, end in zip([0, *cuts], [*cuts, amount], strict=True) if end > start]
    lines = [draw(_line(fact.movement.direction, share, fact.movement.id)) for share in shares]
    return replace(fact, lines=lines, movements=[fact.movement])


def leg(booked, first):
    """Return what stands before the first other side of an entry, or between the first and the second."""
    ends = [index for index, side in enumerate(booked) if side.role == "contra"]
    return booked[: ends[0]] if first else booked[ends[0] + 1 : ends[-1]]


def summed(booked):
    sums = Counter()
    for side in booked:
        sums[side.account.number] += side.debit - side.credit
    return {number: net for number, net in sums.items() if net}


@given(data=st.data(), facts=purchases(), contra=CONTRAS)
def test_the_old_entry_and_every_correction_make_the_new_coding(data, facts, contra):
    fact = facts[0]
    if fact.kind == ExpenseKind.CASH:
        return
    entries = [sides(fact, contra, "EUR")]
    old = leg(entries[0], first=True)
    for _ in range(data.draw(st.integers(1, 3))):
        right = new_coding(data.draw, fact)
        entries.append(sides(Corrected(right, old), contra, "EUR"))
        assert not any(side.is_wallet for side in entries[-1])
        old = leg(entries[-1], first=False)
    assert summed(side for entry in entries for side in entry) == summed(sides(right, contra, "EUR"))


@given(facts=purchases())
def test_every_cent_of_every_line_is_booked_once(facts):
    fact = facts[0]
    booked = spread(fact.lines, fact.movements, "EUR")
    gross: Counter[object] = Counter()
    tax: Counter[object] = Counter()
    for taken in booked.values():
        for line, amount, inside in taken:
            gross[line.id] += amount
            tax[line.id] += inside
    for line in fact.lines:
        assert (gross[line.id], tax[line.id]) == (line.amount, line.tax_amount)


@given(facts=FACTS, payable=st.booleans(), key=st.sampled_from(sorted(FORMATS)))
def test_every_format_takes_any_mix(facts, payable, key):
    entries = list(entries_of(facts, Contra(**CONTRA, is_payable=payable)))
    batch = Document(header(), lambda: (row for entry in entries for row in rows_of(entry)), lambda: iter(entries))
    made = written(render(key, batch, {}))
    assert made and all(data for _, data in made)
    whole = b"".join(write(batch.rows(), Look())).count(b"\r\n") - 1
    assert whole == sum(len(entry.lines) for entry in entries)
