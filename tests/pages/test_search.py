"""The palette finds what a person may see, and nothing else."""

import pytest
from django.utils import timezone

from expenses import record_authorization
from tests.cards import play

URL = "/c/havblik/search/"


@pytest.fixture
def purchase(cast):
    play.fund(cast.company, 1_000_000)
    card = play.new_card(cast.carol)
    return record_authorization.record(authorization=play.buy(card, 14_800, occurred_at=timezone.now()))


def found(client, q, **options):
    response = client.get(URL, {"q": q}, **options)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("q", ["kaffebar", "KAFFE nord", "#1", "1", "nordhavn"])
def test_a_purchase_is_found_by_shop_and_number(cast, purchase, sign_in, q):
    assert "Kaffebar Nordhavn" in found(sign_in(cast.dave), q)


def test_people_cards_and_pages_are_found(cast, purchase, sign_in):
    shown = found(sign_in(cast.dave), "carol")
    assert "/people/" in shown
    assert "/cards/" in shown
    assert "/wallet/" in found(sign_in(cast.dave), "wall")
    assert "Everyday" in found(sign_in(cast.dave), purchase.authorization.card.last_four)


def test_a_fragment_for_the_palette(cast, purchase, sign_in):
    shown = found(sign_in(cast.dave), "kaffebar", headers={"HX-Request": "true"})
    assert "<h1" not in shown
    assert 'role="option"' in shown


def test_without_words_the_pages_are_offered(cast, sign_in):
    shown = found(sign_in(cast.dave), "")
    assert "/c/havblik/audit/" in shown
    assert "/c/havblik/audit/" not in found(sign_in(cast.carol), "")


def test_what_may_not_be_seen_is_not_found(cast, purchase, sign_in):
    mine = found(sign_in(cast.carol), "dave")
    assert "/people/" not in mine
    response = sign_in(cast.mallory).get("/c/strandgut/search/", {"q": "kaffebar"})
    assert "Kaffebar Nordhavn" not in response.content.decode()


@pytest.mark.parametrize("q", ["%", "_", "'", "\x00", "<b>", "x" * 500, "#", "#99999999999999999999", "٣", "  "])
def test_nothing_breaks_it(cast, purchase, sign_in, q):
    assert "<b>" not in found(sign_in(cast.dave), q)


def test_nothing_found_says_so(cast, sign_in):
    assert "Nothing found for" in found(sign_in(cast.dave), "zzzz")
