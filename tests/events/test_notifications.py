"""Telling people: once per event and channel, in the app at once, by mail from a task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from events.models import Channel, Event, Notification
from events.notify import notify
from events.record import record
from events.send_mails import send_mails_of, sweep
from tests.conftest import Cast

Signer = Callable[..., Client]
AMOUNT = {"amount": 124900, "currency": "DKK"}


def event_of(cast: Cast, verb: str = "top_up.received", **fields: Any) -> Event:
    return record(company=cast.company, verb=verb, subject=cast.team, changes=fields.pop("changes", AMOUNT), **fields)


def test_it_tells_each_person_once_per_channel(cast: Cast) -> None:
    event = event_of(cast)
    for _ in range(3):
        notify(event=event, memberships=[cast.alice, cast.dave, cast.alice])
    assert Notification.objects.filter(event=event).count() == 4
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.create(company=cast.company, membership=cast.alice, event=event, channel="in_app")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.filter(event=event).update(channel="pigeon")


def test_who_did_it_who_left_and_services_are_left_out(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.carol.pk).update(status="left")
    cast.carol.refresh_from_db()
    robot = Membership.objects.create(company=cast.company, name="Robot", role="service", status="active")
    event = event_of(cast, by=cast.dave)
    notify(event=event, memberships=[cast.dave, cast.carol, robot, cast.alice])
    told = set(Notification.objects.filter(event=event).values_list("membership__name", "channel"))
    assert told == {("Robot", "in_app"), ("Alice", "in_app"), ("Alice", "email")}
    notify(event=event, memberships=[cast.dave], channels=[Channel.IN_APP], to_actor=True)
    assert Notification.objects.filter(event=event, membership=cast.dave).count() == 1


def test_people_of_another_company_are_never_told(cast: Cast) -> None:
    with pytest.raises(AssertionError):
        notify(event=event_of(cast), memberships=[cast.mallory])


def test_a_mail_speaks_the_readers_language_region_and_says_one_thing(cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.user_id).update(region="DE")
    event = event_of(cast)
    notify(event=event, memberships=[cast.alice])
    assert send_mails_of(event_id=event.pk, now=timezone.now()) == 1
    [letter] = mail.outbox
    assert letter.to == ["alice@example.com"] and "1.249,00" in letter.subject and "wallet" in letter.subject
    html = letter.alternatives[0][0]  # type: ignore[attr-defined]
    assert f"http://127.0.0.1:8000/c/{cast.company.slug}/" in str(letter.body) and str(html).count("<a ") == 1
    assert "Havblik" in str(letter.body)


@pytest.mark.parametrize(
    ("verb", "changes", "says", "button"),
    [
        ("authorization.declined", AMOUNT, "Declined: DKK 1,249.00", "See why"),
        ("expense.created", {}, "Receipt for Studio", "Snap the receipt"),
        ("expense.reviewed", {"outcome": "not_okay", "reason": "whose lunch?"}, "Not okay: Studio", "Open the expense"),
        ("expense.reviewed", {"outcome": ["", "needs_details"], "reason": "whose lunch?"}, "needs details", "Answer"),
        ("expense.reviewed", {"outcome": "okay"}, "okay", "Open Pleo"),
        ("team.created", {}, "made the team Studio", "Open Pleo"),
    ],
)
def test_each_kind_of_mail_has_its_words(
    cast: Cast, verb: str, changes: dict[str, Any], says: str, button: str
) -> None:
    User.objects.filter(pk=cast.alice.user_id).update(region="GB")
    event = event_of(cast, verb, changes=changes, by=cast.dave)
    notify(event=event, memberships=[cast.alice], channels=[Channel.EMAIL])
    send_mails_of(event_id=event.pk, now=timezone.now())
    [letter] = mail.outbox
    assert says in letter.subject and button in str(letter.body) and "%(" not in str(letter.body)
    if "reason" in changes:
        assert "whose lunch?" in str(letter.body)


def test_hostile_text_in_a_mail_stays_text(cast: Cast) -> None:
    event = event_of(cast, "expense.created", changes={}, label="<b>x</b>\r\nBcc: all@example.com %(who)s")
    notify(event=event, memberships=[cast.alice], channels=[Channel.EMAIL])
    assert send_mails_of(event_id=event.pk, now=timezone.now()) == 1
    [letter] = mail.outbox
    assert "\n" not in letter.subject and letter.bcc == [] and letter.to == ["alice@example.com"]
    assert "<b>" not in str(letter.alternatives[0][0])  # type: ignore[attr-defined]


def test_the_sweep_sends_what_the_bell_missed_and_a_dead_server_delays_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = event_of(cast)
    notify(event=event, memberships=[cast.alice, cast.dave])
    later = timezone.now() + timedelta(minutes=2)
    assert sweep(now=timezone.now()) == 0, "the bell gets its chance"

    def dead(*_: Any, **__: Any) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("events.send_mails.send_mail", dead)
        assert sweep(now=later) == 0
    assert sweep(now=later) == 2
    assert sweep(now=later) == 0 and len(mail.outbox) == 2


def test_old_mails_and_switched_off_people_are_let_be(cast: Cast) -> None:
    event = event_of(cast)
    notify(event=event, memberships=[cast.alice])
    assert sweep(now=timezone.now() + timedelta(days=4)) == 0
    User.objects.filter(pk=cast.alice.user_id).update(is_active=False)
    assert sweep(now=timezone.now() + timedelta(minutes=2)) == 0


def test_the_page_lists_opens_and_marks_read(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.alice), reverse("notifications", args=[cast.company.slug])
    assert "All quiet" in client.get(url).content.decode()
    event = event_of(cast, "team.created", by=cast.dave)
    notify(event=event, memberships=[cast.alice])
    notify(event=event_of(cast, "team.changed", by=cast.dave), memberships=[cast.alice])
    page = client.get(url).content.decode()
    assert "Dave made the team Studio." in page and "Notifications, 2 new" in page
    row = Notification.objects.get(event=event, channel="in_app")
    opened = client.get(reverse("notification", args=[cast.company.slug, row.pk]))
    assert opened.headers["Location"] == reverse("team", args=[cast.company.slug, cast.team.pk])
    assert "Dave made the team" not in client.get(url + "?show=new").content.decode()
    assert client.post(reverse("notifications-reading", args=[cast.company.slug])).status_code == 303
    assert "All quiet" in client.get(url + "?show=new").content.decode()
    assert sign_in(cast.dave).get(reverse("notification", args=[cast.company.slug, row.pk])).status_code == 404
    assert "<html" not in client.get(url, headers={"HX-Request": "true"}).content.decode()
