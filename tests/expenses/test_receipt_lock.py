"""Cards rest while receipts are missing: never unannounced, never longer than needed, never beside other freezes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cards.freeze import freeze as freeze_card
from cards.models import Card, Freeze
from events.models import Event, Notification
from expenses.attach import attach
from expenses.change_receipt_rules import change_receipt_rules
from expenses.declare import declare
from expenses.detach import detach
from expenses.models import Attachment, LockPause, ReceiptLock, ReceiptRules
from expenses.pause_lock import OwnPause, PauseNeedsReason, PauseOver, pause_lock, resume_lock
from expenses.receipt_lock import Terms, preview, release, tend, tend_person
from pleo.lib.errors import WrongState
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, make_card, make_receipt

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Cleared two days after noon of the 18th, late 14 days after that.
LATE = NOON + 16 * DAY


@pytest.fixture
def on(cast: Cast) -> ReceiptRules:
    return change_receipt_rules(by=cast.dave, now=NOON, lock_is_on=True, lock_count=2, lock_days=14)


def owe(cast: Cast, count: int = 2) -> list[Any]:
    return [buy(cast.carol, 1000 + number) for number in range(count)]


def lock_of(person: Any) -> ReceiptLock | None:
    found: ReceiptLock | None = ReceiptLock.objects.open().filter(person=person).first()
    return found


def frozen(person: Any) -> set[str]:
    return set(Freeze.objects.filter(card__cardholder=person, ended_at=None).values_list("source", flat=True))


def locked(cast: Cast, count: int = 2) -> list[Any]:
    expenses = owe(cast, count)
    tend(now=LATE)
    tend(now=LATE + 73 * HOUR)
    assert frozen(cast.carol) == {"lock"}
    return expenses


def test_nobody_is_locked_without_a_warning_three_days_before(cast: Cast, on: ReceiptRules) -> None:
    owe(cast)
    tend(now=LATE - 73 * HOUR)
    assert lock_of(cast.carol) is None
    tend(now=LATE - 71 * HOUR)
    standing = lock_of(cast.carol)
    assert standing and standing.locks_at == LATE + HOUR and not frozen(cast.carol)
    event = Event.objects.get(verb="receipt_lock.warned")
    assert set(Notification.objects.filter(event=event).values_list("channel", flat=True)) == {"in_app", "email"}
    tend(now=LATE)
    assert not frozen(cast.carol)
    tend(now=LATE + HOUR)
    assert frozen(cast.carol) == {"lock"} and Event.objects.filter(verb="receipt_lock.locked").count() == 1
    tend(now=LATE + 2 * HOUR)
    assert Freeze.objects.count() == 1 and Event.objects.filter(verb="receipt_lock.locked").count() == 1


def test_a_beat_that_was_away_for_a_month_still_gives_notice(cast: Cast, on: ReceiptRules) -> None:
    owe(cast)
    tend(now=LATE + 30 * DAY)
    standing = lock_of(cast.carol)
    assert standing and standing.locks_at == LATE + 33 * DAY and not frozen(cast.carol)


def test_one_receipt_too_few_is_no_matter(cast: Cast, on: ReceiptRules) -> None:
    owe(cast, 1)
    tend(now=LATE + 99 * DAY)
    assert lock_of(cast.carol) is None


@pytest.mark.parametrize("by_signing", [False, True])
def test_the_receipt_thaws_in_its_own_transaction(cast: Cast, on: ReceiptRules, by_signing: bool) -> None:
    expense = locked(cast)[0]
    if by_signing:
        declare(expense=expense, by=cast.carol, reason="lost", purpose="Lunch", now=LATE + 80 * HOUR)
    else:
        attach(expense=expense, receipt=make_receipt(cast.carol), by=cast.carol, now=LATE + 80 * HOUR)
    assert not frozen(cast.carol) and lock_of(cast.carol) is None
    assert ReceiptLock.objects.get().ended_because == "settled"
    assert Event.objects.filter(verb="receipt_lock.ended").count() == 1


def test_enough_must_come_not_just_one(cast: Cast, on: ReceiptRules) -> None:
    first, second, _ = locked(cast, 3)
    attach(expense=first, receipt=make_receipt(cast.carol), by=cast.carol, now=LATE + 80 * HOUR)
    assert frozen(cast.carol) == {"lock"}
    attach(expense=second, receipt=make_receipt(cast.carol), by=cast.carol, now=LATE + 80 * HOUR)
    assert not frozen(cast.carol)


def test_taking_a_receipt_off_warns_anew(cast: Cast, on: ReceiptRules) -> None:
    expense = locked(cast)[0]
    now = LATE + 100 * HOUR
    attach(expense=expense, receipt=make_receipt(cast.carol), by=cast.carol, now=now)
    detach(attachment=Attachment.objects.get(), by=cast.carol, now=now)
    assert not frozen(cast.carol), "nothing happens at once"
    tend(now=now)
    standing = lock_of(cast.carol)
    assert standing and not standing.is_locked and standing.locks_at == now + 72 * HOUR


def test_a_manual_freeze_stays_and_a_lock_beside_it_ends_alone(cast: Cast, on: ReceiptRules) -> None:
    freeze_card(card=make_card(cast.carol), by=cast.dave, reason="Lost at sea")
    expenses = owe(cast)
    tend(now=LATE)
    tend(now=LATE + 73 * HOUR)
    assert frozen(cast.carol) == {"admin", "lock"}
    attach(expense=expenses[0], receipt=make_receipt(cast.carol), by=cast.carol, now=LATE + 80 * HOUR)
    assert frozen(cast.carol) == {"admin"}


def test_nobody_thaws_the_lock_by_hand(cast: Cast, on: ReceiptRules) -> None:
    from cards.freeze import FrozenByFinance, thaw

    locked(cast)
    for person in (cast.carol, cast.dave):
        with pytest.raises(FrozenByFinance):
            thaw(card=Card.objects.get(), by=person)


def test_a_card_made_since_rests_too_and_vendor_cards_do_not(cast: Cast, on: ReceiptRules) -> None:
    vendor = make_card(cast.carol, "9999")
    Card.objects.filter(pk=vendor.pk).update(kind="vendor")
    locked(cast)
    make_card(cast.carol, "7777")
    tend(now=LATE + 80 * HOUR)
    rest = Freeze.objects.filter(source="lock", ended_at=None).values_list("card__last_four", flat=True)
    assert set(rest) == {"4821", "7777"}


def test_spared_merchants_and_vendor_cards_do_not_count(cast: Cast, on: ReceiptRules) -> None:
    change_receipt_rules(by=cast.dave, now=NOON, lock_spared_merchants=["nordhavn"])
    owe(cast)
    tend(now=LATE)
    assert lock_of(cast.carol) is None
    change_receipt_rules(by=cast.dave, now=NOON, lock_spared_merchants=[])
    Card.objects.update(kind="vendor")
    tend(now=LATE)
    assert lock_of(cast.carol) is None
    change_receipt_rules(by=cast.dave, now=NOON, lock_spares_vendor_cards=False)
    tend(now=LATE)
    assert lock_of(cast.carol) is not None


def test_the_switch_stops_it_for_all_at_once(cast: Cast, on: ReceiptRules) -> None:
    locked(cast)
    for number in range(2):
        buy(cast.lena, 500 + number)
    tend(now=LATE + 73 * HOUR)
    assert ReceiptLock.objects.open().count() == 2
    change_receipt_rules(by=cast.dave, now=LATE + 80 * HOUR, lock_is_on=False)
    assert not ReceiptLock.objects.open().exists() and not frozen(cast.carol)
    assert set(ReceiptLock.objects.values_list("ended_because", flat=True)) == {"switched_off"}
    tend(now=LATE + 90 * DAY)
    assert not ReceiptLock.objects.open().exists()


def test_a_pause_thaws_at_once_and_ends_with_notice(cast: Cast, on: ReceiptRules) -> None:
    locked(cast)
    now = LATE + 80 * HOUR
    pause_lock(person=cast.carol, by=cast.dave, reason="On leave", until=now + 5 * DAY, now=now)
    assert not frozen(cast.carol) and ReceiptLock.objects.get().ended_because == "paused"
    tend(now=now + DAY)
    assert lock_of(cast.carol) is None
    tend(now=now + 5 * DAY + HOUR)
    standing = lock_of(cast.carol)
    assert standing and standing.locks_at == now + 8 * DAY + HOUR


def test_pauses_refuse_what_they_should(cast: Cast, on: ReceiptRules) -> None:
    with pytest.raises(PauseNeedsReason):
        pause_lock(person=cast.carol, by=cast.dave, reason="  ", until=None, now=NOON)
    with pytest.raises(PauseOver):
        pause_lock(person=cast.carol, by=cast.dave, reason="x", until=NOON, now=NOON)
    with pytest.raises(OwnPause):
        pause_lock(person=cast.dave, by=cast.dave, reason="x", until=None, now=NOON)
    first = pause_lock(person=cast.carol, by=cast.dave, reason="x", until=None, now=NOON)
    second = pause_lock(person=cast.carol, by=cast.alice, reason="y", until=None, now=NOON)
    with pytest.raises(WrongState):
        resume_lock(pause=first, by=cast.dave, now=NOON)
    resume_lock(pause=second, by=cast.dave, now=NOON)
    assert not LockPause.objects.filter(ended_at=None).exists()


def test_the_preview_counts_and_changes_nothing(cast: Cast) -> None:
    owe(cast)
    make_card(cast.carol, "7777")
    rules = ReceiptRules(company=cast.company, lock_count=2)
    found = preview(company=cast.company, terms=Terms.of(rules), now=LATE)
    assert ([person for person, _ in found.people], found.cards) == ([cast.carol], 2)
    assert preview(company=cast.company, terms=Terms.of(rules), now=LATE - HOUR).count == 0
    assert preview(company=cast.other, terms=Terms.of(rules), now=LATE).count == 0
    assert not ReceiptLock.objects.exists() and not Freeze.objects.exists()


def test_the_database_refuses_a_lock_without_notice(cast: Cast, on: ReceiptRules) -> None:
    owe(cast)
    tend(now=LATE)
    row = ReceiptLock.objects.get()
    for wrong in (
        {"locks_at": row.warned_at + 71 * HOUR}, {"locked_at": row.locks_at - HOUR}, {"ended_at": LATE}, {"ended_because": "settled"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            ReceiptLock.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceiptLock.objects.create(company=cast.company, person=cast.carol, warned_at=LATE, locks_at=LATE + 4 * DAY)
    for wrong in ({"lock_notice_hours": 71}, {"lock_count": 0}, {"chase_every_days": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReceiptRules.objects.update(**wrong)


def test_release_of_somebody_without_a_lock_asks_once(
    cast: Cast, on: ReceiptRules, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        release(person_id=cast.carol.pk, company=cast.company, now=NOON)
    assert tend_person(person_id=cast.mallory.pk, now=NOON) is None, "a company without rules"


def test_the_pages_say_why_and_what_to_do(cast: Cast, on: ReceiptRules, sign_in: Any) -> None:
    locked(cast)
    mine, finance = sign_in(cast.carol), sign_in(cast.dave)
    missing = mine.get(reverse("receipts-missing", args=["havblik"])).content.decode()
    assert "Your cards rest." in missing and missing.count("data-upload") >= 2
    assert "Your cards rest." in mine.get(reverse("home", args=["havblik"])).content.decode()
    card = mine.get(reverse("card", args=["havblik", Card.objects.get().pk])).content.decode()
    assert "Receipts are missing" in card and "See what is missing" in card
    locks = finance.get(reverse("receipt-locks", args=["havblik"])).content.decode()
    assert "Cards rest" in locks and "Carol" in locks
    pause = reverse("receipt-lock-pause", args=["havblik"])
    assert finance.post(pause, {"person": str(cast.carol.pk), "reason": ""}).status_code == 422
    assert finance.post(pause, {"person": str(cast.mallory.pk), "reason": "x"}).status_code == 422
    assert (
        finance.post(pause, {"person": str(cast.carol.pk), "reason": "Leave", "until": "2020-01-01"}).status_code == 422
    )
    assert finance.post(pause, {"person": str(cast.carol.pk), "reason": "Leave"}).status_code == 303
    assert not frozen(cast.carol)
    end = reverse("receipt-lock-resume", args=["havblik", LockPause.objects.get().pk])
    assert finance.post(end).status_code == 303


def test_the_settings_show_what_a_lock_would_do(cast: Cast, sign_in: Any) -> None:
    owe(cast)
    client, where = sign_in(cast.dave), reverse("settings-receipts", args=["havblik"])
    typed = {"part": "lock", "lock_count": "1", "lock_days": "1", "lock_notice_hours": "72", "do": "preview"}
    assert client.post(where, typed).status_code == 200 and not ReceiptRules.objects.exists()
    for wrong in ({"lock_notice_hours": "71"}, {"lock_count": "0"}, {"lock_spared_merchants": "ab"}):
        assert client.post(where, {**typed, "do": "save", **wrong}).status_code == 422
    saved = {**typed, "do": "save", "lock_is_on": "on", "lock_spared_merchants": "Parking Zone\n\nDSB Ticket"}
    assert client.post(where, saved).status_code == 303
    assert ReceiptRules.objects.get().lock_spared_merchants == ["parking zone", "dsb ticket"]


def test_the_api_lists_locks_and_pauses_them(cast: Cast, on: ReceiptRules, client: Any) -> None:
    from accounts.create_token import create_token

    locked(cast)

    def token(person: Any, *scopes: str) -> dict[str, Any]:
        made = create_token(membership=person, name="t", scopes=list(scopes), by=person, now=NOON)
        return {"HTTP_AUTHORIZATION": f"Bearer {made.secret}", "content_type": "application/json"}

    finance = token(cast.dave, "receipts.rules", "receipts.chase", "expenses.see")
    [row] = client.get(reverse("api-receipt-locks"), **finance).json()["results"]
    assert row["person"] == str(cast.carol.pk) and row["locked_at"] and not row["ended_at"]
    assert len(client.get(reverse("api-missing-receipts"), **finance).json()["results"]) == 2
    pauses = reverse("api-receipt-lock-pauses")
    assert client.post(pauses, {"person": str(cast.mallory.pk), "reason": "x"}, **finance).status_code == 422
    made = client.post(pauses, {"person": str(cast.carol.pk), "reason": "Leave"}, **finance)
    assert made.status_code == 201 and not frozen(cast.carol)
    where = reverse("api-receipt-lock-pause", kwargs={"pause_id": made.json()["id"]})
    assert client.delete(where, **token(cast.mallory, "receipts.rules")).status_code == 404
    assert client.delete(where, **finance).status_code == 204
    assert client.delete(where, **finance).status_code == 409
    keys = [row["id"] for row in client.get(reverse("api-missing-receipts"), **finance).json()["results"]]
    reminders = reverse("api-receipt-reminders")
    assert client.post(reminders, {"expenses": keys}, **finance).json()["reminded"] == 1
    assert "Carol" in client.post(reminders, {"expenses": keys}, **finance).json()["skipped"][0]
