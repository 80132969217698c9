"""Deciding from a mail: opening changes nothing, a link works once, for one person, about what the mail showed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, MembershipStatus
from events.models import Event
from expenses.change_review_mails import choose_pace, set_mail_limit
from expenses.code_expense import code_expense
from expenses.decide_by_link import LinkClosed, LinkUnknown, decide_by_link
from expenses.errors import NotYours
from expenses.mail_reviews import mail_reviews
from expenses.models import Expense, MailLink, Review, ReviewMail
from expenses.sweep_routes import sweep_routes
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import NOON, freeze
from tests.expenses.test_review_routes import THEN, bought, rule, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(cast: Cast) -> Cast:
    """Links decide up to 1,000 kr., and Dave wants a mail for each."""
    set_mail_limit(by=cast.dave, limit=Money(100_000, "DKK"), now=NOON)
    choose_pace(by=cast.dave, pace="at_once")
    return cast


def link_to(expense: Expense) -> MailLink:
    mail_reviews(now=NOON)
    return MailLink.objects.get(expense=expense)


def there(link: MailLink) -> str:
    return reverse("review-by-mail", kwargs={"token": link.secret})


def test_opening_changes_nothing_and_pressing_decides_once(on: Cast, client: Client, settings: Any) -> None:
    expense = bought(on.carol)
    link = link_to(expense)
    assert link.secret not in (link.token_hash, str(link.pk))
    [sent] = mail.outbox
    assert sent.to == ["dave@example.com"] and settings.BASE_URL + there(link) in sent.body
    real = pytest.MonkeyPatch()
    real.setattr("django.utils.timezone.now", lambda: NOON)
    try:
        for method in ("get", "head", "get"):
            getattr(client, method)(there(link))
        assert Expense.objects.get().review == "" and MailLink.objects.get().used_at is None
        page = client.get(there(link))
        assert b"Carol" in page.content and page["Cache-Control"].startswith("max-age=0")
        assert client.post(there(link), {"outcome": "not_okay"}).status_code == 422
        assert client.post(there(link), {"outcome": "needs_details", "reason": " "}).status_code == 422
        assert MailLink.objects.get().used_at is None, "a refused try uses nothing up"
        assert client.post(there(link), {"outcome": "okay"}).status_code == 200
        again = client.post(there(link), {"outcome": "okay"})
        assert again.status_code == 410 and b"used already" in again.content
    finally:
        real.undo()
    assert Expense.objects.get().review == "okay" and Review.objects.get().by == on.dave
    event = Event.objects.get(verb="expense.reviewed")
    assert event.by == on.dave and event.changes["via"] == "mail"


def test_the_mail_of_a_stage_decides_that_stage_alone(on: Cast) -> None:
    rule(on.dave, *THEN)
    choose_pace(by=on.lena, pace="at_once")
    expense = bought(on.carol)
    sweep_routes(now=NOON)
    link = link_to(expense)
    assert link.approver == on.lena
    decide_by_link(token=link.secret, outcome="okay", reason="", now=NOON)
    assert Expense.objects.get().review == ""
    mail_reviews(now=NOON)
    assert MailLink.objects.filter(approver=on.dave).count() == 1


@pytest.mark.parametrize(
    ("what", "reason"),
    [("coded", "changed"), ("amount", "changed"), ("decided", "changed"), ("asked", "changed"), ("frozen", "changed"),
     ("old", "expired"), ("left", "gone"), ("limit", "amount"), ("off", "amount"), ("role", "changed")],
)  # fmt: skip
def test_a_link_is_about_what_the_mail_showed(on: Cast, what: str, reason: str) -> None:
    expense = bought(on.carol)
    link, now = link_to(expense), NOON
    if what == "coded":
        code_expense(expense=expense, by=on.carol, now=NOON, note="Something else")
    elif what == "amount":
        Expense.objects.filter(pk=expense.pk).update(amount=50_001, lines_total=50_001)
    elif what == "decided":
        say(expense, on.alice)
    elif what == "asked":
        say(expense, on.alice, "needs_details")
    elif what == "frozen":
        freeze(expense)
    elif what == "old":
        now = link.expires_at
    elif what == "left":
        Membership.objects.filter(pk=on.dave.pk).update(status=MembershipStatus.LEFT)
    elif what in ("limit", "off"):
        limit = Money(100, "DKK") if what == "limit" else None
        set_mail_limit(by=on.dave, limit=limit, now=NOON)
    elif what == "role":
        Membership.objects.filter(pk=on.dave.pk).update(role="employee")
    with pytest.raises(LinkClosed) as refused:
        decide_by_link(token=link.secret, outcome="okay", reason="", now=now)
    assert refused.value.params["reason"] == reason and refused.value.message()
    assert not Review.objects.filter(by=on.dave).exists() and MailLink.objects.get().used_at is None


def test_never_over_the_limit_nor_ones_own_money(on: Cast) -> None:
    bought(on.carol, 100_001)
    bought(on.dave, 500)
    assert mail_reviews(now=NOON) == 0 and not MailLink.objects.exists()


def test_guessed_and_broken_tokens_open_nothing(on: Cast, client: Client) -> None:
    link = link_to(bought(on.carol))
    for token in ("x", link.token_hash, str(link.pk), link.secret[:-1], link.secret.upper()):
        with pytest.raises(LinkUnknown):
            decide_by_link(token=token, outcome="okay", reason="", now=NOON)
        assert client.get(reverse("review-by-mail", kwargs={"token": token})).status_code == 404


def test_too_many_tries_wait(on: Cast, client: Client) -> None:
    from django.core.cache import cache

    cache.clear()
    codes = {client.get(reverse("review-by-mail", kwargs={"token": f"x{n}"})).status_code for n in range(70)}
    cache.clear()
    assert codes == {404, 429}


def test_one_mail_a_day_names_them_all(on: Cast) -> None:
    choose_pace(by=on.dave, pace="daily")
    for amount in (100, 200, 300):
        bought(on.carol, amount)
    early = NOON.replace(hour=4)
    assert mail_reviews(now=early) == 0
    assert mail_reviews(now=NOON) == 1 and mail_reviews(now=NOON) == 0
    assert len(re.findall("review/by-mail/", mail.outbox[0].body)) == 3
    bought(on.carol, 400)
    assert mail_reviews(now=NOON) == 0
    assert mail_reviews(now=NOON + timedelta(days=1)) == 1
    assert len(re.findall("review/by-mail/", mail.outbox[1].body)) == 1, "what was mailed is not mailed again"


def test_no_wish_or_no_limit_no_mail(cast: Cast, sign_in: Any) -> None:
    bought(cast.carol)
    assert mail_reviews(now=NOON) == 0
    choose_pace(by=cast.dave, pace="at_once")
    assert mail_reviews(now=NOON) == 0
    with pytest.raises(NotYours):
        choose_pace(by=cast.carol, pace="at_once")
    with pytest.raises(NotYours):
        set_mail_limit(by=cast.bob, limit=Money(1, "DKK"), now=NOON)


def test_the_choice_and_the_limit_on_their_page(cast: Cast, sign_in: Any) -> None:
    url = reverse("review-mails", kwargs={"company": cast.company.slug})
    dave, lena = sign_in(cast.dave), sign_in(cast.lena)
    assert dave.post(url, {"part": "limit", "mail_limit": "-1"}).status_code == 422
    assert dave.post(url, {"part": "limit", "mail_limit": "250,00"}).status_code == 303
    assert lena.post(url, {"part": "limit", "mail_limit": "9"}).status_code == 422
    assert lena.post(url, {"part": "pace", "pace": "hourly"}).status_code == 422
    assert lena.post(url, {"part": "pace", "pace": "daily"}).status_code == 303
    assert ReviewMail.objects.get().pace == "daily"
    assert 'value="250,00"' in dave.get(url).content.decode()
