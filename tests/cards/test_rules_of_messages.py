"""More of the rules that a toy gets wrong: what is asked at the door afterwards, money at once, refunds, chargebacks, cash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cards import increment as growing
from cards.authorize import ReferenceReused, answer_for, authorize
from cards.freeze import freeze
from cards.increment import increment
from cards.intake import deliver, reunite
from cards.limits import set_limit
from cards.models import Authorization, Card, Clearing, IssuerMessage, MessageKind
from events.models import Event, Notification
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import NOON, buy, clear, kroner, tell, wallet
from tests.conftest import Cast
from wallet.models import Hold, Transfer


def more(paid: Authorization, amount: int, **changes: Any) -> IssuerMessage:
    """The till asks for more on top of what it holds."""
    asked = play.request(paid.card, amount, reference=paid.issuer_reference, is_increment=True, **changes)
    row = increment(request=asked, now=NOON)
    paid.refresh_from_db()
    return row


def withdraw(card: Card, amount: int, **changes: Any) -> Authorization:
    """A cash machine asks and takes in one message."""
    return buy(card, amount, takes_at_once=True, channel="cash", **changes)


def test_rule_07_an_increment_at_the_door_asks_for_the_delta(card: Card, cast: Cast) -> None:
    """An increment asks for the delta, an advice sets the total: 100 and 20 more are 120, an advice of 120 after 100 is 120."""
    paid = buy(card, 10_000)
    row = more(paid, 2_000)
    assert (row.outcome, growing.answer_for(row).is_approved) == ("approved", True)
    assert (paid.open_amount, wallet(cast.company).reserved, play.used_by(card, "month")) == (
        12_000,
        kroner(12_000),
        12_000,
    )
    assert all(check["passed"] for check in row.details["checks"])
    assert Event.objects.filter(verb="authorization.incremented").count() == 1
    tell(MessageKind.ADVICE, paid, 12_000, occurred_at=NOON + timedelta(hours=1))
    assert paid.open_amount == 12_000


def test_rule_07_the_report_of_an_increment_is_the_same_increment(card: Card) -> None:
    """An increment that we decided and the network reports is one, and what it reports wins."""
    paid = buy(card, 10_000)
    row = more(paid, 2_000)
    tell(MessageKind.INCREMENT, paid, 2_000, outcome="approved", reference=row.reference)
    assert paid.open_amount == 12_000
    tell(MessageKind.INCREMENT, paid, 2_000, outcome="declined", reference=row.reference, sequence=9_999_999)
    assert paid.open_amount == 10_000


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("funds", "funds"),
        ("limit", "limit_month"),
        ("each", "limit_purchase"),
        ("frozen", "not_frozen"),
        ("released", "original_open"),
    ],
)
def test_rule_08_an_increment_that_is_refused_at_the_door_leaves_the_hold(
    card: Card, cast: Cast, spoil: str, reason: str
) -> None:
    """A declined increment leaves the original hold valid."""
    paid = buy(card, 60_000)
    held = 60_000
    if spoil in ("limit", "each"):
        interval = "month" if spoil == "limit" else "purchase"
        set_limit(card=card, interval=interval, amount=kroner(70_000), by=cast.dave)
    if spoil == "frozen":
        freeze(card=card, by=cast.dave)
    if spoil == "released":
        tell(MessageKind.REVERSAL, paid)
        held = 0
    row = more(paid, 50_000 if spoil == "funds" else 10_001)
    assert (row.outcome, row.details["reason"]) == ("declined", reason)
    assert growing.answer_for(row).reason == reason
    assert (paid.open_amount, wallet(cast.company).reserved, play.used_by(card, "month")) == (held, kroner(held), held)
    assert Event.objects.get(verb="authorization.increment_declined").changes["reason"] == reason
    assert Notification.objects.filter(event__verb="authorization.increment_declined", membership=cast.carol).exists()


def test_rule_08_the_last_money_may_go_into_an_increment(card: Card, cast: Cast) -> None:
    """What is left to the last unit can be added, and not one unit more."""
    paid = buy(card, 60_000)
    assert more(paid, 40_000).outcome == "approved"
    assert more(paid, 1).details["reason"] == "funds"
    assert (paid.open_amount, wallet(cast.company).available) == (100_000, kroner(0))


def test_rule_10_an_increment_at_the_door_for_an_unknown_purchase_is_refused_and_kept(card: Card) -> None:
    """An increment for an unknown original is stored and resolved later or reported."""
    asked = play.request(card, 500, reference="auth later", is_increment=True)
    row = increment(request=asked, now=NOON)
    assert (row.outcome, row.status, row.details["reason"]) == ("declined", "waiting", "original_known")
    paid = buy(card, 1_000, reference="auth later")
    assert reunite() == 1
    paid.refresh_from_db()
    assert paid.open_amount == 1_000


def test_rule_12_an_increment_asked_twice_is_one(card: Card, cast: Cast) -> None:
    """The same message twice changes nothing."""
    paid = buy(card, 10_000)
    asked = play.request(card, 2_000, reference=paid.issuer_reference, is_increment=True)
    assert increment(request=asked, now=NOON) == increment(request=asked, now=NOON)
    assert wallet(cast.company).reserved == kroner(12_000)


def test_an_increment_cannot_reach_the_purchase_of_another_card(card: Card, cast: Cast) -> None:
    paid = buy(card, 10_000)
    asked = play.request(play.new_card(cast.carol), 1, reference=paid.issuer_reference, is_increment=True)
    with pytest.raises(ReferenceReused):
        increment(request=asked, now=NOON)


def test_rule_14_a_late_increment_is_a_no(card: Card, cast: Cast, settings: Any) -> None:
    """After the deadline the outcome is the fallback, whatever we decided; the original hold stays."""
    paid = buy(card, 10_000)
    settings.DECISION_SECONDS = 0.000001
    asked = play.request(card, 2_000, reference=paid.issuer_reference, is_increment=True)
    row = increment(request=asked, now=NOON, started=0.0)
    assert (row.outcome, row.details["reason"], growing.answer_for(row).is_fallback) == ("declined", "too_late", True)
    assert wallet(cast.company).reserved == kroner(10_000)


def test_rule_14_an_increment_whose_commit_was_slow_is_a_no(
    card: Card, cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yes that was committed too late counts as a no, and what it reserved is free again."""
    from cards import authorize as deciding

    paid = buy(card, 10_000)
    settings.DECISION_SECONDS = 2
    times = iter([1.0, 99.0])
    monkeypatch.setattr(deciding, "clock", lambda: next(times))
    asked = play.request(card, 2_000, reference=paid.issuer_reference, is_increment=True)
    row = increment(request=asked, now=NOON, started=0.0)
    assert (row.outcome, row.details["reason"]) == ("declined", "too_late")
    assert (wallet(cast.company).reserved, play.used_by(card, "month")) == (kroner(10_000), 10_000)


