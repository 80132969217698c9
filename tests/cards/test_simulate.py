"""Playing the shop: real signed HTTP to a real server, from the page and from the command line."""

from __future__ import annotations

import socket
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.countries import CURRENCIES
from accounts.models import Company
from cards import scenarios, simulate
from cards.freeze import freeze
from cards.intake import take_in
from cards.limits import set_limit
from cards.models import Authorization, Card, Clearing, Dispute, IssuerMessage
from cards.scenarios import SCENARIOS
from cards.simulate import SHOPS, DoorClosed, DoorRefused, NothingToPlay, NotSimulated
from pleo.lib.money import Money
from tests.cards import play
from tests.cards.play import kroner
from tests.conftest import Cast


@pytest.fixture
def doors(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carry the messages to the doors without a socket; one test below uses a real one."""

    def carry(door: str, document: dict[str, Any], now: Any) -> dict[str, Any]:
        import json

        body = json.dumps(document).encode()
        answer = Client().post(
            f"/issuer/simulator/{door}",
            data=body,
            content_type="application/json",
            headers={simulate.HEADER: simulate.sign(body, now)},
        )
        assert answer.status_code == 200, answer.content
        for row in IssuerMessage.objects.filter(status="received"):
            take_in(message_id=row.pk)
        return answer.json()

    monkeypatch.setattr(simulate, "_post", carry)


def last() -> Authorization:
    found = Authorization.objects.select_related("card", "company").order_by("-created_at", "-id").first()
    assert found is not None
    return found


def test_the_whole_life_of_a_purchase(card: Card, doors: None) -> None:
    reply = simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(4_800))
    assert (reply.is_approved, last().issuer_reference) == (True, reply.reference)
    assert (last().merchant_name, last().channel, last().billing) == ("Kaffebar Nordhavn", "chip", kroner(4_800))
    simulate.clear(authorization=last(), amount=kroner(5_300))
    assert (last().status, Clearing.objects.get().amount) == ("closed", 5_300)
    simulate.refund(authorization=last(), amount=kroner(300))
    assert Clearing.objects.get(kind="refund").authorization == last()
    assert play.wallet(card.company).balance == kroner(95_000)


def test_every_wallet_currency_has_a_pretend_rate() -> None:
    assert set(CURRENCIES) <= set(simulate.RATES)


def test_a_purchase_abroad_is_billed_in_the_wallets_currency(card: Card, doors: None) -> None:
    simulate.buy(card=card, shop=SHOPS["hotel"], amount=Money(10_000, "EUR"))
    assert (last().billing, last().merchant_money) == (kroner(74_600), Money(10_000, "EUR"))
    simulate.clear(authorization=last(), amount=kroner(75_000))
    booked = Clearing.objects.get()
    assert (booked.amount, booked.merchant_money) == (75_000, Money(10_054, "EUR"))


def test_yen_have_no_minor_units(card: Card, doors: None) -> None:
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=Money(1_000, "JPY"))
    assert last().billing == kroner(4_577)


def test_release_and_expiry(card: Card, doors: None) -> None:
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(4_800))
    simulate.reverse(authorization=last(), amount=kroner(800))
    assert last().open_amount == 4_000
    simulate.expire(authorization=last())
    assert (last().status, last().open_amount) == ("expired", 0)
    with pytest.raises(NothingToPlay):
        simulate.reverse(authorization=last())
    with pytest.raises(NothingToPlay):
        simulate.refund(authorization=last())
    simulate.clear(authorization=last())
    assert (last().status, last().cleared_total) == ("closed", 4_800)


def test_money_taken_without_asking(card: Card, doors: None) -> None:
    simulate.force_post(card=card, shop=SHOPS["subscription"], amount=kroner(26_800))
    booked = Clearing.objects.get()
    assert (booked.merchant_name, booked.authorization, booked.amount) == ("Figma", None, 26_800)


def test_a_card_of_a_real_issuer_is_not_played_with(card: Card) -> None:
    card.issuer = "stripe"
    with pytest.raises(NotSimulated):
        simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(100))


def test_nobody_at_the_door_is_a_clear_sentence(card: Card, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.ISSUER_URL = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(DoorClosed, match="did not answer"):
        simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(100))
    with pytest.raises(CommandError, match="did not answer"):
        call_command("simulate", "buy", "--card", card.last_four)


def test_a_door_that_never_answers_is_the_networks_no(
    card: Card, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.SIMULATOR_SECONDS", 0.2)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings.ISSUER_URL = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        started = time.monotonic()
        # The report of the refusal goes to the same deaf door.
        with pytest.raises(DoorClosed):
            simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(100))
        assert time.monotonic() - started < 20


def test_a_timeout_is_reported_as_the_fallback(card: Card, doors: None, monkeypatch: pytest.MonkeyPatch) -> None:
    carry = simulate._post

    def slow(door: str, document: dict[str, Any], now: Any) -> dict[str, Any]:
        answer = carry(door, document, now)
        if door == "authorizations":
            raise TimeoutError
        return answer

    monkeypatch.setattr(simulate, "_post", slow)
    reply = simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(4_800))
    assert (reply.is_approved, reply.is_fallback) == (False, True)
    assert (last().our_answer, last().outcome, last().decided_by) == ("approved", "declined", "fallback")
    assert play.wallet(card.company).reserved == kroner(0)


@pytest.mark.django_db(transaction=True)
def test_over_a_real_socket(cast: Cast, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ISSUER_URL = live_server.url
    # The first request of a process loads the product; this test is about the socket, not about the clock.
    monkeypatch.setattr("django.conf.settings.SIMULATOR_SECONDS", 30)
    play.fund(cast.company, 100_000)
    card = play.new_card(cast.carol)
    assert simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(4_800)).is_approved
    document = simulate.compose(simulate.REQUEST, message_id="x", now=timezone.now())
    with pytest.raises(DoorRefused, match="not_an_object"):
        simulate._post("authorizations", document, timezone.now())


def test_the_command_buys_and_pushes_on(card: Card, doors: None) -> None:
    out = StringIO()
    call_command("simulate", "buy", "--card", card.last_four, "--amount", "48,00", stdout=out)
    assert out.getvalue().startswith("Approved: 48,00\N{NO-BREAK SPACE}kr. at Kaffebar Nordhavn.")
    call_command("simulate", "clear", "--authorization", "last", "--amount", "20,00", "--part", stdout=out)
    assert (last().cleared_total, last().open_amount) == (2_000, 2_800)
    call_command("simulate", "reverse", "--authorization", str(last().pk), stdout=out)
    assert last().open_amount == 0
    call_command("simulate", "refund", "--authorization", last().issuer_reference, stdout=out)
    call_command("simulate", "force", "--card", str(card.pk), "--shop", "fuel", stdout=out)
    assert "Taken without asking: 999,00" in out.getvalue()
    call_command("simulate", "buy", "--card", card.last_four, "--merchant", "Øl & Co", "--mcc", "5813", stdout=out)
    assert (last().merchant_name, last().merchant_category_code) == ("Øl & Co", "5813")


def test_the_command_says_why_not(card: Card, cast: Cast, doors: None) -> None:
    set_limit(card=card, interval="purchase", amount=kroner(1_000), by=cast.dave)
    out = StringIO()
    call_command("simulate", "buy", "--card", card.last_four, "--amount", "48", stdout=out)
    text = out.getvalue().replace("\N{NO-BREAK SPACE}", " ")
    assert "Declined: 48,00 kr." in text
    assert "38,00 kr. over your limit of 10,00 kr. for each purchase. Limit set by Dave on" in text
    assert "Ask Dave to raise it." in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["buy", "--card", "0000x"], "There is no card 0000x."),
        (["buy", "--card", "LAST", "--amount", "four"], "Write it as"),
        (["buy", "--card", "LAST", "--amount", "1,234567"], "Write it as"),
        (["buy", "--card", "LAST", "--currency", "ZZZ"], "knows no rate for ZZZ"),
        (["buy", "--card", "LAST", "--company", "nobody"], "There is no card"),
        (["clear", "--authorization", "last"], "There is no purchase last."),
        (["clear", "--authorization", "x"], "There is no purchase x."),
    ],
)
def test_bad_arguments_are_clear_sentences(card: Card, doors: None, arguments: list[str], sentence: str) -> None:
    arguments = [card.last_four if each == "LAST" else each for each in arguments]
    with pytest.raises(CommandError, match=sentence):
        call_command("simulate", *arguments)
    assert not Authorization.objects.exists()


def test_the_page_buys_and_tells_what_was_said(card: Card, cast: Cast, doors: None, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    here = {"company": cast.company.slug}
    page = client.get(reverse("simulator", kwargs=here))
    assert page.status_code == 200
    values = {"shop": "cafe", "card": str(card.pk), "amount": "48", "currency": "DKK", "act": "buy"}
    answer = client.post(reverse("simulator-purchase", kwargs=here), values)
    assert (answer.status_code, last().billing) == (303, kroner(4_800))
    push = reverse("simulator-push", kwargs=here)
    assert client.post(push, {"authorization": str(last().pk), "act": "settle", "amount": "53,00"}).status_code == 303
    assert last().status == "closed"
    text = client.get(reverse("simulator", kwargs=here)).content.decode()
    assert "Kaffebar Nordhavn" in text
    assert "authorization.request" in text
    assert "6 of 6 checks passed." in text
    assert client.post(push, {"authorization": str(last().pk), "act": "refund", "amount": ""}).status_code == 303
    live = client.get(reverse("simulator-live", kwargs=here), headers={"HX-Request": "true"}).content.decode()
    assert "wallet-now" in live
    assert "<html" not in live


def test_the_page_previews_without_a_trace(card: Card, cast: Cast, sign_in: Any) -> None:
    freeze(card=card, by=cast.alice)
    client = sign_in(cast.dave)
    query = {"shop": "own", "card": str(card.pk), "amount": "48", "currency": "EUR", "merchant": "Øl", "country": "de"}
    url = reverse("simulator", kwargs={"company": cast.company.slug})
    text = client.get(url, query, headers={"HX-Request": "true"}).content.decode()
    assert "358,08" in text
    assert "would be declined" in text
    assert "Frozen by Alice" in text
    assert "<html" not in text
    assert not Authorization.objects.exists()
    assert play.used_by(card, "month") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "four"},
        {"amount": "-5"},
        {"amount": "9" * 60},
        {"amount": "1.234,567"},
        {"card": "nobody"},
        {"card": ""},
        {"shop": "bank"},
        {"currency": "ZZZ"},
        {"category_code": "58"},
        {"country": "Denmark"},
        {"channel": "telepathy"},
        {"merchant": "a\x00b"},
    ],
)
def test_bad_input_on_the_page_is_422(
    card: Card, cast: Cast, doors: None, sign_in: Any, changes: dict[str, str]
) -> None:
    values = {"shop": "cafe", "card": str(card.pk), "amount": "48", "currency": "DKK", "act": "buy"} | changes
    answer = sign_in(cast.dave).post(reverse("simulator-purchase", kwargs={"company": cast.company.slug}), values)
    assert answer.status_code == 422
    assert not Authorization.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"act": "dance"}, {"authorization": "x"}, {"amount": "-1"}, {"authorization": "theirs"}]
)
def test_bad_pushes_on_the_page_are_422(
    card: Card, cast: Cast, doors: None, sign_in: Any, changes: dict[str, str]
) -> None:
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(100))
    values = {"authorization": str(last().pk), "act": "settle"} | changes
    if changes.get("authorization") == "theirs":
        play.fund(cast.other, 10_000)
        theirs = play.buy(play.new_card(cast.mallory), 100)
        values["authorization"] = str(theirs.pk)
    answer = sign_in(cast.dave).post(reverse("simulator-push", kwargs={"company": cast.company.slug}), values)
    assert answer.status_code == 422
    assert not Clearing.objects.exists()


def test_a_purchase_with_nothing_left_says_so(card: Card, cast: Cast, doors: None, sign_in: Any) -> None:
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(100))
    simulate.expire(authorization=last())
    url = reverse("simulator-push", kwargs={"company": cast.company.slug})
    answer = sign_in(cast.dave).post(url, {"authorization": str(last().pk), "act": "release"})
    assert answer.status_code == 422
    assert "nothing left of this purchase" in answer.content.decode()


def test_a_company_with_real_cards_has_no_simulator(card: Card, cast: Cast, sign_in: Any) -> None:
    Company.objects.filter(pk=cast.company.pk).update(issuer="stripe")
    client = sign_in(cast.dave)
    for name, method in [
        ("simulator", "get"),
        ("simulator-live", "get"),
        ("simulator-purchase", "post"),
        ("simulator-push", "post"),
    ]:
        assert getattr(client, method)(reverse(name, kwargs={"company": cast.company.slug})).status_code == 404


# ---- the network beyond the till


def test_every_thing_said_about_a_purchase_flows(card: Card, doors: None) -> None:
    """Each act of the page, the command and the API goes through the door and leaves its trace."""
    from cards.network import OF_PURCHASE

    play.fund(card.company, 1_000_000)
    order = (
        "report", "grow", "advise", "part", "settle", "announce", "refund", "unrefund", "chargeback", "present", "refuse",
    )  # fmt: skip
    simulate.buy(card=card, shop=SHOPS["hotel"], amount=kroner(10_000))
    for act in order:
        OF_PURCHASE[act].play(authorization=last(), amount=kroner(9_000) if act == "part" else None)
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(5_000))
    OF_PURCHASE["release"].play(authorization=last(), amount=kroner(2_000))
    OF_PURCHASE["expire"].play(authorization=last())
    assert set(OF_PURCHASE) == {*order, "release", "expire"}
    assert set(Clearing.objects.values_list("kind", flat=True)) == {
        "purchase", "refund", "refund_reversal", "chargeback", "chargeback_reversal",
    }  # fmt: skip
    assert not IssuerMessage.objects.exclude(status="done").exists()


def test_every_thing_said_about_a_card_flows(card: Card, doors: None) -> None:
    from cards.network import OF_CARD

    told = {key: saying.play(card=card, amount=kroner(1_000)) for key, saying in OF_CARD.items()}
    assert told["inquire"] == kroner(100_000 + 1_000 - 1_000 + 1_000 - 1_000)
    assert told["verify"].is_approved
    kinds = set(IssuerMessage.objects.values_list("kind", flat=True))
    assert {"refund_authorization", "correction_debit", "correction_credit", "unknown", "balance_inquiry"} <= kinds
    assert not IssuerMessage.objects.exclude(status="done").exists()


def test_a_cash_machine_takes_the_money_with_its_fee(card: Card, doors: None) -> None:
    simulate.buy(card=card, shop=SHOPS["cash"], amount=kroner(50_000))
    taken = Clearing.objects.get()
    assert (taken.kind, taken.amount - taken.fee_amount, last().status) == ("cash", 50_000, "closed")
    assert taken.fee_amount == simulate.convert(simulate.CASH_FEE, "DKK").amount


def test_a_till_that_can_takes_a_part(card: Card, doors: None) -> None:
    reply = simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(100_001), takes_part=True)
    assert (reply.is_approved, reply.granted) == (True, kroner(100_000))


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_story_plays_to_its_end(card: Card, cast: Cast, doors: None, name: str) -> None:
    play.fund(card.company, 10_000_000)
    lines = scenarios.play(name=name, card=card, by=cast.carol)
    assert len(lines) >= 1
    assert not IssuerMessage.objects.exclude(status="done").exists()
    if name == "fraud":
        dispute = Dispute.objects.get()
        assert (dispute.status, dispute.credited) == ("credited", 0)
        assert play.wallet(card.company).balance == kroner(10_100_000)
    if name == "twice":
        assert Clearing.objects.count() == 1
    if name == "fuel":
        assert last().cleared_total < last().amount


def test_a_story_ends_where_the_card_says_no(card: Card, cast: Cast, doors: None) -> None:
    freeze(card=card, by=cast.dave)
    with pytest.raises(scenarios.StoryEnds):
        scenarios.play(name="fuel", card=card, by=cast.carol)


def test_days_pass_and_shops_come_for_their_money(card: Card, cast: Cast, doors: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(scenarios, "NEVER", 10**9)
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(1_000))
    simulate.buy(card=card, shop=SHOPS["hotel"], amount=kroner(2_000))
    assert scenarios.pass_day(company=card.company) == scenarios.Passed(1, 0)
    assert Clearing.objects.get().amount == 1_000
    assert [scenarios.pass_day(company=card.company).settled for _ in range(3)] == [0, 1, 0]
    monkeypatch.setattr(scenarios, "NEVER", 1)
    simulate.buy(card=card, shop=SHOPS["cafe"], amount=kroner(3_000))
    assert [scenarios.pass_day(company=card.company).expired for _ in range(7)] == [0] * 6 + [1]
    assert last().status == "expired"


def test_the_page_says_everything(card: Card, cast: Cast, doors: None, sign_in: Any) -> None:
    client = sign_in(cast.alice)

    def press(name: str, **fields: Any) -> Any:
        return client.post(reverse(name, kwargs={"company": card.company.slug}), fields)

    assert press("simulator-say", what="stand_in", card=card.pk, amount="12,00").status_code == 303
    assert last().decided_by == "stand_in"
    assert (
        press("simulator-push", authorization=last().pk, act="more", more="advise", amount="13,00").status_code == 303
    )
    assert last().open_amount == 1_300
    assert press("simulator-push", authorization=last().pk, act="more").status_code == 422
    assert press("simulator-push", authorization=last().pk, act="more", more="unrefund").status_code == 422
    assert press("simulator-story", scenario="fraud", card=card.pk).status_code == 422
    play.fund(card.company, 10_000_000)
    assert press("simulator-story", scenario="fraud", card=card.pk).status_code == 303
    dispute = Dispute.objects.get()
    assert press("simulator-dispute", dispute=dispute.pk, state="won").status_code == 303
    dispute.refresh_from_db()
    assert dispute.status == "won"
    assert press("simulator-dispute", dispute=dispute.pk, state="lost").status_code == 422
    assert press("simulator-day").status_code == 303
    assert press("simulator-say", what="inquire", card=card.pk).status_code == 303
    shown = client.get(reverse("simulator", kwargs={"company": card.company.slug})).content.decode()
    assert "Fraud and dispute" in shown and "Jump one day" in shown


@pytest.mark.parametrize("name", ["simulator-say", "simulator-story", "simulator-day", "simulator-dispute"])
def test_the_new_presses_are_not_there_for_real_cards(cast: Cast, sign_in: Any, name: str) -> None:
    Company.objects.filter(pk=cast.company.pk).update(issuer="stripe")
    assert sign_in(cast.alice).post(reverse(name, kwargs={"company": cast.company.slug})).status_code == 404


def test_the_command_says_everything(card: Card, cast: Cast, doors: None) -> None:
    play.fund(card.company, 10_000_000)
    out = StringIO()
    where = {"stdout": out}
    call_command("simulate", "scenario", "tip", "--card", str(card.pk), **where)
    call_command("simulate", "say", "inquire", "--card", str(card.pk), **where)
    call_command("simulate", "buy", "--card", str(card.pk), "--amount", "100,00", **where)
    call_command("simulate", "grow", "--authorization", "last", "--amount", "10,00", **where)
    call_command("simulate", "day", "--company", card.company.slug, **where)
    said = out.getvalue()
    assert (
        "Settled with the tip" in said and "The balance is" in said and "Approved." in said and "A day passed" in said
    )
    with pytest.raises(CommandError):
        call_command("simulate", **where)
    with pytest.raises(CommandError):
        call_command("simulate", "--soak", "3", "--on", "nobody", **where)
