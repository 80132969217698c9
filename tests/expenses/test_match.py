"""Which purchase a receipt belongs to: points with reasons, and what is done with them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from events.models import Event
from expenses import sweep, tasks
from expenses.attach import attach
from expenses.detach import detach
from expenses.match import Candidate, Facts, certain, explain_all, likeness, rank, score, together
from expenses.match_receipt import match_receipt, waiting_for
from expenses.models import Attachment, Expense, MatchRun
from expenses.record_authorization import record
from pleo.lib.money import Money
from receipts.models import ReceiptStatus
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, freeze, make_receipt

DAY = date(2026, 11, 18)
AT = datetime(2026, 11, 18, 12, tzinfo=timezone(timedelta(hours=1)))


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
        ({}, {}, 110),
        ({"last_four": "", "uploader": None}, {}, 90),
        ({"last_four": "9999"}, {}, 65),
        ({"total": 12800, "amounts": frozenset({14800})}, {}, 90),
        ({"total": 1, "amounts": frozenset({1})}, {}, 60),
        ({"currency": "EUR"}, {}, 90),
        ({"currency": "EUR", "total": 2000}, {"amounts": (Money(14800, "DKK"), Money(2000, "EUR"))}, 110),
        ({"date": None}, {}, 90),
        ({"date": DAY - timedelta(days=1)}, {}, 100),
        ({"date": DAY - timedelta(days=3)}, {}, 97),
        ({"date": DAY - timedelta(days=7)}, {}, 93),
        ({"date": DAY - timedelta(days=10)}, {}, 80),
        ({"date": DAY - timedelta(days=40)}, {}, 70),
        ({"merchant": ""}, {}, 90),
        ({"merchant": "Bauhaus"}, {}, 85),
        ({"merchant": "Nordhavn Drift A/S"}, {"aliases": ("NORDHAVN DRIFT A/S",)}, 110),
        ({}, {"owner": "dave"}, 100),
        ({}, {"amounts": ()}, 60),
        ({"clock": time(12, 4)}, {"at": AT}, 125),
        ({"clock": time(12, 40)}, {"at": AT}, 110),
        ({"clock": time(12, 4), "date": None}, {"at": AT}, 95),
    ],
)
def test_points(receipt: dict[str, Any], purchase: dict[str, Any], points: int) -> None:
    assert score(facts(**receipt), candidate(**purchase)).score == points


def codes(match: Any) -> list[str]:
    return [reason["code"] for reason in match.reasons]


def test_a_tip_is_believed_where_tips_are_given() -> None:
    bill = facts(total=14800, amounts=frozenset({14800}))
    for paid, code, tipped in (
        (16000, "5812", True),
        (18500, "4121", True),
        (18600, "5812", False),
        (14700, "5812", False),
        (16000, "5411", False),
    ):
        match = score(bill, candidate(amounts=(Money(paid, "DKK"),), category_code=code))
        assert ("amount_tip" in codes(match)) == tipped and match.has_amount == tipped
    euros = facts(total=14800, amounts=frozenset({14800}), currency="EUR")
    assert not score(euros, candidate(amounts=(Money(16000, "DKK"),), category_code="5812")).has_amount


def test_what_a_terminal_converted_is_found_at_the_rate_of_other_purchases() -> None:
    hotel = facts(total=10000, amounts=frozenset({10000}), currency="EUR", rates={"DKK": Decimal("7.46")})
    for booked, found in ((74600, True), (77500, True), (71700, True), (78000, False), (71500, False)):
        match = score(hotel, candidate(amounts=(Money(booked, "DKK"),)))
        assert ("amount_converted" in codes(match)) == found
    assert "100" in explain_all(score(hotel, candidate(amounts=(Money(74600, "DKK"),))).reasons)
    known = candidate(amounts=(Money(74600, "DKK"), Money(9000, "EUR")))
    assert not score(hotel, known).has_amount, "the card said what was printed, and it is another amount"


def test_two_receipts_of_one_payment() -> None:
    one, two = facts(total=10000, amounts=frozenset({10000})), facts(total=4800, amounts=frozenset({4800}))
    match = together(one, two, candidate())
    assert match and match.score >= 70 and codes(match)[0] == "amount_together"
    assert together(one, facts(total=4700), candidate()) is None
    assert together(one, facts(total=4800, date=DAY - timedelta(days=1)), candidate()) is None
    assert together(one, facts(total=4800, merchant="Bauhaus"), candidate()) is None
    assert together(one, facts(total=4800, currency="EUR"), candidate()) is None


def test_an_amount_near_in_time_without_a_name_is_not_enough() -> None:
    near = facts(merchant="", date=DAY - timedelta(days=1), last_four="")
    ranked = rank(near, [candidate(last_four="", amounts=(Money(14800, "DKK"),))])
    assert ranked and certain(ranked) is None
    assert certain(rank(facts(merchant="", last_four=""), [candidate(last_four="")]))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ("KAFFEBAR NORDHAVN APS", "Kaffebar Nordhavn", 85, 100),
        ("Birkhäuser Verlag", "BIRKHAUSER VERLAG AG", 85, 100),
        ("Restaurant Klitten", "SumUp *Klitten", 85, 100),
        ("Tank Egehøj ApS", "TANK EGEHOJ STOCKHOLM", 85, 100),
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

    def test_one_payment_for_two_receipts(self, carol: Any) -> None:
        expense = buy(carol, 14800, "Kaffebar Nordhavn")
        first = make_receipt(carol, total=10000, merchant="Kaffebar Nordhavn")
        assert match_receipt(receipt=first, now=NOON) and not Attachment.objects.exists()
        match_receipt(receipt=make_receipt(carol, total=4800, merchant="Kaffebar Nordhavn"), now=NOON)
        expense.refresh_from_db()
        assert expense.receipt_count == 2
        assert {row.reasons[0]["code"] for row in Attachment.objects.all()} == {"amount_together"}

    def test_two_halves_that_a_person_took_apart_stay_apart(self, carol: Any) -> None:
        buy(carol, 14800, "Kaffebar Nordhavn")
        first, second = (make_receipt(carol, total=total, merchant="Kaffebar Nordhavn") for total in (10000, 4800))
        match_receipt(receipt=first, now=NOON)
        match_receipt(receipt=second, now=NOON)
        for row in Attachment.objects.all():
            detach(attachment=row, by=carol, now=NOON)
        for receipt in (first, second):
            match_receipt(receipt=receipt, now=NOON)
        assert not Attachment.objects.filter(detached_at=None).exists()

    def test_a_second_file_of_one_paper_does_not_fall_on_a_purchase_that_is_alike(self, carol: Any) -> None:
        buy(carol)
        first = make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn")
        match_receipt(receipt=first, now=NOON)
        other = buy(carol, occurred_at=NOON + timedelta(days=2))
        run = match_receipt(receipt=make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn"), now=NOON)
        assert [proposal["expense"] for proposal in run.proposals] == [str(other.pk)]
        assert run.proposals[0]["reasons"][-1] == {"code": "seen_before"}
        other.refresh_from_db()
        assert other.receipt_count == 0

    def test_two_purchases_of_one_day_are_told_apart_by_the_clock(self, carol: Any) -> None:
        buy(carol, occurred_at=NOON - timedelta(hours=4))
        later = buy(carol)
        receipt = make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn")
        reading = receipt.readings.get()
        reading.fields["time"] = {"value": "13:02", "confidence": "sure"}
        reading.save()
        match_receipt(receipt=receipt, now=NOON)
        assert Attachment.objects.get().expense == later

    def test_a_name_that_a_place_had_before_is_known(self, carol: Any) -> None:
        attach(
            expense=buy(carol, 5000, "SQ *NH 42"),
            receipt=make_receipt(carol, total=5000, merchant="Kaffebar Nordhavn"),
            by=carol,
            now=NOON,
        )
        expense = buy(carol, 9900, "SQ *NH 42")
        match_receipt(receipt=make_receipt(carol, total=9900, day="2026-11-17", merchant="KAFFEBAR NORDHAVN"), now=NOON)
        row = Attachment.objects.get(expense=expense)
        assert "merchant_known" in [reason["code"] for reason in row.reasons]

    def test_a_terminal_abroad_that_charged_in_our_currency(self, carol: Any) -> None:
        buy(carol, 74600, "Hotel Alster", merchant_amount=10000, merchant_currency="EUR")
        expense = buy(carol, 15200, "Hotel Alster", merchant_amount=15200)
        match_receipt(receipt=make_receipt(carol, total=2000, currency="EUR", merchant="Hotel Alster"), now=NOON)
        assert Attachment.objects.get(expense=expense).reasons[0]["code"] == "amount_converted"