def test_rule_16_two_purchases_and_an_increment_share_the_last_money(card: Card, cast: Cast) -> None:
    """Nobody can spend the same money twice, one after the other here, at once in `tests/concurrency`."""
    first, second = buy(card, 40_000), buy(card, 40_000)
    assert [more(first, 15_000).outcome, more(second, 15_000).outcome] == ["approved", "declined"]
    assert wallet(cast.company).available == kroner(5_000)


@pytest.mark.parametrize("case", ["no link", "exceeds", "closed card", "other value", "taken back"])
def test_rule_21_a_refund_is_booked_whatever_it_looks_like(card: Card, cast: Cast, case: str) -> None:
    """A refund may lack a link, exceed the purchase, come on a closed card, in another currency value, or be taken back."""
    paid = buy(card, 10_000, merchant_amount=Money(1_340, "EUR"))
    clear(paid, 10_000)
    changes: dict[str, Any] = {} if case == "no link" else {"authorization_reference": paid.issuer_reference}
    amount = {"exceeds": 12_000, "other value": 9_900}.get(case, 10_000)
    if case == "other value":
        changes["merchant_amount"] = Money(1_340, "EUR")
    if case == "closed card":
        play.end(card)
    told = play.message(MessageKind.REFUND, card, amount, **changes)
    deliver(message=told, now=NOON)
    back = Clearing.objects.get(kind="refund")
    assert (back.authorization, back.amount) == (None if case == "no link" else paid, amount)
    assert wallet(cast.company).balance == kroner(90_000 + amount)
    if case == "taken back":
        again = play.message(MessageKind.REFUND_REVERSAL, card, 10_000, original_reference=told.reference)
        deliver(message=again, now=NOON)
        assert Clearing.objects.get(kind="refund_reversal").original == back
        assert wallet(cast.company).balance == kroner(90_000)
    assert play.used_by(card, "month") == 10_000


