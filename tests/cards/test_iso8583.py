"""A processor that speaks ISO 8583: what its messages say, what we answer, and that no number is kept."""

from __future__ import annotations

import io
import json
import random
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import iso8583
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from iso8583.specs import default_ascii

from accounts.models import Company
from cards.intake import take_in
from cards.iso8583_door import handle
from cards.issue import issue, make, make_wanted
from cards.issuers.base import Answer, Malformed
from cards.issuers.iso8583 import adapter, fields
from cards.issuers.iso8583.adapter import code_of
from cards.issuers.reading import tokenise
from cards.models import Authorization, Card, Clearing, IssuerCopy, IssuerMessage
from cards.register_number import NotACardNumber, NumberTaken, register_number
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards import play
from tests.conftest import Cast

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "iso8583" / "messages.json"
needs_samples = pytest.mark.skipif(not SAMPLES.is_file(), reason="the sample messages are not beside this checkout")
NUMBER = "5413330089010434"
NOW = timezone.now().replace(microsecond=0)
LINE = "CAFE NORDEN             COPENHAGEN   DNK"


@pytest.fixture
def card(cast: Cast, settings: Any) -> Card:
    """Carol's card at the processor; the wallet holds 1.000,00 kr."""
    settings.ISSUERS = ["simulator", "iso8583"]
    Company.objects.filter(pk=cast.company.pk).update(issuer="iso8583")
    cast.carol.company.issuer = "iso8583"
    play.fund(cast.company, 100_000)
    wanted = issue(cardholder=cast.carol, name="Everyday", by=None, now=NOW)
    return register_number(card=wanted, number=NUMBER, expires_month=date(2029, 12, 1), now=NOW)


def sample(name: str) -> dict[str, str]:
    decoded = fields.decode(json.loads(SAMPLES.read_text())[name].encode())
    return decoded


def message(kind: str = "0100", trace: int = 1, amount: int = 12_345, **changes: str | None) -> dict[str, str]:
    """A message of today with the fields of the samples; `f39="00"` adds one, None takes one away."""
    values: dict[str, str | None] = {
        "t": kind,
        "2": NUMBER,
        "3": "000000",
        "4": f"{amount:012}",
        "7": f"{NOW:%m%d%H%M%S}",
        "11": f"{trace:06}",
        "12": f"{NOW:%H%M%S}",
        "13": f"{NOW:%m%d}",
        "14": "2912",
        "18": "5812",
        "19": "208",
        "22": "051",
        "25": "00",
        "32": "123456",
        "37": f"{trace:012}",
        "41": "TERM0001",
        "42": "MERCH0000000001",
        "43": LINE,
        "49": "208",
    }
    values |= {name.removeprefix("f"): value for name, value in changes.items()}
    return {name: value for name, value in values.items() if value is not None}


def original(trace: int = 1, kind: str = "0100") -> str:
    return f"{kind}{trace:06}{NOW:%m%d%H%M%S}{123456:011}{0:011}"


def exchange(sent: dict[str, str], *, waited: float = 0) -> dict[str, str]:
    """Send a message through the wire's form, after it `waited` for a worker, and read the response."""
    frame, _ = iso8583.encode(dict(sent), spec=default_ascii)
    answer, bells = handle(fields.decode(bytes(frame)), bytes(frame), time.monotonic() - waited)
    assert answer is not None
    for bell in bells:
        bell()
    for row in IssuerMessage.objects.filter(status="received"):
        take_in(message_id=row.pk)
    decoded, _ = iso8583.decode(answer, spec=default_ascii)
    return dict(decoded)


# ---------------------------------------------------------------- the samples


@needs_samples
@pytest.mark.parametrize(
    ("request_name", "response_name"),
    [
        ("0120 stand-in advice", "0130 advice response"),
        ("0400 reversal request", "0410 reversal response"),
        ("0420 partial reversal advice", "0430 reversal advice response"),
        ("0800 echo", "0810 echo response"),
    ],
)
def test_a_response_repeats_what_it_must(request_name: str, response_name: str) -> None:
    answer = fields.respond(sample(request_name), "00")
    assert answer.decode() == json.loads(SAMPLES.read_text())[response_name]


@needs_samples
def test_the_answers_to_a_purchase_are_the_samples() -> None:
    asked = sample("0100 authorization request")
    texts = json.loads(SAMPLES.read_text())
    assert fields.respond(asked, "00", f38="A1B2C3").decode() == texts["0110 approved"]
    assert fields.respond(asked, "51").decode() == texts["0110 declined insufficient funds"]


