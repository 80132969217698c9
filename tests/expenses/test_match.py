"""Which purchase a receipt belongs to: points with reasons, and what is done with them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from events.models import Event
from expenses import sweep, tasks
from expenses.attach import attach
from expenses.detach import detach
from expenses.match import Candidate, Facts, certain, explain_all, likeness, rank, score
from expenses.match_receipt import match_receipt, waiting_for
from expenses.models import Attachment, Expense, MatchRun
from expenses.record_authorization import record
from pleo.lib.money import Money
from receipts.models import ReceiptStatus
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, freeze, make_receipt

DAY = date(2026, 11, 18)


def facts(**fields: Any) -> Facts:
    values: dict[str, Any] = {
        "amounts": frozenset({14800, 2960}), "total": 14800, "currency": "DKK", "date": DAY, "merchant": "KAFFEBAR NORDHAVN APS",
        "last_four": "4821", "uploader": "carol",
    }  # fmt: skip
    return Facts(**{**values, **fields})


def candidate(key: str = "one", **fields: Any) -> Candidate:
    values: dict[str, Any] = {
        "amounts": (Money(14800, "DKK"),), "day": DAY, "merchant": "Kaffebar Nordhavn", "last_four": "4821", "owner": "carol",
    }  # fmt: skip
    return Candidate(key, **{**values, **fields})


@pytest.mark.parametrize(
    ("receipt", "purchase", "points"),
    [
        ({}, {}, 105),
        ({"last_four": "", "uploader": None}, {}, 90),
        ({"last_four": "9999"}, {}, 65),
        ({"total": 12800, "amounts": frozenset({14800})}, {}, 80),
        ({"total": 1, "amounts": frozenset({1})}, {}, 55),
        ({"currency": "EUR"}, {}, 85),
        ({"currency": "EUR", "total": 2000}, {"amounts": (Money(14800, "DKK"), Money(2000, "EUR"))}, 105),
        ({"date": None}, {}, 85),
        ({"date": DAY - timedelta(days=1)}, {}, 100),
        ({"date": DAY - timedelta(days=3)}, {}, 95),
        ({"date": DAY - timedelta(days=7)}, {}, 90),
        ({"date": DAY - timedelta(days=10)}, {}, 85),
        ({"date": DAY - timedelta(days=40)}, {}, 65),
        ({"merchant": ""}, {}, 85),
        ({"merchant": "Bauhaus"}, {}, 85),
        ({}, {"owner": "dave"}, 95),
        ({}, {"amounts": ()}, 55),
    ],
)
def test_points(receipt: dict[str, Any], purchase: dict[str, Any], points: int) -> None:
    assert score(facts(**receipt), candidate(**purchase)).score == points


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("KAFFEBAR NORDHAVN APS", "Kaffebar Nordhavn", 85, 100),
        ("Birkhäuser Verlag", "BIRKHAUSER VERLAG AG", 85, 100),
        ("Restaurant Klitten", "SumUp *Klitten", 55, 100),
        ("Bauhaus", "Kaffebar Nordhavn", 0, 54),
        ("", "Kaffebar", 0, 0),
    ],
)
def test_names_alike(one: str, other: str, low: int, high: int) -> None:
    assert low <= likeness(one, other) <= high


def test_certain_needs_points_distance_and_the_amount() -> None:
    assert certain([]) is None
    alone = rank(facts(), [candidate()])
    assert certain(alone) == alone[0]
    twins = rank(facts(), [candidate("one"), candidate("two")])
    assert [match.key for match in twins] == ["one", "two"] and certain(twins) is None
    ahead = rank(facts(), [candidate("near"), candidate("far", day=DAY - timedelta(days=5))])
    assert certain(ahead) and certain(ahead).key == "near"
    no_amount = list(rank(facts(total=1, amounts=frozenset({1})), [candidate()]))
    assert no_amount and certain(no_amount) is None
    assert rank(facts(), [candidate(amounts=(), merchant="x", last_four="", day=DAY - timedelta(days=30))]) == []


def test_reasons_are_words() -> None:
    text = explain_all(score(facts(), candidate()).reasons)
    assert "148" in text and "same day" in text and "4821" in text
    assert explain_all([{"code": "from_the_future"}]) == ""


@pytest.mark.django_db
class TestReceipts:
    def test_the_only_fitting_purchase_is_matched_by_itself(self, carol: Any) -> None:
        expense = buy(carol)
        buy(carol, 99900, "Bauhaus")
        receipt = make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn")
        run = match_receipt(receipt=receipt, now=NOON)
        attachment = Attachment.objects.get()
        assert (attachment.expense, attachment.by, run.proposals) == (expense, None, [])
        assert attachment.score >= 70 and {"code": "date_same"} in attachment.reasons
        expense.refresh_from_db()
        assert expense.receipt_count == 1 and expense.reading_open
        match_receipt(receipt=receipt, now=NOON)
        assert Attachment.objects.count() == 1

    def test_twins_are_proposed_not_attached(self, carol: Any) -> None:
        one, two = buy(carol), buy(carol)
        run = match_receipt(receipt=make_receipt(carol, total=14800), now=NOON)
        assert {proposal["expense"] for proposal in run.proposals} == {str(one.pk), str(two.pk)}
        assert not Attachment.objects.exists()
        assert Event.objects.filter(verb="receipt.match_proposed").count() == 1

    def test_a_receipt_sent_first_is_matched_when_the_purchase_comes(self, carol: Any, run_now: Any) -> None:
        receipt = make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn", created_at=NOON)
        assert match_receipt(receipt=receipt, now=NOON).proposals == []
        expense = record(authorization=authorize(carol))
        assert expense and waiting_for(expense, now=NOON) == [receipt.pk]
        tasks.match_expense.run(expense_id=str(expense.pk))
        assert Attachment.objects.get().expense == expense

    def test_an_employees_receipt_never_lands_on_others(self, cast: Cast) -> None:
        buy(cast.dave)
        run = match_receipt(receipt=make_receipt(cast.carol, total=14800, merchant="Kaffebar Nordhavn"), now=NOON)
        assert run.proposals == [] and not Attachment.objects.exists()

    def test_finances_receipt_lands_on_anybodys(self, cast: Cast) -> None:
        expense = buy(cast.carol)
        match_receipt(receipt=make_receipt(cast.dave, total=14800, merchant="Kaffebar Nordhavn"), now=NOON)
        assert Attachment.objects.get().expense == expense

    def test_never_into_another_company(self, cast: Cast) -> None:
        buy(cast.mallory)
        run = match_receipt(receipt=make_receipt(cast.dave, total=14800, merchant="Kaffebar Nordhavn"), now=NOON)
        assert run.proposals == []

    def test_locked_and_documented_ones_are_left_alone(self, carol: Any) -> None:
        freeze(buy(carol))
        documented = buy(carol)
        attach(expense=documented, receipt=make_receipt(carol), by=carol, now=NOON)
        assert match_receipt(receipt=make_receipt(carol, total=14800), now=NOON).proposals == []

    def test_the_tip_on_the_slip_matches_what_was_first_reserved(self, carol: Any) -> None:
        expense = buy(carol, 128400, "Klitten")
        receipt = make_receipt(carol, total=141200, amounts=(128400,), merchant="Restaurant Klitten")
        run = match_receipt(receipt=receipt, now=NOON)
        assert Attachment.objects.filter(expense=expense).exists() or run.proposals[0]["expense"] == str(expense.pk)

    def test_nonsense_that_was_read_breaks_nothing(self, carol: Any) -> None:
        buy(carol)
        receipt = make_receipt(carol, total=14800, day="not a day", currency="???")
        reading = receipt.readings.get()
        reading.amounts = [None, "x", 14800]
        reading.fields["total"] = {"value": "lots"}
        reading.save()
        match_receipt(receipt=receipt, now=NOON)
        assert MatchRun.objects.filter(receipt=receipt).exists()

    def test_a_file_attached_before_it_was_read_asks_once_it_is(self, carol: Any) -> None:
        expense, receipt = buy(carol), make_receipt(carol, status=ReceiptStatus.RECEIVED)
        attach(expense=expense, receipt=receipt, by=carol, now=NOON)
        assert not Expense.objects.get(pk=expense.pk).reading_open
        whole = make_receipt(carol, total=14800)
        whole.readings.update(receipt=receipt)
        receipt.status = ReceiptStatus.READY
        receipt.save()
        match_receipt(receipt=receipt, now=NOON)
        assert Expense.objects.get(pk=expense.pk).reading_open

    def test_what_a_person_took_off_is_not_put_back(self, carol: Any) -> None:
        buy(carol)
        receipt = make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn")
        match_receipt(receipt=receipt, now=NOON)
        detach(attachment=Attachment.objects.get(), by=carol, now=NOON)
        match_receipt(receipt=receipt, now=NOON)
        assert not Attachment.objects.filter(detached_at=None).exists()

    def test_the_sweep_finds_what_was_never_compared(self, carol: Any) -> None:
        receipt = make_receipt(carol, total=14800)
        make_receipt(carol, status=ReceiptStatus.RECEIVED)
        from django.utils import timezone

        later = timezone.now() + timedelta(minutes=1)
        assert sweep.receipts(now=later) == [receipt.pk]
        tasks.match_receipt.run(receipt_id=str(receipt.pk))
        assert sweep.receipts(now=later) == []

    def test_a_refund_does_not_rival_its_purchase(self, carol: Any) -> None:
        from expenses import record_clearing
        from tests.expenses.conftest import clear

        expense = buy(carol)
        record_clearing.record(clearing=clear(expense.authorization, 14800, kind="refund", days=0))
        match_receipt(receipt=make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn"), now=NOON)
        assert Attachment.objects.get().expense == expense

    def test_whose_waiting_receipts_a_purchase_is_compared_with(self, cast: Cast) -> None:
        own, finances = make_receipt(cast.carol, total=1), make_receipt(cast.dave, total=1)
        make_receipt(cast.lena, total=1)
        make_receipt(cast.mallory, total=1)
        expense = record(authorization=authorize(cast.carol))
        assert expense and waiting_for(expense, now=NOON) == [finances.pk, own.pk]
        attach(expense=expense, receipt=own, by=cast.carol, now=NOON)
        expense.refresh_from_db()
        assert waiting_for(expense, now=NOON) == []