def test_rule_22_an_announced_refund_is_not_money_yet(card: Card, cast: Cast) -> None:
    """A refund authorization does not raise what is available."""
    paid = buy(card, 10_000)
    clear(paid, 10_000)
    row = tell(MessageKind.REFUND_AUTHORIZATION, paid, 10_000)
    assert (row.status, row.authorization) == ("done", paid)
    assert (wallet(cast.company).available, wallet(cast.company).balance) == (kroner(90_000), kroner(90_000))
    assert Event.objects.get(verb="refund.announced").changes["amount"] == 10_000
    deliver(message=play.message(MessageKind.REFUND_AUTHORIZATION, card, 500), now=NOON)
    assert wallet(cast.company).available == kroner(90_000)


def test_rule_23_a_second_presentment_takes_the_chargeback_away(card: Card, cast: Cast) -> None:
    """A chargeback's credit is provisional; a second presentment takes it back."""
    paid = buy(card, 10_000)
    clear(paid, 10_000, reference="taken")
    deliver(
        message=play.message(MessageKind.CHARGEBACK, card, 10_000, reference="back", original_reference="taken"),
        now=NOON,
    )
    assert wallet(cast.company).balance == kroner(100_000)
    again = play.message(MessageKind.SECOND_PRESENTMENT, card, 10_000, original_reference="back")
    deliver(message=again, now=NOON)
    assert wallet(cast.company).balance == kroner(90_000)
    kinds = dict(Clearing.objects.values_list("kind", "original__kind"))
    assert kinds == {"purchase": None, "chargeback": "purchase", "chargeback_reversal": "chargeback"}
    assert Transfer.objects.filter(code__startswith="chargeback").count() == 2


def test_rule_23_what_corrects_a_clearing_finds_it_even_when_it_comes_first(card: Card) -> None:
    """The link does not depend on the order of arrival."""
    deliver(message=play.message(MessageKind.CHARGEBACK, card, 700, original_reference="taken"), now=NOON)
    assert Clearing.objects.get().original is None
    deliver(message=play.message(MessageKind.CLEARING, card, 700, reference="taken"), now=NOON)
    assert Clearing.objects.get(kind="chargeback").original == Clearing.objects.get(kind="purchase")


@pytest.mark.parametrize(("kind", "left"), [("correction_debit", 99_300), ("correction_credit", 100_700)])
def test_a_correction_moves_money_and_no_limit(card: Card, cast: Cast, kind: str, left: int) -> None:
    deliver(message=play.message(MessageKind(kind), card, 700), now=NOON)
    assert (wallet(cast.company).balance, play.used_by(card, "month")) == (kroner(left), 0)
    assert Transfer.objects.filter(code=kind).count() == 1


def test_rule_25_cash_is_one_message_with_its_fee_and_no_hold(card: Card, cast: Cast) -> None:
    """Cash: the amount includes the fee, and a single message takes the money without a hold."""
    paid = withdraw(card, 52_000, fee=kroner(2_000))
    assert (paid.outcome, paid.our_answer) == ("approved", "approved")
    paid.refresh_from_db()
    assert (paid.status, paid.open_amount, paid.cleared_total, Hold.objects.get().amount) == ("closed", 0, 52_000, 0)
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(48_000), kroner(0))
    taken = Clearing.objects.get()
    assert (taken.kind, taken.amount, taken.fee_amount, taken.authorization) == ("cash", 52_000, 2_000, paid)
    assert play.used_by(card, "month") == 52_000