@needs_samples
def test_a_purchase_is_read() -> None:
    now = datetime(2026, 11, 20, 6, 30, 5, tzinfo=UTC)
    asked = adapter.parse_request(fields.document_of(sample("0100 authorization request"), now=now))
    assert asked.card_reference == tokenise(NUMBER)["token"]
    assert (asked.amount, asked.merchant_amount, asked.channel) == (Money(12_345, "DKK"), Money(12_345, "DKK"), "chip")
    shop = asked.merchant
    assert (shop.name, shop.city, shop.country, shop.category_code) == ("CAFE NORDEN", "COPENHAGEN", "DK", "5812")
    assert asked.occurred_at == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


@needs_samples
def test_a_reversal_speaks_of_its_purchase() -> None:
    now = datetime(2026, 11, 20, 6, 31, tzinfo=UTC)
    asked = adapter.parse_request(fields.document_of(sample("0100 authorization request"), now=now))
    full = adapter.parse_message(fields.document_of(sample("0400 reversal request"), now=now))
    part = adapter.parse_message(fields.document_of(sample("0420 partial reversal advice"), now=now))
    stand_in = adapter.parse_message(fields.document_of(sample("0120 stand-in advice"), now=now))
    assert full.authorization_reference == part.authorization_reference == asked.reference
    assert (full.kind, full.amount, part.amount) == ("reversal", None, Money(12_345 - 5_000, "DKK"))
    assert (stand_in.kind, stand_in.outcome, stand_in.decided_by) == ("authorization", "approved", "stand_in")


@needs_samples
def test_every_sample_is_read_or_refused_with_its_place() -> None:
    for name in json.loads(SAMPLES.read_text()):
        try:
            decoded = sample(name)
        except fields.Garbage:
            assert name[:4] in {"0110", "0130", "0410", "0430", "0810"}, name
            continue
        assert "13330089010434" not in json.dumps(fields.document_of(decoded, now=NOW))


# ---------------------------------------------------------------- a card's life


def test_a_purchase_from_question_to_money(card: Card) -> None:
    answer = exchange(message())
    assert (answer["t"], answer["39"], len(answer["38"])) == ("0110", "00", 6)
    assert Authorization.objects.get().open_amount == 12_345
    cleared = exchange(message("0220", 9, 13_000, f90=original()))
    assert (cleared["t"], cleared["39"]) == ("0230", "00")
    authorization = Authorization.objects.get()
    assert (authorization.status, authorization.cleared_total, authorization.open_amount) == ("closed", 13_000, 0)
    assert play.wallet(card.company).balance.amount == 87_000


def test_the_same_question_twice_gets_the_same_answer_and_one_hold(card: Card) -> None:
    first, again, repeat = exchange(message()), exchange(message()), exchange(message("0101"))
    assert first == again == repeat
    assert (Authorization.objects.count(), play.wallet(card.company).available.amount) == (1, 87_655)


def test_a_question_that_waited_too_long_for_a_worker_is_a_no(card: Card, settings: Any) -> None:
    settings.DECISION_SECONDS = 1.5
    assert exchange(message(), waited=1.6)["39"] == "91"
    authorization = Authorization.objects.get()
    assert (authorization.our_answer, authorization.open_amount) == ("late", 0)
    assert play.wallet(card.company).available.amount == 100_000


def test_two_equal_purchases_are_two(card: Card) -> None:
    exchange(message(trace=1))
    exchange(message(trace=2))
    assert (Authorization.objects.count(), play.wallet(card.company).available.amount) == (2, 75_310)


def test_a_no_has_the_processors_number(card: Card, cast: Cast) -> None:
    assert exchange(message(amount=100_001))["39"] == "51"
    assert exchange(message(trace=2, f2="4242424242424242"))["39"] == "14"
    assert exchange(message(trace=3, f3="990000"))["39"] == "30"
    assert IssuerMessage.objects.filter(status="failed").count() == 2


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("funds", "51"),
        ("limit_month", "61"),
        ("control_country", "57"),
        ("card_unknown", "14"),
        ("not_frozen", "62"),
        ("too_late", "91"),
        ("something_new", "05"),
    ],
)
def test_every_reason_has_a_number(reason: str, code: str) -> None:
    assert code_of(Answer(reference="a", is_approved=False, reason=reason)) == code


