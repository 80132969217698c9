"""The pages of cards: list, one card, a new one, limits, freeze and thaw, declines."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cards.freeze import freeze
from cards.limits import set_limit
from cards.models import Authorization, Card, Freeze, Interval, Limit
from cards.overview import overview
from events.models import Event
from pleo.lib.money import Money
from tests.cards import play

BASE = "/c/havblik"


def text(response):
    assert response.status_code == 200, response
    return response.content.decode()


def url(card, more=""):
    return f"{BASE}/cards/{card.pk}/{more}"


def test_finance_sees_every_card_and_a_spender_their_own(cast, card, sign_in):
    play.new_card(cast.lena)
    assert text(sign_in(cast.dave).get(f"{BASE}/cards/")).count("data-row") == 2
    assert text(sign_in(cast.carol).get(f"{BASE}/cards/")).count("data-row") == 1
    assert sign_in(cast.bob).get(f"{BASE}/cards/").status_code == 403


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 1),
        ("q=every", 1),
        ("q=carol", 1),
        ("q=nobody", 0),
        ("state=frozen", 0),
        ("state=closed", 0),
        ("state=all", 1),
    ],
)
def test_cards_are_found(cast, card, sign_in, query, rows):
    shown = text(sign_in(cast.dave).get(f"{BASE}/cards/?{query}", headers={"HX-Request": "true"}))
    assert shown.count("data-row") == rows
    assert "<h1" not in shown


@pytest.mark.parametrize("query", ["sort=nonsense", "sort=-created", "state=x", "cursor=x", "q=%00", "q=" + "%25" * 40])
def test_nonsense_in_the_address_never_breaks_the_list(cast, card, sign_in, query):
    text(sign_in(cast.dave).get(f"{BASE}/cards/?{query}"))
    text(sign_in(cast.dave).get(f"{BASE}/declines/?{query}"))


def test_no_cards_yet(cast, sign_in):
    assert "Make the first one" in text(sign_in(cast.dave).get(f"{BASE}/cards/"))
    assert "Finance hands them out" in text(sign_in(cast.carol).get(f"{BASE}/cards/"))


def test_a_page_of_cards_takes_a_handful_of_queries(cast, card, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.dave)
    for _ in range(12):
        play.new_card(cast.lena)
    text(client.get(f"{BASE}/cards/"))
    with django_assert_max_num_queries(20):
        text(client.get(f"{BASE}/cards/"))


def test_the_list_counts_as_one_card_does(cast, card):
    set_limit(card=card, interval=Interval.MONTH, amount=play.kroner(80_000), by=cast.dave)
    set_limit(person=cast.carol, interval=Interval.WEEK, amount=play.kroner(40_000), by=cast.dave)
    play.buy(card, 30_000, occurred_at=timezone.now())
    cards = list(Card.objects.with_frozen().select_related("account", "cardholder", "company"))
    row = overview(cards, timezone.now())[0]
    assert row.left == play.kroner(10_000)
    assert row.fullest.limit.interval == Interval.WEEK
    assert row.fullest.percent == 75
    assert row.last_used
    assert row.state == "active"
    assert overview([], timezone.now()) == []


def test_files_hold_the_cards_and_the_declines(cast, card, sign_in):
    play.buy(card, 10_000_000, occurred_at=timezone.now())
    client = sign_in(cast.dave)
    cards = b"".join(client.get(f"{BASE}/cards/cards.csv").streaming_content).decode()
    assert cards.splitlines()[1].startswith(f"Everyday,{card.last_four},Carol,virtual,active,DKK")
    declines = b"".join(client.get(f"{BASE}/declines/declines.csv").streaming_content).decode()
    assert "Kaffebar Nordhavn,100000.00,DKK,funds,us" in declines


def test_one_card_shows_limits_purchases_declines_and_history(cast, card, sign_in):
    set_limit(card=card, interval=Interval.PURCHASE, amount=play.kroner(20_000), by=cast.dave)
    play.buy(card, 14_800, occurred_at=timezone.now())
    play.buy(card, 30_000, occurred_at=timezone.now())
    shown = text(sign_in(cast.dave).get(url(card)))
    assert "Each purchase" in shown
    assert "Kaffebar Nordhavn" in shown
    assert "over the limit of" in shown
    assert "Issued card" in shown


@pytest.mark.parametrize("who", ["lena_of_no_team", "mallory"])
def test_another_one_s_card_is_not_there(cast, card, sign_in, who):
    person = cast.mallory if who == "mallory" else cast.lena
    if who == "lena_of_no_team":
        cast.team.leads.clear()
    for more in ("", "limits/"):
        assert sign_in(person).get(url(card, more)).status_code in (403, 404)
    assert sign_in(person).post(url(card, "freeze/")).status_code == 404
    assert not Freeze.objects.exists()


def test_a_card_is_made(cast, sign_in):
    client = sign_in(cast.dave)
    key = re.search(r'name="key" value="([^"]+)"', text(client.get(f"{BASE}/cards/new/")))[1]
    data = {
        "cardholder": cast.carol.pk, "name": "Travel", "limit_purchase": "1.000", "limit_month": "8.000,00", "key": key,
    }  # fmt: skip
    response = client.post(f"{BASE}/cards/new/", data)
    assert response.status_code == 303
    card = Card.objects.get()
    assert response["Location"] == url(card)
    assert {limit.interval: limit.amount for limit in Limit.objects.all()} == {"purchase": 100_000, "month": 800_000}
    client.post(f"{BASE}/cards/new/", data)
    assert Card.objects.count() == 1
    assert "Carol has a new card." in text(client.get(url(card)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "   "}, "required"),
        ({"cardholder": ""}, "required"),
        ({"cardholder": "made-up"}, "made-up"),
        ({"limit_month": "much"}, "Write it as"),
        ({"limit_month": "-5"}, "more than zero"),
        ({"limit_purchase": "9" * 25}, "more than anyone can spend"),
        ({"name": "x" * 200}, "at most 60"),
        ({"name": "a\x00b"}, "Null characters"),
        ({"key": "x"}, ""),
    ],
)
def test_a_card_with_something_wrong_is_explained_and_kept(cast, sign_in, changes, says):
    data = {"cardholder": str(cast.carol.pk), "name": "Travel", "key": str(uuid4()), **changes}
    response = sign_in(cast.dave).post(f"{BASE}/cards/new/", data)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert not Card.objects.exists()


def test_an_accountant_or_a_stranger_gets_no_card(cast, sign_in):
    for person in (cast.bob, cast.mallory):
        data = {"cardholder": str(person.pk), "name": "Travel", "key": str(uuid4())}
        assert sign_in(cast.dave).post(f"{BASE}/cards/new/", data).status_code == 422
    assert not Card.objects.exists()


def test_limits_are_set_changed_and_removed(cast, card, sign_in):
    client = sign_in(cast.dave)
    assert client.post(url(card, "limits/"), {"purchase": "500", "month": "8.000,00"}).status_code == 303
    assert client.post(url(card, "limits/"), {"purchase": "500", "month": ""}).status_code == 303
    live = Limit.objects.filter(ended_at=None)
    assert [(limit.interval, limit.amount) for limit in live] == [("purchase", 50_000)]
    assert 'value="500,00"' in text(client.get(url(card, "limits/")))


def test_a_bad_limit_changes_none_of_them(cast, card, sign_in):
    response = sign_in(cast.dave).post(url(card, "limits/"), {"purchase": "500", "month": "lots"})
    assert response.status_code == 422
    assert not Limit.objects.exists()
    assert 'value="lots"' in response.content.decode()


def test_a_spender_cannot_change_limits(cast, card, sign_in):
    assert sign_in(cast.carol).get(url(card, "limits/")).status_code == 403
    assert sign_in(cast.carol).post(url(card, "limits/"), {"month": "1"}).status_code == 403


def test_freeze_and_thaw_undo_each_other(cast, card, sign_in):
    client = sign_in(cast.carol)
    assert client.post(url(card, "freeze/")).status_code == 303
    shown = text(client.get(url(card)))
    assert "Frozen by you" in shown
    assert f'action="{url(card, "thaw/")}"' in shown
    client.post(url(card, "thaw/"))
    assert not Freeze.objects.filter(ended_at=None).exists()
    assert list(Event.objects.filter(subject_id=card.pk, verb__startswith="card.").values_list("verb", flat=True)) == [
        "card.issued", "card.frozen", "card.thawed",
    ]  # fmt: skip


def test_the_holder_cannot_thaw_what_finance_froze(cast, card, sign_in):
    sign_in(cast.dave).post(url(card, "freeze/"), {"reason": "Lost at the fair"})
    response = sign_in(cast.carol).post(url(card, "thaw/"))
    assert response.status_code == 422
    assert "Dave froze this card" in response.content.decode()
    assert "Lost at the fair" in text(sign_in(cast.carol).get(url(card)))


def test_after_a_freeze_one_stays_where_one_was(cast, card, sign_in):
    client = sign_in(cast.carol)
    assert client.post(url(card, "freeze/"), {"next": f"{BASE}/"})["Location"] == f"{BASE}/"
    assert client.post(url(card, "thaw/"), {"next": "https://evil.example/"})["Location"] == url(card)


def test_freezing_takes_a_press_not_a_link(cast, card, sign_in):
    assert sign_in(cast.carol).get(url(card, "freeze/")).status_code == 405


@pytest.fixture
def declined(cast, card):
    set_limit(card=card, interval=Interval.PURCHASE, amount=play.kroner(20_000), by=cast.dave)
    return play.buy(card, 44_000, occurred_at=timezone.now() - timedelta(hours=1))


def test_a_decline_tells_the_rule_and_the_way_out(cast, declined, sign_in):
    shown = text(sign_in(cast.dave).get(f"{BASE}/declines/{declined.pk}/"))
    assert "over the limit of" in shown
    assert "Limit set by Dave" in shown
    assert "Change the limit" in shown
    assert "Card is not frozen" in shown


def test_the_holder_is_told_whom_to_ask(cast, declined, sign_in):
    shown = text(sign_in(cast.carol).get(f"{BASE}/declines/"))
    assert "Ask Dave to raise it." in shown
    assert "Change the limit" not in shown


def test_declines_are_found_and_stay_with_their_company(cast, declined, sign_in):
    assert "Kaffebar" in text(sign_in(cast.dave).get(f"{BASE}/declines/?q=kaffe"))
    assert "No decline matches" in text(sign_in(cast.dave).get(f"{BASE}/declines/?q=zzz"))
    assert "No purchase was declined" in text(sign_in(cast.mallory).get("/c/strandgut/declines/"))
    assert sign_in(cast.mallory).get(f"/c/strandgut/declines/{declined.pk}/").status_code == 404


def test_an_approved_purchase_is_no_decline(cast, card, sign_in):
    approved = play.buy(card, 100, occurred_at=timezone.now())
    assert approved.outcome == "approved"
    assert sign_in(cast.dave).get(f"{BASE}/declines/{approved.pk}/").status_code == 404


def test_a_decline_without_checks_has_words_too(cast, declined, sign_in):
    Authorization.objects.filter(pk=declined.pk).update(checks=[], decline_reason="too_late", decided_by="fallback")
    assert "came too late" in text(sign_in(cast.dave).get(f"{BASE}/declines/{declined.pk}/"))


def test_a_shop_s_name_is_never_markup(cast, declined, sign_in):
    Authorization.objects.filter(pk=declined.pk).update(merchant_name="<script>alert(1)</script>")
    for path in (f"/declines/{declined.pk}/", "/declines/", f"/cards/{declined.card_id}/"):
        assert "<script>alert" not in text(sign_in(cast.dave).get(BASE + path))


def test_money_of_another_currency_is_shown_beside(cast, card, sign_in):
    row = play.buy(card, 10_000_000, merchant_amount=Money(1_300_000, "EUR"), occurred_at=timezone.now())
    assert f'13.000<span class="money__minor">,00</span>{chr(160)}' in text(
        sign_in(cast.dave).get(f"{BASE}/declines/{row.pk}/")
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [("why=limit", 1), ("why=funds", 1), ("why=rest", 1), ("why=rule", 0), ("why=other", 0), ("why=x", 3), ("sort=oldest", 3),
     ("sort=amount", 3), ("sort=amount&cursor=x", 3)],
)  # fmt: skip
def test_declines_are_narrowed_by_why_and_put_in_order(cast, sign_in, query, found):
    play.fund(cast.company, 100_000)
    card = play.new_card(cast.carol)
    play.buy(card, 100_001)
    set_limit(card=card, interval="purchase", amount=play.kroner(5_000), by=cast.dave)
    play.buy(card, 6_000)
    freeze(card=card, by=cast.dave)
    play.buy(card, 700)
    shown = text(sign_in(cast.dave).get(f"{BASE}/declines/?{query}"))
    assert f"{found} of {found}" in shown or (not found and "No decline matches" in shown)
    lines = b"".join(sign_in(cast.dave).get(f"{BASE}/declines/declines.csv?{query}").streaming_content).decode()
    assert lines.count("\r\n") == found + 1
