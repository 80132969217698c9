"""The rules that a toy gets wrong, by their numbers: what happens between a yes and the money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cards.expire import expire
from cards.freeze import freeze
from cards.intake import CardMismatch, OtherCurrency, deliver, reunite
from cards.limits import set_limit
from cards.models import Authorization, Card, Clearing, IssuerMessage, MessageKind
from tests.cards import play
from tests.cards.play import NOON, buy, clear, kroner, tell, wallet
from tests.conftest import Cast
from wallet.models import Transfer


def test_rule_01_hold_and_ledger_are_two_things(card: Card, cast: Cast) -> None:
    """Hold and ledger are two things: a yes moves what is reserved, settling moves the balance and releases the hold at once."""
    paid = buy(card, 10_000)
    assert (wallet(cast.company).balance, wallet(cast.company).available) == (kroner(100_000), kroner(90_000))
    clear(paid, 10_000)
    assert (wallet(cast.company).balance, wallet(cast.company).available) == (kroner(90_000), kroner(90_000))
    assert wallet(cast.company).reserved == kroner(0)
    assert paid.status == "closed"


def test_rule_02_settling_checks_nothing_again(card: Card, cast: Cast) -> None:
    """Settling never asks about limits, the card's state or the balance again."""
    paid = buy(card, 10_000)
    freeze(card=card, by=cast.dave)
    set_limit(card=card, interval="purchase", amount=kroner(0), by=cast.dave)
    clear(paid, 10_000)
    assert wallet(cast.company).balance == kroner(90_000)


def test_rule_03_a_force_post_is_booked_on_a_frozen_card_over_the_limit_of_an_empty_wallet(
    card: Card, cast: Cast
) -> None:
    """A force post is booked even on a frozen card, over the limit and from an empty wallet, which may go below zero."""
    buy(card, 100_000)
    freeze(card=card, by=cast.dave)
    set_limit(card=card, interval="month", amount=kroner(1), by=cast.dave)
    deliver(message=play.message(MessageKind.CLEARING, card, 5_000), now=NOON)
    forced = Clearing.objects.get()
    assert (forced.authorization, forced.kind, forced.amount) == (None, "purchase", 5_000)
    assert wallet(cast.company).available == kroner(-5_000)
    assert play.used_by(card, "month") == 105_000


def test_rule_03_below_zero_no_new_hold_is_approved(card: Card, cast: Cast) -> None:
    """A force post is booked even on a frozen card, over the limit and from an empty wallet, which may go below zero."""
    deliver(message=play.message(MessageKind.CLEARING, card, 100_001), now=NOON)
    assert wallet(cast.company).balance == kroner(-1)
    assert buy(card, 1).decline_reason == "funds"


def test_rule_04_settling_after_expiry_is_booked(card: Card, cast: Cast) -> None:
    """What settles after an expiry or a reversal is booked."""
    paid = buy(card, 10_000)
    assert expire(now=NOON + timedelta(days=8)) == 1
    paid.refresh_from_db()
    assert (paid.status, paid.open_amount) == ("expired", 0)
    clear(paid, 10_000)
    assert (paid.status, wallet(cast.company).balance) == ("closed", kroner(90_000))
    assert play.used_by(card, "month") == 10_000


def test_rule_04_settling_after_a_reversal_is_booked(card: Card, cast: Cast) -> None:
    """What settles after an expiry or a reversal is booked."""
    paid = buy(card, 10_000)
    tell(MessageKind.REVERSAL, paid)
    assert (paid.status, wallet(cast.company).available) == ("reversed", kroner(100_000))
    clear(paid, 10_000)
    assert (paid.status, wallet(cast.company).available) == ("closed", kroner(90_000))


@pytest.mark.parametrize(("asked", "settled"), [(10_000, 11_800), (100, 8_000)])
def test_rule_05_a_tip_and_a_full_tank_book_the_real_amount(card: Card, cast: Cast, asked: int, settled: int) -> None:
    """Settling above what was asked books the real amount and releases the hold once."""
    paid = buy(card, asked)
    clear(paid, settled)
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(100_000 - settled), kroner(0))
    assert play.used_by(card, "month") == settled


def test_rule_06_a_part_settled_and_closed_releases_the_rest(card: Card, cast: Cast) -> None:
    """A part settled and closed releases the rest; several parts keep the hold until the last."""
    paid = buy(card, 10_000)
    clear(paid, 6_000)
    assert (paid.open_amount, wallet(cast.company).available) == (0, kroner(94_000))
    assert play.used_by(card, "month") == 6_000