def test_a_reversal_gives_back_once_however_often_it_comes(card: Card) -> None:
    exchange(message())
    for kind, trace in (("0400", 2), ("0401", 2), ("0420", 3), ("0421", 3)):
        assert exchange(message(kind, trace, f90=original()))["39"] == "00"
    authorization = Authorization.objects.get()
    assert (authorization.status, play.wallet(card.company).available.amount) == ("reversed", 100_000)
    assert IssuerMessage.objects.count() == 1


def test_a_reversal_in_part_leaves_what_stays(card: Card) -> None:
    exchange(message())
    exchange(message("0420", 2, f90=original(), f95=f"{5000:012}" + "0" * 30))
    assert Authorization.objects.get().open_amount == 5000


def test_more_on_top_is_decided_and_counted_once(card: Card) -> None:
    exchange(message(amount=60_000))
    more = message(trace=2, amount=20_000, f90=original())
    first, repeat = exchange(more), exchange(more | {"t": "0101"})
    assert first == repeat and first["39"] == "00"
    authorization = Authorization.objects.get()
    assert (authorization.open_amount, play.wallet(card.company).available.amount) == (80_000, 20_000)
    assert exchange(message(trace=3, amount=20_001, f90=original()))["39"] == "51"
    assert Authorization.objects.get().open_amount == 80_000, "a no takes nothing away"
    exchange(message("0220", 9, 79_000, f90=original()))
    assert play.wallet(card.company).balance.amount == 21_000


def test_more_is_given_back_in_part_in_any_order(card: Card) -> None:
    exchange(message(amount=10_000))
    exchange(message(trace=2, amount=5_000, f90=original()))
    exchange(message("0420", 3, 15_000, f90=original(), f95=f"{12_000:012}" + "0" * 30))
    assert Authorization.objects.get().open_amount == 12_000
    exchange(message("0420", 4, 12_000, f90=original(), f95=f"{7_000:012}" + "0" * 30))
    assert Authorization.objects.get().open_amount == 7_000
    assert play.wallet(card.company).available.amount == 93_000


def test_more_on_a_purchase_that_nobody_knows_is_declined(card: Card) -> None:
    assert exchange(message(trace=2, amount=5_000, f90=original(7)))["39"] != "00"
    assert play.wallet(card.company).available.amount == 100_000


@pytest.mark.parametrize("additional", ["R6105100005", "6101" + "1", "R2001S" + "61051" + "0000"])
def test_a_till_that_takes_less_gets_what_there_is(card: Card, additional: str) -> None:
    answer = exchange(message(amount=120_000, f48=additional))
    assert (answer["39"], answer["4"], len(answer["38"])) == ("10", f"{100_000:012}", 6)
    assert Authorization.objects.get().open_amount == 100_000
    assert exchange(message("0101", amount=120_000, f48=additional)) == answer
    exchange(message("0220", 9, 100_000, f90=original()))
    assert play.wallet(card.company).balance.amount == 0


def test_less_of_a_foreign_purchase_is_said_in_both_currencies(card: Card) -> None:
    answer = exchange(message(amount=20_000, f6=f"{150_000:012}", f10="67500000", f49="978", f51="208", f48="R61051"))
    assert (answer["39"], answer["4"], answer["6"]) == ("10", f"{13_333:012}", f"{100_000:012}")


@pytest.mark.parametrize(
    "additional", ["", "R", "R61", "R6105", "R61050", "R61xx1", "61001", "R9999", "R2001S", "\u0661"]
)
def test_a_till_that_does_not_say_so_gets_all_or_nothing(card: Card, additional: str) -> None:
    assert not fields.takes_less(additional)


def test_what_else_field_48_says_is_not_kept(card: Card) -> None:
    exchange(message(amount=120_000, f48="R4310secret0001" + "61051" + "0000"))
    kept = json.dumps([row.raw for row in IssuerMessage.objects.all()], default=str)
    assert "secret" not in kept