def test_rule_25_the_fee_counts_against_the_limit_and_the_wallet(card: Card, cast: Cast) -> None:
    """The limit and the wallet look at the amount with its fee."""
    set_limit(card=card, interval="day", amount=kroner(50_000), by=cast.dave)
    assert withdraw(card, 50_001, fee=kroner(1)).decline_reason == "limit_day"
    assert withdraw(card, 50_000, fee=kroner(1)).outcome == "approved"
    assert withdraw(card, 1).decline_reason == "limit_day"


def test_rule_25_the_cash_limit_applies_to_cash_alone(card: Card, cast: Cast) -> None:
    """Cash has limits of its own."""
    set_limit(card=card, interval="cash_day", amount=kroner(10_000), by=cast.dave)
    assert withdraw(card, 10_001).decline_reason == "limit_cash_day"
    assert withdraw(card, 10_000).outcome == "approved"
    assert buy(card, 20_000).outcome == "approved"


def test_rule_25_the_report_of_cash_is_not_a_second_withdrawal(card: Card, cast: Cast) -> None:
    """Our own yes and the network's report of it are one."""
    paid = withdraw(card, 50_000)
    row = tell(MessageKind.SINGLE_MESSAGE, paid, 50_000, outcome="approved", channel="cash")
    assert row.last_error["code"] == "repeated"
    assert (wallet(cast.company).balance, Clearing.objects.count()) == (kroner(50_000), 1)


@pytest.mark.parametrize("how", ["reported as refused", "reversed", "reversed in part, and again"])
def test_rule_25_cash_that_never_came_out_comes_back(card: Card, cast: Cast, how: str) -> None:
    """What was taken at once and must not have been is given back, and frees the limit."""
    paid = withdraw(card, 50_000)
    if how == "reported as refused":
        tell(MessageKind.AUTHORIZATION, paid, 50_000, outcome="declined", decided_by="fallback")
    elif how == "reversed":
        tell(MessageKind.REVERSAL, paid)
    else:
        tell(MessageKind.REVERSAL, paid, 20_000)
        assert (wallet(cast.company).balance, paid.returned_total) == (kroner(70_000), 20_000)
        tell(MessageKind.REVERSAL, paid, 90_000)
    assert (wallet(cast.company).balance, paid.returned_total, paid.cleared_total) == (kroner(100_000), 50_000, 0)
    assert paid.status == ("declined" if how.endswith("refused") else "reversed")
    assert play.used_by(card, "month") == 0


def test_rule_25_cash_that_nobody_asked_us_about_is_booked(card: Card, cast: Cast) -> None:
    """A stand-in at a cash machine cannot be refused."""
    told = play.message(
        MessageKind.SINGLE_MESSAGE,
        card,
        120_000,
        authorization_reference="stood in",
        channel="cash",
        outcome="approved",
    )
    deliver(message=told, now=NOON)
    paid = Authorization.objects.get()
    assert (paid.outcome, paid.status, paid.open_amount, paid.cleared_total) == ("approved", "closed", 0, 120_000)
    assert (Clearing.objects.get().kind, wallet(cast.company).balance) == ("cash", kroner(-20_000))


@pytest.mark.parametrize(("capable", "granted"), [(True, 2_500), (False, 0)])
def test_rule_26_a_part_is_approved_only_where_the_till_can(
    card: Card, cast: Cast, capable: bool, granted: int
) -> None:
    """40 asked, 25 left: a till that can take less gets 25, one that cannot gets a no."""
    buy(card, 97_500)
    asked = buy(card, 4_000, can_be_partial=capable)
    assert (asked.outcome, asked.granted_amount, asked.amount) == (
        ("approved", 2_500, 4_000) if capable else ("declined", None, 4_000)
    )
    assert asked.open_amount == granted
    said = answer_for(asked)
    assert (said.is_approved, said.amount) == (capable, kroner(2_500) if capable else None)
    assert wallet(cast.company).available == kroner(2_500 - granted)
    if capable:
        tell(MessageKind.AUTHORIZATION, asked, 2_500, outcome="approved")
        assert asked.open_amount == 2_500


