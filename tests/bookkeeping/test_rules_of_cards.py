"""The rules of card money that end in the books: what was exported is never edited, what was reversed is never exported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from bookkeeping.build import build
from bookkeeping.export import export
from bookkeeping.models import BookItem, ItemKind, Posting
from bookkeeping.sources import sweep
from cards.intake import deliver
from cards.models import Authorization, Card, Clearing, MessageKind
from expenses import record_authorization, record_clearing
from expenses.models import Attachment, Expense, ExpenseLine, Movement
from tests.bookkeeping.conftest import NOW, make_ready, queue_all
from tests.cards import play
from tests.cards.play import NOON, kroner
from tests.conftest import Cast
from tests.expenses.conftest import make_receipt
from wallet.check_ledger import check_ledger


@pytest.fixture(autouse=True)
def _no_deadline(settings: Any, db: None) -> Iterator[None]:
    settings.DECISION_SECONDS = None
    yield
    assert check_ledger() == []


@pytest.fixture
def card(cast: Cast) -> Card:
    play.fund(cast.company, 100_000)
    return play.new_card(cast.carol)


def follow(paid: Authorization) -> Expense:
    """Do what the tasks do after a message: the expense, its movements, their book items."""
    record_authorization.record(authorization=paid)
    for clearing in Clearing.objects.filter(movement=None).order_by("cleared_at", "id"):
        record_clearing.record(clearing=clearing)
    sweep(now=NOW.replace(year=NOW.year + 1), everything=True)
    found: Expense = Expense.objects.get(authorization=paid)
    return found


def exported(cast: Cast, paid: Authorization) -> Expense:
    """Settle, document, okay and export a purchase."""
    expense = follow(paid)
    make_ready(expense)
    queue_all(cast.bob)
    batch = export(by=cast.bob, client_key=uuid4().hex, now=NOW)
    build(export_id=batch.pk, now=NOW)
    expense.refresh_from_db()
    assert expense.books_lane == "exported"
    return expense


def frozen(expense: Expense) -> list[Any]:
    rows = ExpenseLine.objects.filter(expense=expense, locked_at__isnull=False)
    return list(rows.order_by("pk").values_list("pk", "amount", "tax_amount", "category", "direction"))


def test_rule_29_money_after_the_export_is_an_entry_of_its_own(cast: Cast, card: Card) -> None:
    """An exported expense whose money later changes gets a new adjusting entry, not an edit: 100, export, then 5 more."""
    paid = play.buy(card, 10_000)
    play.clear(paid, 10_000)
    expense = exported(cast, paid)
    before, postings = frozen(expense), list(Posting.objects.order_by("pk").values_list("pk", "debit", "credit"))
    play.clear(paid, 500)
    follow(paid)
    expense.refresh_from_db()
    assert expense.amount == 10_500
    assert frozen(expense) == before
    assert list(Posting.objects.order_by("pk").values_list("pk", "debit", "credit")) == postings
    late = BookItem.objects.get(kind=ItemKind.ADJUSTMENT)
    assert (late.amount, late.lane, late.direction) == (500, "unexported", "spend")
    queue_all(cast.bob)
    build(export_id=export(by=cast.bob, client_key=uuid4().hex, now=NOW).pk, now=NOW)
    assert sum(Posting.objects.values_list("debit", flat=True)) == sum(Posting.objects.values_list("credit", flat=True))


def test_rule_23_a_chargeback_after_the_export_is_a_counter_entry(cast: Cast, card: Card) -> None:
    """An exported expense is not edited when its money comes back: a counter-entry is made, and another if it goes again."""
    paid = play.buy(card, 10_000)
    play.clear(paid, 10_000, reference="taken")
    expense = exported(cast, paid)
    before = frozen(expense)
    back = play.message(MessageKind.CHARGEBACK, card, 10_000, reference="back", original_reference="taken")
    deliver(message=back, now=NOON)
    follow(paid)
    again = play.message(MessageKind.SECOND_PRESENTMENT, card, 10_000, original_reference="back")
    deliver(message=again, now=NOON)
    follow(paid)
    assert frozen(expense) == before
    assert list(Movement.objects.order_by("id").values_list("expense", "direction", "amount")) == [
        (expense.pk, "spend", 10_000), (expense.pk, "refund", 10_000), (expense.pk, "spend", 10_000),
    ]  # fmt: skip
    counter = BookItem.objects.filter(kind=ItemKind.ADJUSTMENT).order_by("id")
    assert [(item.direction, item.amount, item.lane) for item in counter] == [
        ("refund", 10_000, "unexported"), ("spend", 10_000, "unexported"),
    ]  # fmt: skip
    assert play.wallet(cast.company).balance == kroner(90_000)


def test_rule_30_a_reversed_purchase_is_closed_at_zero_and_never_exported(cast: Cast, card: Card) -> None:
    """An expense that was reversed is closed as zero and cannot be exported; its receipt is kept."""
    from expenses.attach import attach

    paid = play.buy(card, 10_000)
    expense = follow(paid)
    receipt = make_receipt(cast.carol, total=10_000)
    attach(expense=expense, receipt=receipt, by=cast.carol, now=NOW)
    play.tell(MessageKind.REVERSAL, paid)
    follow(paid)
    expense.refresh_from_db()
    assert (expense.amount, expense.payment, expense.lines_total) == (0, "reversed", 0)
    assert Attachment.objects.get(expense=expense, detached_at=None).receipt == receipt
    assert not BookItem.objects.filter(expense=expense).exists()
    play.clear(paid, 10_000)
    follow(paid)
    expense.refresh_from_db()
    assert (expense.amount, expense.payment) == (10_000, "cleared")


def test_rule_24_nothing_for_zero_reaches_the_books(cast: Cast, card: Card) -> None:
    """A verification for zero makes no expense and no item."""
    paid = play.buy(card, 0)
    assert record_authorization.record(authorization=paid) is None
    sweep(now=NOW.replace(year=NOW.year + 1), everything=True)
    assert not Expense.objects.exists() and not BookItem.objects.exclude(transfer__code="top_up").exists()


def test_cash_that_never_came_out_is_nothing_in_the_end(cast: Cast, card: Card) -> None:
    paid = play.buy(card, 10_000, channel="cash", takes_at_once=True)
    play.tell(MessageKind.REVERSAL, paid)
    expense = follow(paid)
    assert (expense.kind, expense.amount) == ("cash", 0)
    assert sorted(Movement.objects.values_list("direction", "amount")) == [("refund", 10_000), ("spend", 10_000)]


def test_a_correction_that_names_its_clearing_goes_to_that_expense(cast: Cast, card: Card) -> None:
    """Two equal purchases: the link decides, not the guess."""
    first, second = play.buy(card, 10_000), play.buy(card, 10_000)
    play.clear(first, 10_000, reference="one")
    play.clear(second, 10_000, reference="two")
    follow(first), follow(second)
    told = play.message(MessageKind.CORRECTION_CREDIT, card, 300, original_reference="one")
    deliver(message=told, now=NOON)
    follow(first)
    assert Movement.objects.get(direction="refund").expense.authorization == first
