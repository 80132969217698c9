"""A temporary card whose days are moved: what holds from the next purchase on, and what cannot be moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cards.card_policies import CardClosed
from cards.change_period import change_period
from cards.issue import PeriodWrong, Wish, issue
from cards.models import Card, CardKind
from events.models import Event
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.test_api import caller
from tests.conftest import Cast


@pytest.fixture
def fair(cast: Cast) -> Card:
    """A card for the three days of a fair that begins in a week."""
    play.fund(cast.company, 100_000)
    begin = timezone.now() + timedelta(days=7)
    wish = Wish(kind=CardKind.TEMPORARY, starts_at=begin, ends_at=begin + timedelta(days=3))
    return issue(cardholder=cast.carol, name="Fair", by=cast.dave, wish=wish, limit_total=Money(50_000, "DKK"))


def test_it_works_on_its_new_days_from_the_next_purchase_on(fair: Card, cast: Cast) -> None:
    now = timezone.now()
    assert play.buy(fair, 100, occurred_at=now).decline_reason == "card_period"
    moved = change_period(card=fair, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1), by=cast.dave)
    assert play.buy(moved, 100, occurred_at=now).outcome == "approved"
    change_period(card=fair, starts_at=moved.starts_at, ends_at=moved.ends_at, by=cast.dave)  # type: ignore[arg-type]
    assert Event.objects.filter(verb="card.period_changed").count() == 1, "the same days change nothing"


def test_what_cannot_be_moved(fair: Card, card: Card, cast: Cast) -> None:
    now = timezone.now()
    day = timedelta(days=1)
    for start, end in (
        (now, now - day),
        (now + 2 * day, now + day),
        (now, now + 400 * day),
        (now - 3 * day, now - day),
    ):
        with pytest.raises(PeriodWrong):
            change_period(card=fair, starts_at=start, ends_at=end, by=cast.dave)
    with pytest.raises(WrongState):
        change_period(card=card, starts_at=now, ends_at=now + day, by=cast.dave)
    play.end(fair)
    with pytest.raises(CardClosed):
        change_period(card=fair, starts_at=now, ends_at=now + day, by=cast.dave)


def test_finance_moves_them_on_the_page_and_over_the_api(fair: Card, cast: Cast, sign_in: Any) -> None:
    page = reverse("card-period", kwargs={"company": cast.company.slug, "card_id": fair.pk})
    client, today = sign_in(cast.dave), cast.company.day_of(timezone.now())
    assert client.get(page).status_code == 200
    wrong = client.post(page, {"starts_on": today.isoformat(), "ends_on": (today - timedelta(days=9)).isoformat()})
    assert wrong.status_code == 422 and "ends after it starts" in wrong.content.decode()
    assert client.post(page, {"starts_on": "", "ends_on": "9999-12-31"}).status_code == 422
    last = today + timedelta(days=2)
    assert client.post(page, {"starts_on": today.isoformat(), "ends_on": last.isoformat()}).status_code == 303
    fair.refresh_from_db()
    assert fair.ends_at is not None and cast.company.day_of(fair.ends_at) == last + timedelta(days=1)
    ends = (timezone.now() + timedelta(days=9)).isoformat()
    answer = caller(cast.dave)(
        "put", f"cards/{fair.pk}/period/", {"starts_at": timezone.now().isoformat(), "ends_at": ends}
    )
    assert answer.status_code == 200, answer.content
    assert sign_in(cast.carol).get(page).status_code == 403