def test_rule_26_limits_give_a_part_and_other_rules_none(card: Card, cast: Cast) -> None:
    """A part helps against too little money or room, not against a freeze."""
    set_limit(card=card, interval="month", amount=kroner(2_500), by=cast.dave)
    assert buy(card, 4_000, can_be_partial=True).granted_amount == 2_500
    assert buy(card, 4_000, can_be_partial=True).decline_reason == "limit_month"
    freeze(card=card, by=cast.dave)
    assert buy(card, 4_000, can_be_partial=True).decline_reason == "not_frozen"


def test_rule_26_cash_in_part_takes_the_part(card: Card, cast: Cast) -> None:
    """A machine that can hand out less takes what it hands out."""
    buy(card, 80_000)
    paid = withdraw(card, 50_000, can_be_partial=True)
    assert (paid.granted_amount, Clearing.objects.get().amount) == (20_000, 20_000)
    assert wallet(cast.company).available == kroner(0)


def test_rule_27_an_advice_cannot_be_refused(card: Card, cast: Cast) -> None:
    """Stand-in approvals and advices cannot be refused; they may push the wallet below zero."""
    freeze(card=card, by=cast.dave)
    told = play.message(MessageKind.ADVICE, card, 130_000, authorization_reference="advised")
    deliver(message=told, now=NOON)
    assert (Authorization.objects.get().open_amount, wallet(cast.company).available) == (130_000, kroner(-30_000))


def test_rule_28_a_card_in_the_post_works_online_and_not_in_person(card: Card, cast: Cast) -> None:
    """A pending physical card: online yes, in person no."""
    posted = play.plastic(cast.carol, active=False)
    assert buy(posted, 1_000, channel="online").outcome == "approved"
    for channel in ("chip", "contactless", "cash"):
        assert buy(posted, 1_000, channel=channel).decline_reason == "in_person"
    assert buy(play.plastic(cast.lena), 1_000).outcome == "approved"


@pytest.mark.parametrize(("currency", "amount", "shown"), [("JPY", 4_300, "4300"), ("KWD", 12_345, "12.345")])
def test_rule_32_the_shops_own_amount_keeps_its_currencys_exponent(
    card: Card, currency: str, amount: int, shown: str
) -> None:
    """Amounts are minor units with the currency's exponent (JPY 0, KWD 3), never float."""
    paid = buy(card, 20_000, merchant_amount=Money(amount, currency))
    clear(paid, 20_000, merchant_amount=Money(amount, currency))
    booked = Clearing.objects.get()
    assert (booked.merchant_money, str(booked.merchant_money.decimal)) == (Money(amount, currency), shown)
    with pytest.raises((TypeError, AssertionError)):
        Money(1.5, currency)  # type: ignore[arg-type]


def test_rule_33_the_identity_holds_through_a_busy_day(card: Card, cast: Cast) -> None:
    """available = balance - open holds; the sum of the ledger is the balance; checked after each message."""
    from tests.cards.test_order_independence import identities
    from wallet.check_ledger import check_ledger

    paid = buy(card, 10_000)
    withdraw(card, 20_000)
    for kind, amount in (
        (MessageKind.INCREMENT, 2_000),
        (MessageKind.ADVICE, 9_000),
        (MessageKind.REVERSAL, 1_000),
        (MessageKind.CLEARING, 4_000),
        (MessageKind.REFUND, 500),
        (MessageKind.REFUND_REVERSAL, 200),
        (MessageKind.CHARGEBACK, 4_000),
        (MessageKind.SECOND_PRESENTMENT, 4_000),
        (MessageKind.CORRECTION_DEBIT, 30),
        (MessageKind.EXPIRY, None),
    ):
        tell(kind, paid, amount)
        identities(cast.company)
        assert check_ledger() == []


def test_rule_24_a_check_of_a_card_for_zero_leaves_nothing(card: Card, cast: Cast) -> None:
    """A verification for zero makes no expense, no hold and no request for a receipt."""
    from expenses.models import Expense
    from expenses.record_authorization import record

    checked = authorize(request=replace(play.request(card, 0), channel="online"), now=NOON)
    assert (checked.outcome, checked.status, record(authorization=checked)) == ("approved", "closed", None)
    assert not Hold.objects.exists() and not Expense.objects.exists() and not Notification.objects.exists()
    assert not Authorization.objects.with_money().exists()
