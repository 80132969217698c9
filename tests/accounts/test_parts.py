"""What cards and expenses show on the pages of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from cards.models import Freeze
from tests.conftest import Cast
from tests.expenses.conftest import make_card

Signer = Callable[..., Client]


def test_the_list_and_the_page_show_cards_to_those_who_may_see_them(cast: Cast, sign_in: Signer) -> None:
    make_card(cast.carol, "4821")
    make_card(cast.carol, "5519")
    people = reverse("people", args=[cast.company.slug])
    page = reverse("person", args=[cast.company.slug, cast.carol.pk])
    finance = sign_in(cast.dave)
    assert 'aria-label="2 cards"' in finance.get(people).content.decode()
    assert "•• 4821" in finance.get(page).content.decode()
    accountant = sign_in(cast.bob)
    assert "paycard--mini" not in accountant.get(people).content.decode()
    assert "•• 4821" not in accountant.get(page).content.decode()
    assert "has not spent anything yet" in accountant.get(page).content.decode()


def test_a_frozen_card_says_so(cast: Cast, sign_in: Signer) -> None:
    card = make_card(cast.carol)
    Freeze.objects.create(company=cast.company, card=card, source="holder", by=cast.carol)
    page = sign_in(cast.dave).get(reverse("person", args=[cast.company.slug, cast.carol.pk])).content.decode()
    assert "paycard--frozen" in page and "Frozen" in page


def test_the_list_asks_for_all_cards_at_once(cast: Cast, sign_in: Signer, django_assert_max_num_queries: Any) -> None:
    for person in Membership.objects.for_company(cast.company):
        make_card(person)
    client, url = sign_in(cast.dave), reverse("people", args=[cast.company.slug])
    client.get(url)
    with django_assert_max_num_queries(18):
        client.get(url)