@needs_samples
def test_the_sample_purchase_grows_and_shrinks(card: Card) -> None:
    """The samples' own purchase, of today: approved, raised, given back in part."""
    today = {"7": f"{NOW:%m%d%H%M%S}", "12": f"{NOW:%H%M%S}", "13": f"{NOW:%m%d}"}
    asked = {
        name: value for name, value in sample("0100 authorization request").items() if name not in ("p", "bm")
    } | today
    assert exchange(asked)["39"] == "00"
    first = f"0100{asked['11']}{asked['7']}{int(asked['32']):011}{0:011}"
    assert exchange(asked | {"11": "000077", "4": f"{655:012}", "90": first})["39"] == "00"
    assert Authorization.objects.get().open_amount == 13_000
    back = {
        name: value for name, value in sample("0420 partial reversal advice").items() if name not in ("p", "bm")
    } | today
    assert exchange(back | {"90": first, "4": f"{13_000:012}"})["39"] == "00"
    assert Authorization.objects.get().open_amount == 5000


def test_a_reversal_before_its_purchase_waits_for_it(card: Card) -> None:
    assert exchange(message("0420", 2, f90=original()))["39"] == "00"
    exchange(message("0120", 1, f38="S1B2C3", f39="00"))
    assert Authorization.objects.get().open_amount == 0


def test_a_stand_in_cannot_be_refused(card: Card) -> None:
    assert exchange(message("0120", 1, 150_000, f38="S1B2C3", f39="00"))["39"] == "00"
    assert exchange(message("0121", 1, 150_000, f38="S1B2C3", f39="00"))["39"] == "00"
    assert play.wallet(card.company).available.amount == -50_000
    exchange(message("0120", 2, 700, f39="51"))
    assert Authorization.objects.get(amount=700).outcome == "declined"


def test_cash_is_taken_at_once_and_comes_back_when_the_machine_fails(card: Card) -> None:
    assert exchange(message("0200", 1, 20_000, f3="010000", f18="6011"))["39"] == "00"
    assert Clearing.objects.get().kind == "cash"
    assert play.wallet(card.company).balance.amount == 80_000
    exchange(message("0420", 2, 20_000, f3="010000", f90=original(1, "0200")))
    assert play.wallet(card.company).balance.amount == 100_000


def test_a_refund_is_announced_and_then_paid(card: Card) -> None:
    assert exchange(message("0100", 1, 500, f3="200000"))["39"] == "00"
    assert play.wallet(card.company).available.amount == 100_000
    assert exchange(message("0220", 2, 500, f3="200000"))["39"] == "00"
    assert play.wallet(card.company).balance.amount == 100_500


def test_a_balance_is_told(card: Card) -> None:
    answer = exchange(message(amount=0, f3="300000"))
    assert (answer["39"], answer["54"]) == ("00", "0002208C000000100000")


def test_a_foreign_purchase_is_billed_in_the_cards_currency(card: Card) -> None:
    asked = message(amount=1_000, f49="978", f6=f"{7_460:012}", f10="47460000", f51="208")
    assert exchange(asked)["39"] == "00"
    authorization = Authorization.objects.get()
    assert (authorization.billing, authorization.merchant_money) == (Money(7_460, "DKK"), Money(1_000, "EUR"))
    exchange(
        message("0420", 2, 1_000, f49="978", f6=f"{7_460:012}", f51="208", f90=original(), f95=f"{500:012}" + "0" * 30)
    )
    authorization.refresh_from_db()
    assert authorization.open_amount == 3_730


def test_another_currency_than_the_wallets_is_declined_or_kept(card: Card) -> None:
    assert exchange(message(f49="978"))["39"] != "00"
    assert exchange(message("0220", 2, f49="978"))["39"] == "00"
    assert IssuerMessage.objects.get(kind="single_message").status == "failed"
    assert play.wallet(card.company).balance.amount == 100_000


# ---------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"f4": "99999999999x"}, "4"),
        ({"f4": "9" * 12, "f49": "000"}, "49"),
        ({"f7": "1399999999"}, "7"),
        ({"f7": "0229250000"}, "7"),
        ({"f2": None}, "2"),
        ({"f4": None}, "4"),
        ({"f49": None}, "49"),
        ({"f49": "959"}, "49"),
        ({"f32": None}, "32"),
        ({"f11": "ABCDEF"}, "11"),
        ({"f2": "54133300890104AB"}, "2"),
    ],
)
@pytest.mark.parametrize("kind", ["0100", "0120", "0220"])
def test_a_field_that_makes_no_sense_is_a_format_error(
    card: Card, kind: str, changes: dict[str, Any], where: str
) -> None:
    assert exchange(message(kind, **changes))["39"] == "30"
    row = IssuerMessage.objects.get()
    assert (row.status, row.last_error["where"]) == ("failed", where)
    assert (play.wallet(card.company).balance.amount, Authorization.objects.count()) == (100_000, 0)


