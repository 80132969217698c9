"""Answering a till."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import CompanyStatus, MembershipStatus
from cards import authorize as deciding
from cards.authorize import CardUnknown, ReferenceReused, answer_inquiry, authorize
from cards.freeze import freeze
from cards.limits import set_limit
from cards.models import Authorization, Card, IssuerMessage, MessageKind
from cards.settle import TOO_LATE
from events.models import Event, Notification
from tests.cards import play
from tests.cards.play import NOON, buy, kroner, wallet
from tests.conftest import Cast
from wallet.models import Hold


def failed(authorization: Authorization) -> list[str]:
    return [check["code"] for check in authorization.checks if not check["passed"]]


def test_a_yes_reserves_the_money_and_keeps_every_check(card: Card, cast: Cast) -> None:
    paid = buy(card, 4_800)
    assert (paid.outcome, paid.our_answer, paid.decided_by, paid.status) == ("approved", "approved", "us", "pending")
    assert paid.hold is not None
    assert paid.hold.amount == paid.open_amount == paid.authorized_total == 4_800
    assert wallet(cast.company).reserved == kroner(4_800)
    assert wallet(cast.company).available == kroner(95_200)
    assert wallet(cast.company).balance == kroner(100_000)
    assert [check["code"] for check in paid.checks] == [
        "company_active", "card_active", "not_frozen", "cardholder_active", "currency", "funds",
    ]  # fmt: skip
    assert paid.expires_at == NOON + timedelta(days=7)
    event = Event.objects.get(verb="authorization.approved")
    assert (event.actor, event.subject_id, event.changes["amount"]) == ("issuer", paid.pk, 4_800)


def test_a_no_reserves_nothing_and_counts_nothing(card: Card, cast: Cast) -> None:
    refused = buy(card, 100_001)
    assert (refused.outcome, refused.status, refused.decline_reason) == ("declined", "declined", "funds")
    assert refused.hold is None
    assert refused.checks[-1]["params"] == {"available": 100_000, "missing": 1, "currency": "DKK"}
    assert wallet(cast.company).available == kroner(100_000)
    assert play.used_by(card, "month") == 0
    assert Event.objects.filter(verb="authorization.declined").count() == 1


def test_the_last_of_the_money_can_be_spent(card: Card, cast: Cast) -> None:
    assert buy(card, 100_000).outcome == "approved"
    assert buy(card, 1).decline_reason == "funds"


@pytest.mark.parametrize("what", ["company", "card", "frozen", "holder", "currency"])
def test_standing_is_checked_before_money(card: Card, cast: Cast, what: str) -> None:
    currency = "DKK"
    match what:
        case "company":
            cast.company.status = CompanyStatus.CLOSED
            cast.company.save()
        case "card":
            play.end(card)
        case "frozen":
            freeze(card=card, by=cast.dave)
        case "holder":
            cast.carol.status = MembershipStatus.LEFT
            cast.carol.save()
        case "currency":
            currency = "EUR"
    code = {"company": "company_active", "card": "card_active", "frozen": "not_frozen", "holder": "cardholder_active"}
    refused = buy(card, 1_000, currency=currency)
    assert refused.decline_reason == code.get(what, "currency")
    assert wallet(cast.company).reserved == kroner(0)


def test_a_freeze_says_who_and_when(card: Card, cast: Cast) -> None:
    freeze(card=card, by=cast.dave, reason="Lost on the train", now=NOON)
    params = next(check["params"] for check in buy(card, 100).checks if check["code"] == "not_frozen")
    assert params == {
        "freezes": [{"source": "admin", "by": str(cast.dave.pk), "at": NOON.isoformat(), "reason": "Lost on the train"}]
    }


def test_a_no_still_says_what_else_would_have_passed(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(50_000), by=cast.dave)
    freeze(card=card, by=cast.dave)
    refused = buy(card, 1_000)
    assert failed(refused) == ["not_frozen"]
    assert [check["code"] for check in refused.checks][-2:] == ["limit_month", "funds"]


def test_limits_say_how_far_over_and_whose_they_are(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(40_000), by=cast.dave, now=NOON)
    refused = buy(card, 64_000)
    params = next(check["params"] for check in refused.checks if check["code"] == "limit_purchase")
    assert refused.decline_reason == "limit_purchase"
    assert (params["amount"], params["over"], params["owner"]) == (40_000, 24_000, "card")
    assert (params["set_by"], params["set_at"]) == (str(cast.dave.pk), NOON.isoformat())


def test_the_month_counts_what_is_held(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave)
    assert buy(card, 6_000).outcome == "approved"
    refused = buy(card, 4_001)
    params = next(check["params"] for check in refused.checks if check["code"] == "limit_month")
    assert (params["used"], params["over"]) == (6_000, 1)
    assert buy(card, 4_000).outcome == "approved"


def test_a_limit_of_a_person_counts_over_all_cards(card: Card, cast: Cast) -> None:
    other = play.new_card(cast.carol)
    set_limit(person=cast.carol, interval="month", amount=kroner(10_000), by=cast.dave)
    assert buy(card, 6_000).outcome == "approved"
    refused = buy(other, 6_000)
    params = next(check["params"] for check in refused.checks if check["code"] == "limit_month")
    assert (refused.decline_reason, params["owner"], params["used"]) == ("limit_month", "person", 6_000)


def test_a_soft_limit_lets_the_purchase_through_that_crosses_it_and_no_other(card: Card, cast: Cast) -> None:
    set_limit(card=card, interval="month", amount=kroner(10_000), by=cast.dave, hard=False)
    assert buy(card, 9_999).outcome == "approved"
    assert buy(card, 9_000).outcome == "approved"
    assert buy(card, 1).decline_reason == "limit_month"


def test_a_limit_set_today_knows_what_the_month_used(card: Card, cast: Cast) -> None:
    buy(card, 6_000)
    set_limit(card=card, interval="month", amount=kroner(5_000), by=cast.dave)
    assert buy(card, 1).decline_reason == "limit_month"


def test_a_repeated_request_gets_the_stored_answer(card: Card, cast: Cast) -> None:
    asked = play.request(card, 60_000)
    first = authorize(request=asked, now=NOON)
    freeze(card=card, by=cast.dave)
    assert authorize(request=asked, now=NOON) == first
    assert Authorization.objects.count() == Hold.objects.count() == 1
    assert wallet(cast.company).reserved == kroner(60_000)


def test_a_repeated_refusal_stays_a_refusal(card: Card, cast: Cast) -> None:
    asked = play.request(card, 100_001)
    first = authorize(request=asked, now=NOON)
    play.fund(cast.company, 100_000)
    again = authorize(request=asked, now=NOON)
    assert (again.pk, again.outcome) == (first.pk, "declined")


def test_a_card_that_is_not_ours_is_refused(card: Card) -> None:
    with pytest.raises(CardUnknown):
        buy(card, 100, card_reference="card_of_nobody")
    assert not Authorization.objects.exists()


def test_a_reference_cannot_move_to_the_card_of_another_company(card: Card, cast: Cast) -> None:
    paid = buy(card, 100)
    play.fund(cast.other, 10_000)
    theirs = play.new_card(cast.mallory)
    with pytest.raises(ReferenceReused):
        buy(theirs, 100, reference=paid.issuer_reference)
    assert wallet(cast.other).reserved.amount == 0


def test_rule_14_a_yes_after_the_deadline_is_the_fallback(
    card: Card, cast: Cast, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the deadline the outcome is the fallback; a late yes is ignored and logged."""
    settings.DECISION_SECONDS = 1.5
    monkeypatch.setattr(deciding, "clock", lambda: 101.6)
    late = authorize(request=play.request(card, 4_800), now=NOON, started=100.0)
    assert (late.outcome, late.decided_by, late.our_answer) == ("declined", "fallback", "late")
    assert (late.decline_reason, late.open_amount, late.hold) == (TOO_LATE, 0, None)
    assert wallet(cast.company).reserved == kroner(0)
    assert play.used_by(card, "month") == 0