def test_rule_06_several_parts_keep_the_hold_until_the_last(card: Card, cast: Cast) -> None:
    """A part settled and closed releases the rest; several parts keep the hold until the last."""
    paid = buy(card, 10_000)
    clear(paid, 3_000, is_final=False)
    assert (paid.status, paid.open_amount, wallet(cast.company).available) == ("pending", 7_000, kroner(90_000))
    clear(paid, 3_000, is_final=False)
    clear(paid, 2_000)
    assert (paid.status, paid.cleared_total, wallet(cast.company).available) == ("closed", 8_000, kroner(92_000))
    assert (
        Clearing.objects.filter(authorization=paid).count()
        == Transfer.objects.filter(code="card_purchase").count()
        == 3
    )


def test_rule_07_an_increment_adds_and_an_advice_sets(card: Card, cast: Cast) -> None:
    """An increment asks for the delta, an advice sets the total."""
    paid = buy(card, 10_000)
    tell(MessageKind.INCREMENT, paid, 2_000)
    assert paid.open_amount == 12_000
    tell(MessageKind.ADVICE, paid, 12_500)
    assert (paid.open_amount, wallet(cast.company).reserved) == (12_500, kroner(12_500))


def test_rule_08_a_declined_increment_leaves_the_hold(card: Card) -> None:
    """A declined increment leaves the original hold valid."""
    paid = buy(card, 10_000)
    tell(MessageKind.INCREMENT, paid, 2_000, outcome="declined")
    assert (paid.open_amount, paid.status) == (10_000, "pending")


def test_rule_09_a_reversal_may_be_partial_and_never_gives_back_more_than_there_is(card: Card, cast: Cast) -> None:
    """A reversal may be partial; more than remains is capped, never negative."""
    paid = buy(card, 10_000)
    tell(MessageKind.REVERSAL, paid, 4_000)
    assert (paid.open_amount, paid.status) == (6_000, "pending")
    tell(MessageKind.REVERSAL, paid, 9_000)
    assert (paid.open_amount, paid.reversed_total, paid.status) == (0, 10_000, "reversed")
    assert wallet(cast.company).available == kroner(100_000)
    assert play.used_by(card, "month") == 0


def test_rule_10_a_reversal_waits_for_its_original(card: Card, cast: Cast) -> None:
    """A reversal or increment for an unknown original is kept, and resolved when the original comes."""
    asked = play.request(card, 10_000)
    early = play.message(MessageKind.REVERSAL, card, 4_000, authorization_reference=asked.reference)
    row = deliver(message=early, now=NOON)
    assert (row.status, row.authorization) == ("waiting", None)
    paid = buy(card, 10_000, reference=asked.reference)
    assert paid.open_amount == 10_000
    assert reunite() == 1
    paid.refresh_from_db()
    row.refresh_from_db()
    assert (paid.open_amount, row.status, row.authorization) == (6_000, "done", paid)
    assert reunite() == 0


def test_rule_10_an_increment_without_card_or_original_waits(card: Card) -> None:
    """A reversal or increment for an unknown original is kept, and resolved when the original comes."""
    lost = play.message(MessageKind.INCREMENT, card, 100, card_reference="", authorization_reference="never seen")
    assert deliver(message=lost, now=NOON).status == "waiting"
    assert reunite() == 0


def test_rule_11_expiry_releases_everything_once(card: Card, cast: Cast) -> None:
    """Expiry releases the whole pending amount, once; racing a capture it has one ending."""
    paid = buy(card, 10_000)
    assert expire(now=NOON + timedelta(days=6, hours=23)) == 0
    assert [expire(now=NOON + timedelta(days=7)), expire(now=NOON + timedelta(days=7))] == [1, 0]
    tell(MessageKind.EXPIRY, paid)
    assert (paid.status, wallet(cast.company).available) == ("expired", kroner(100_000))
    assert play.used_by(card, "month") == 0


def test_rule_12_the_same_message_twice_changes_nothing(card: Card, cast: Cast) -> None:
    """The same message twice changes nothing; two equal purchases are two purchases."""
    paid = buy(card, 10_000)
    told = play.message(MessageKind.CLEARING, card, 6_000, authorization_reference=paid.issuer_reference)
    assert deliver(message=told, now=NOON) == deliver(message=told, now=NOON)
    assert (Clearing.objects.count(), wallet(cast.company).balance) == (1, kroner(94_000))


def test_rule_12_the_same_clearing_under_another_id_changes_nothing(card: Card, cast: Cast) -> None:
    """The same message twice changes nothing; two equal purchases are two purchases."""
    paid = buy(card, 10_000)
    clear(paid, 6_000, reference="network 7000")
    again = clear(paid, 6_000, reference="network 7000")
    assert again.last_error == {"code": "repeated", "reference": "network 7000"}
    assert (paid.cleared_total, Clearing.objects.count(), wallet(cast.company).balance) == (6_000, 1, kroner(94_000))