def test_a_reversal_of_nothing_is_a_format_error(card: Card) -> None:
    assert exchange(message("0420", 2))["39"] == "30"
    assert exchange(message("0420", 3, f90=original(), f95=f"{99_999:012}" + "0" * 30))["39"] == "30"


def test_unknown_shops_and_codes_do_no_harm(card: Card) -> None:
    odd = message(f43="\x01" * 40, f18="0000", f19="999", f22="999", f42=" " * 15)
    assert exchange(odd)["39"] == "00"
    assert Authorization.objects.get().channel == "other"


def test_random_bytes_are_garbage_and_nothing_worse() -> None:
    dice = random.Random(8583)
    good, _ = iso8583.encode(message(), spec=default_ascii)
    for round_ in range(2_000):
        frame = bytearray(good) if round_ % 2 else bytearray(dice.randbytes(dice.randrange(0, 300)))
        for _ in range(dice.randrange(1, 6)):
            if frame:
                frame[dice.randrange(len(frame))] = dice.randrange(256)
        try:
            decoded = fields.decode(bytes(frame[: dice.randrange(len(frame) + 1)]) if round_ % 3 else bytes(frame))
            document = fields.document_of(decoded, now=NOW)
            if adapter.is_request(document):
                adapter.parse_request(document)
            else:
                adapter.parse_message(document)
        except (fields.Garbage, Malformed):
            continue


def test_what_is_private_never_leaves_the_decoder() -> None:
    secrets = {
        "f35": f"{NUMBER}=2912",
        "f52": "0123456789ABCDEF",
        "f55": "9F2608",
        "f48": NUMBER,
        "f45": NUMBER,
        "f120": NUMBER,
    }
    document = fields.document_of(message(**secrets), now=NOW)
    kept = json.dumps(document)
    assert NUMBER not in kept and "0123456789ABCDEF" not in kept and "9F2608" not in kept
    assert document["card"] == tokenise(NUMBER)


# ---------------------------------------------------------------- registering


def test_a_card_waits_for_its_number_without_asking_again_and_again(cast: Cast, settings: Any) -> None:
    settings.ISSUERS = ["simulator", "iso8583"]
    cast.carol.company.issuer = "iso8583"
    wanted = issue(cardholder=cast.carol, name="Everyday", by=cast.dave, now=NOW)
    with patch("cards.issue.connection", in_atomic_block=False):
        assert make(card=wanted, now=NOW).state == "issuing"
        assert make_wanted(now=NOW + timedelta(minutes=5)) == 0
    assert IssuerCopy.objects.get().refused == "not_registered"


@pytest.mark.parametrize("number", ["", "1234", "5413330089010435", "54133300890104AB", "5" * 25])
def test_what_is_no_number_is_refused(card: Card, cast: Cast, number: str) -> None:
    wanted = issue(cardholder=cast.carol, name="Second", by=None, now=NOW)
    with pytest.raises(NotACardNumber):
        register_number(card=wanted, number=number, expires_month=date(2029, 12, 1))


def test_a_number_belongs_to_one_card(card: Card, cast: Cast) -> None:
    wanted = issue(cardholder=cast.carol, name="Second", by=None, now=NOW)
    with pytest.raises(NumberTaken):
        register_number(card=wanted, number=NUMBER, expires_month=date(2029, 12, 1))
    with pytest.raises(WrongState):
        register_number(card=card, number="4242424242424242", expires_month=date(2029, 12, 1))


def test_the_command_reads_the_number_from_a_pipe(card: Card, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = issue(cardholder=cast.carol, name="Second", by=None, now=NOW)
    monkeypatch.setattr("sys.stdin", io.StringIO("4242 4242 4242 4242\n"))
    said = io.StringIO()
    call_command("register_card", str(wanted.pk), expires="2029-11", stdout=said)
    wanted.refresh_from_db()
    assert (wanted.state, wanted.last_four, wanted.expires_month) == ("active", "4242", date(2029, 11, 1))
    assert "4242 4242" not in said.getvalue()
    with pytest.raises(CommandError):
        call_command("register_card", str(wanted.pk), expires="soon", stdout=said)