def test_rule_14_a_commit_after_the_deadline_releases_the_money(
    card: Card, cast: Cast, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the deadline the outcome is the fallback; a late yes is ignored and logged."""
    settings.DECISION_SECONDS = 1.5
    # In time when the decision is made and stored, late once it is committed.
    ticks = iter([100.2, 100.3, 102.0, 102.1])
    monkeypatch.setattr(deciding, "clock", lambda: next(ticks))
    late = authorize(request=play.request(card, 4_800), now=NOON, started=100.0)
    assert (late.outcome, late.decided_by, late.our_answer, late.status) == ("declined", "fallback", "late", "declined")
    assert late.decision_ms == 2_100
    assert wallet(cast.company).reserved == kroner(0)
    assert play.used_by(card, "month") == 0
    assert authorize(request=play.request(card, 4_800, reference=late.issuer_reference), now=NOON).outcome == "declined"


def test_rule_14_without_a_deadline_nothing_is_late(card: Card, settings: object) -> None:
    """After the deadline the outcome is the fallback; a late yes is ignored and logged."""
    settings.DECISION_SECONDS = None
    paid = authorize(request=play.request(card, 4_800), now=NOON, started=deciding.clock() - 3600)
    assert paid.outcome == "approved"
    assert paid.decision_ms is not None
    assert paid.decision_ms >= 3_600_000


def test_rule_24_a_verification_for_nothing_holds_nothing(card: Card, cast: Cast) -> None:
    """A check for zero and a balance inquiry make no expense, no hold and no request for a receipt."""
    checked = buy(card, 0)
    assert (checked.outcome, checked.hold, checked.status, checked.expires_at) == ("approved", None, "closed", None)
    assert Authorization.objects.with_money().count() == 0
    freeze(card=card, by=cast.carol)
    assert buy(card, 0).decline_reason == "not_frozen"


def test_rule_24_a_balance_inquiry_is_answered_and_leaves_no_authorization(card: Card, cast: Cast) -> None:
    """A check for zero and a balance inquiry make no expense, no hold and no request for a receipt."""
    set_limit(card=card, interval="month", amount=kroner(30_000), by=cast.dave)
    asked = play.request(card, 0, is_balance_inquiry=True)
    answer = answer_inquiry(request=asked, now=NOON)
    assert (answer.is_approved, answer.balance) == (True, kroner(30_000))
    assert not Authorization.objects.exists()
    assert not Hold.objects.exists()
    assert IssuerMessage.objects.get().kind == MessageKind.BALANCE_INQUIRY


def test_rule_20_limits_look_at_the_billing_amount(card: Card, cast: Cast) -> None:
    """Limits look at the billing amount; settling above the limit is not a decline."""
    set_limit(card=card, interval="purchase", amount=kroner(10_000), by=cast.dave)
    from pleo.lib.money import Money

    assert buy(card, 9_900, merchant_amount=Money(1_000_000, "JPY")).outcome == "approved"


def test_rule_32_amounts_follow_the_exponent_of_their_currency(card: Card) -> None:
    """Amounts are minor units with the exponent of their currency, never float."""
    from pleo.lib.money import Money

    paid = buy(card, 500, merchant_amount=Money(110, "JPY"))
    assert str(paid.merchant_money) == "110 JPY"
    dinars = buy(card, 500, merchant_amount=Money(1_234, "KWD"))
    assert str(dinars.merchant_money) == "1.234 KWD"


def test_few_statements_make_a_decision(card: Card, django_assert_max_num_queries: object) -> None:
    asked = play.request(card, 100)
    # Two of them are the savepoint that the test's own transaction makes of ours.
    with django_assert_max_num_queries(11):
        assert authorize(request=asked, now=NOON).outcome == "approved"


def test_the_holder_is_told_of_a_no_and_not_of_old_ones(card: Card, cast: Cast) -> None:
    now = timezone.now()
    authorize(request=play.request(card, 100_001, occurred_at=now - timedelta(days=9)), now=now - timedelta(days=9))
    assert not Notification.objects.exists()
    authorize(request=play.request(card, 4_800, occurred_at=now), now=now)
    refused = authorize(request=play.request(card, 100_001, occurred_at=now), now=now)
    told = Notification.objects.filter(event__verb="authorization.declined")
    assert {(row.membership, row.event.subject_id) for row in told} == {(cast.carol, refused.pk)}
    assert {row.channel for row in told} == {"in_app", "email"}