def test_rule_12_two_equal_purchases_are_two(card: Card, cast: Cast) -> None:
    """The same message twice changes nothing; two equal purchases are two purchases."""
    buy(card, 10_000)
    buy(card, 10_000)
    assert (Authorization.objects.count(), wallet(cast.company).reserved) == (2, kroner(20_000))


def test_rule_17_released_money_frees_the_limit_and_a_refund_does_not(card: Card, cast: Cast) -> None:
    """Use of a limit is holds and captures in the window; released holds free it; refunds do not."""
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    paid = buy(card, 10_000)
    tell(MessageKind.REVERSAL, paid, 4_000)
    assert buy(card, 4_000).outcome == "approved"
    clear(paid, 6_000)
    tell(MessageKind.REFUND, paid, 6_000)
    assert buy(card, 1).decline_reason == "limit_month"


def test_rule_17_settling_counts_in_the_window_of_the_purchase(card: Card, cast: Cast) -> None:
    """Use of a limit is holds and captures in the window; released holds free it; refunds do not."""
    october = datetime(2026, 10, 31, 12, tzinfo=UTC)
    paid = buy(card, 10_000, occurred_at=october)
    clear(paid, 12_000, occurred_at=datetime(2026, 11, 2, 12, tzinfo=UTC))
    starts = {use.window_start.month: use.used for use in card.uses.filter(interval="month")}
    assert starts == {10: 12_000}


def test_rule_20_settling_above_the_limit_is_not_a_refusal(card: Card, cast: Cast) -> None:
    """Limits look at the billing amount; settling above the limit is not a decline."""
    set_limit(card=card, interval="purchase", amount=kroner(10_000), by=cast.dave)
    paid = buy(card, 10_000)
    clear(paid, 10_400)
    assert wallet(cast.company).balance == kroner(89_600)


def test_rule_21_a_refund_without_a_link_above_the_purchase_on_a_closed_card(card: Card, cast: Cast) -> None:
    """A refund may lack a link, exceed the purchase, arrive on a closed card, or be taken back."""
    play.end(card)
    deliver(message=play.message(MessageKind.REFUND, card, 70_000), now=NOON)
    back = Clearing.objects.get()
    assert (back.kind, back.authorization, wallet(cast.company).balance) == ("refund", None, kroner(170_000))


def test_rule_21_a_refund_finds_its_purchase_even_when_it_comes_first(card: Card) -> None:
    """A refund may lack a link, exceed the purchase, arrive on a closed card, or be taken back."""
    early = play.message(MessageKind.REFUND, card, 1_000, authorization_reference="auth later")
    deliver(message=early, now=NOON)
    paid = buy(card, 1_000, reference="auth later")
    assert reunite() == 1
    assert Clearing.objects.get().authorization == paid
    paid.refresh_from_db()
    assert (paid.open_amount, paid.status) == (1_000, "pending")


def test_rule_27_a_stand_in_approval_is_held_even_below_zero(card: Card, cast: Cast) -> None:
    """Stand-in approvals and advices cannot be refused; they may push the wallet below zero."""
    freeze(card=card, by=cast.dave)
    told = play.message(
        MessageKind.AUTHORIZATION,
        card,
        150_000,
        authorization_reference="stood in",
        outcome="approved",
        decided_by="stand_in",
    )
    deliver(message=told, now=NOON)
    paid = Authorization.objects.get()
    assert (paid.outcome, paid.decided_by, paid.our_answer, paid.amount) == ("approved", "stand_in", "", 150_000)
    assert (paid.merchant_name, paid.expires_at) == ("Kaffebar Nordhavn", told.occurred_at + timedelta(days=7))
    assert wallet(cast.company).available == kroner(-50_000)


def test_the_outcome_that_the_issuer_reports_wins_over_our_yes(card: Card, cast: Cast) -> None:
    paid = buy(card, 10_000)
    tell(MessageKind.AUTHORIZATION, paid, 10_000, outcome="declined", decided_by="fallback")
    assert (paid.outcome, paid.our_answer, paid.decided_by, paid.decline_reason) == (
        "declined", "approved", "fallback", "too_late",
    )  # fmt: skip
    assert (paid.status, wallet(cast.company).reserved) == ("declined", kroner(0))
    assert play.used_by(card, "month") == 0


def test_the_outcome_that_the_issuer_reports_wins_over_our_no(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.dave)
    refused = buy(card, 10_000)
    tell(MessageKind.AUTHORIZATION, refused, 10_000, outcome="approved", decided_by="stand_in")
    assert (refused.outcome, refused.decided_by, refused.decline_reason) == ("approved", "stand_in", "")
    assert wallet(cast.company).reserved == kroner(10_000)


def test_a_report_that_agrees_changes_nothing(card: Card) -> None:
    paid = buy(card, 10_000)
    before = Authorization.objects.values().get()
    tell(MessageKind.AUTHORIZATION, paid, 10_000, outcome="approved")
    assert Authorization.objects.values().get() == before


def test_money_taken_on_a_refused_request_is_booked(card: Card, cast: Cast) -> None:
    refused = buy(card, 200_000)
    clear(refused, 5_000)
    assert (refused.outcome, refused.status, refused.cleared_total) == ("declined", "closed", 5_000)
    assert wallet(cast.company).balance == kroner(95_000)


def test_a_clearing_that_comes_first_makes_the_authorization_that_its_report_completes(card: Card, cast: Cast) -> None:
    deliver(
        message=play.message(MessageKind.CLEARING, card, 9_000, authorization_reference="auth x", is_final=True),
        now=NOON,
    )
    paid = Authorization.objects.get()
    assert (paid.status, paid.cleared_total, paid.authorized_total, paid.amount) == ("closed", 9_000, 0, 9_000)
    october = datetime(2026, 10, 30, 12, tzinfo=UTC)
    tell(MessageKind.AUTHORIZATION, paid, 8_000, outcome="approved", occurred_at=october)
    assert (paid.status, paid.cleared_total, paid.authorized_total, paid.amount) == ("closed", 9_000, 8_000, 8_000)
    assert paid.occurred_at == october
    assert {use.window_start.month: use.used for use in card.uses.filter(interval="month") if use.used} == {10: 9_000}


def test_a_final_clearing_of_nothing_closes_without_money(card: Card, cast: Cast) -> None:
    paid = buy(card, 9_000)
    clear(paid, 0)
    assert (paid.status, paid.open_amount, Clearing.objects.count()) == ("closed", 0, 0)
    assert wallet(cast.company).available == kroner(100_000)


def test_rule_25_cash_is_its_own_kind_of_clearing(card: Card) -> None:
    """Cash: the amount includes the fee, the cash rule and limit apply, one message, no hold."""
    paid = buy(card, 50_000, channel="cash")
    clear(paid, 50_000, channel="cash")
    assert Clearing.objects.get().kind == "cash"
    assert Transfer.objects.filter(code="card_cash").count() == 1


def test_rule_31_an_unknown_kind_is_kept_and_does_nothing(card: Card, cast: Cast) -> None:
    """Unknown values are stored, not a crash."""
    row = deliver(message=play.message(MessageKind.UNKNOWN, card, 100), now=NOON)
    assert (row.status, row.kind) == ("done", "unknown")
    assert wallet(cast.company).available == kroner(100_000)


def test_a_message_in_another_currency_is_refused(card: Card) -> None:
    with pytest.raises(OtherCurrency):
        deliver(message=play.message(MessageKind.CLEARING, card, 100, currency="EUR"), now=NOON)
    assert not IssuerMessage.objects.exists()


def test_a_message_cannot_reach_the_authorization_of_another_companys_card(card: Card, cast: Cast) -> None:
    paid = buy(card, 10_000)
    theirs = play.new_card(cast.mallory)
    told = play.message(MessageKind.CLEARING, theirs, 10_000, authorization_reference=paid.issuer_reference)
    with pytest.raises(CardMismatch):
        deliver(message=told, now=NOON)
    early = play.message(MessageKind.REVERSAL, theirs, 100, authorization_reference="auth 9")
    deliver(message=early, now=NOON)
    ours = buy(card, 5_000, reference="auth 9")
    assert reunite() == 0
    ours.refresh_from_db()
    assert ours.open_amount == 5_000
    assert IssuerMessage.objects.get().last_error == {"code": "card_mismatch"}


def test_a_refund_that_names_another_cards_purchase_stays_booked_without_the_link(card: Card, cast: Cast) -> None:
    other = play.new_card(cast.carol)
    deliver(message=play.message(MessageKind.REFUND, other, 700, authorization_reference="auth 9"), now=NOON)
    buy(card, 1_000, reference="auth 9")
    assert (reunite(), reunite()) == (0, 0)
    row = IssuerMessage.objects.get()
    assert (row.status, row.last_error, Clearing.objects.get().authorization) == (
        "done",
        {"code": "card_mismatch"},
        None,
    )
    assert wallet(cast.company).balance == kroner(100_700)
