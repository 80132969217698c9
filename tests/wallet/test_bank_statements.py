"""Statements brought in: what matches itself, what waits, what was known, and that nothing is ever booked twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from events.models import Event, Notification
from pleo.lib.errors import WrongState
from tests.cards.play import NOON, kroner, wallet
from tests.cards.test_api import caller
from tests.conftest import Cast
from tests.receipts.conftest import fetch
from tests.wallet.bank_files import Booking, camt, swift, upload
from tests.wallet.test_money_in_and_out import announced
from tests.wallet.test_sub_wallets import opened
from wallet.check_ledger import check_ledger
from wallet.ignore_line import ignore_line
from wallet.import_statement import import_statement
from wallet.match_line import match_line
from wallet.match_new import match_left
from wallet.models import BankLine, BankStatement, LineStatus, TopUp, Transfer
from wallet.read_statement import read_statement
from wallet.reference import structured
from wallet.return_top_up import ReasonMissing, return_top_up
from wallet.signals import debit_lines_read
from wallet.statements import StatementUnreadable, read
from wallet.undo_line import undo_line

BASE = "/c/havblik/wallet/bank"


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process: starting another for each test would take most of their time."""
    monkeypatch.setattr("wallet.read_statement.read_bounded", lambda path: read(path.read_bytes()))


def bring_in(cast: Cast, data: bytes) -> BankStatement:
    row = import_statement(by=cast.dave, file=upload(data), now=NOON)
    read_statement(statement_id=row.pk, now=NOON)
    row.refresh_from_db()
    return row


def statuses() -> list[str]:
    return list(BankLine.objects.order_by("statement__number", "part", "position").values_list("status", flat=True))


def code(cast: Cast) -> str:
    return wallet(cast.company).top_up_reference


def test_a_line_with_our_reference_becomes_a_top_up(cast: Cast) -> None:
    sub = opened(cast)
    row = bring_in(
        cast,
        camt(
            [
                Booking("250.00", f"Top-up {code(cast)}", ref="R1"),
                Booking("40.00", "", ref="R2", structured=structured(sub.top_up_reference)),
                Booking("7.00", "Thank you", ref="R3"),
                Booking("-75.50", "Rent", ref="R4"),
            ]
        ),
    )
    assert (row.status, row.line_count) == ("read", 4)
    assert row.parts[0]["verified"] and row.parts[0]["opening"] == [10_000, "DKK"]
    assert statuses() == ["matched", "matched", "waiting", "outgoing"]
    assert wallet(cast.company).balance == kroner(25_000)
    assert TopUp.objects.get(account=sub).money == kroner(4_000)
    assert Event.objects.filter(verb="bank_line.waiting").exists()
    assert check_ledger() == []


def test_the_same_statement_twice_changes_nothing(cast: Cast) -> None:
    data = camt([Booking("250.00", code(cast), ref="R1"), Booking("7.00", "Thank you")])
    first = bring_in(cast, data)
    assert bring_in(cast, data) == first
    assert BankStatement.objects.count() == 1
    assert read_statement(statement_id=first.pk, now=NOON) is None
    assert wallet(cast.company).balance == kroner(25_000)


@pytest.mark.parametrize("ref", ["R1", ""], ids=["with the bank's reference", "without"])
def test_overlapping_statements_book_each_line_once(cast: Cast, ref: str) -> None:
    shared = [Booking("250.00", code(cast), ref=ref), Booking("250.00", code(cast), ref=ref and "R2")]
    bring_in(cast, camt([Booking("1.00", "Old", day="2026-11-17"), *shared], opening="5.00"))
    bring_in(cast, camt([*shared, Booking("9.00", code(cast), day="2026-11-19")], name="S-2", version="02"))
    assert statuses() == ["waiting", "matched", "matched", "repeated", "repeated", "matched"]
    assert wallet(cast.company).balance == kroner(50_900)
    assert check_ledger() == []


def test_the_advice_and_the_statement_of_one_payment_are_one(cast: Cast) -> None:
    line = [Booking("250.00", code(cast), ref="R1")]
    bring_in(cast, camt(line, kind="054"))
    bring_in(cast, camt(line))
    bring_in(cast, swift(line))
    assert statuses() == ["matched", "repeated", "repeated"]
    assert wallet(cast.company).balance == kroner(25_000)


def test_one_payment_in_two_forms_without_a_common_reference_waits_for_a_person(cast: Cast) -> None:
    bring_in(cast, camt([Booking("250.00", code(cast), ref="R1")]))
    bring_in(cast, swift([Booking("250.00", code(cast))]))
    assert statuses() == ["matched", "waiting"]
    assert BankLine.objects.get(status="waiting").looks_like == BankLine.objects.get(status="matched")
    assert wallet(cast.company).balance == kroner(25_000)


def test_two_payments_of_one_amount_in_one_form_are_two(cast: Cast) -> None:
    bring_in(cast, camt([Booking("250.00", code(cast), ref="R1")]))
    bring_in(cast, camt([Booking("250.00", code(cast), ref="R2")], name="S-2"))
    assert statuses() == ["matched", "matched"]
    assert wallet(cast.company).balance == kroner(50_000)


def test_an_announced_amount_of_a_known_payer_is_certain(cast: Cast) -> None:
    announced(cast, 30_000)
    bring_in(cast, camt([Booking("300.00", "no reference", ref="R1")]))
    assert statuses() == ["waiting"]
    match_line(line=BankLine.objects.get(), account=wallet(cast.company), by=cast.dave, now=NOON)
    announced(cast, 40_000)
    bring_in(cast, camt([Booking("400.00", "again none", ref="R2")], name="S-2"))
    assert statuses() == ["matched", "matched"]
    assert BankLine.objects.get(bank_reference="R2").how == "amount"
    assert not TopUp.objects.filter(status="pending").exists()


@pytest.mark.parametrize(
    "text",
    ["PLEO-AAAAAAAA", "two codes", "", "wrong check"],
)
def test_what_is_not_certain_waits(cast: Cast, text: str) -> None:
    own = code(cast)
    written = {
        "two codes": f"{own} {opened(cast).top_up_reference}", "wrong check": structured(own)[:2] + "00" + structured(own)[4:]
    }.get(text, text)  # fmt: skip
    bring_in(cast, camt([Booking("5.00", written, ref="R1")]))
    assert statuses() == ["waiting"]


def test_another_companys_reference_and_another_currency_wait(cast: Cast) -> None:
    bring_in(cast, camt([Booking("5.00", wallet(cast.other).top_up_reference)]))
    bring_in(cast, camt([Booking("5.00", code(cast))], currency="EUR", name="S-2"))
    assert statuses() == ["waiting", "waiting"]
    assert not Transfer.objects.exists()


def test_matched_by_hand_undone_and_matched_elsewhere(cast: Cast) -> None:
    sub = opened(cast)
    bring_in(cast, camt([Booking("5.00", "Hello", ref="R1")]))
    line = BankLine.objects.get()
    match_line(line=line, account=sub, by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        match_line(line=line, account=sub, by=cast.dave, now=NOON)
    undo_line(line=line, by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        undo_line(line=line, by=cast.dave, now=NOON)
    match_line(line=line, account=wallet(cast.company), by=cast.dave, now=NOON)
    assert (wallet(cast.company).balance, TopUp.objects.count()) == (kroner(500), 2)
    sub.refresh_from_db()
    assert sub.balance == kroner(0)
    return_top_up(top_up=line.top_up, reason="Recalled", now=NOON)
    with pytest.raises(WrongState):
        undo_line(line=line, by=cast.dave, now=NOON)
    line.refresh_from_db()
    assert line.status == "matched"
    assert check_ledger() == []


def test_ignored_with_a_reason_and_taken_up_again(cast: Cast) -> None:
    bring_in(cast, camt([Booking("5.00", "Deposit", ref="R1")]))
    line = BankLine.objects.get()
    with pytest.raises(ReasonMissing):
        ignore_line(line=line, reason=" ", by=cast.dave, now=NOON)
    ignore_line(line=line, reason="Rent deposit", by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        ignore_line(line=line, reason="Again", by=cast.dave, now=NOON)
    bring_in(cast, camt([Booking("5.00", "Deposit", ref="R1"), Booking("1.00", "New")], name="S-2"))
    assert statuses() == ["ignored", "repeated", "waiting"]
    undo_line(line=line, by=cast.dave, now=NOON)
    assert line.status == "waiting" and line.reason == ""


def test_a_file_that_cannot_be_trusted_fails_and_books_nothing(cast: Cast) -> None:
    row = bring_in(cast, camt([Booking("250.00", code(cast))], closing="1.00"))
    assert (row.status, row.last_error["code"]) == ("failed", "balance")
    assert not BankLine.objects.exists() and not TopUp.objects.exists()
    for data, limit in ((b"", 100), (b"x" * 101, 100)):
        with pytest.raises(StatementUnreadable), pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.STATEMENT_MAX_BYTES", limit)
            import_statement(by=cast.dave, file=upload(data), now=NOON)


class Gone:
    """A storage that does not answer."""

    def save(self, *_: Any) -> str:
        raise OSError("no route to host")

    def open(self, *_: Any) -> Any:
        raise OSError("no route to host")


def test_a_storage_that_is_down_is_told_and_waited_for(cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    client, now = sign_in(cast.dave), NOON
    row = import_statement(by=cast.dave, file=upload(camt([Booking("250.00", code(cast))])), now=now)
    with monkeypatch.context() as broken:
        broken.setattr("pleo.lib.files.default_storage", Gone())
        page = client.post(f"{BASE}/", {"file": upload(camt([Booking("1.00", "other")]))})
        for _ in range(7):
            read_statement(statement_id=row.pk, now=now)
            now += timedelta(hours=1)
    assert page.status_code == 422 and "Files cannot be stored at the moment" in page.content.decode()
    row.refresh_from_db()
    assert (row.status, row.last_error) == ("waiting", {"code": "storage_down"})
    read_statement(statement_id=row.pk, now=now)
    assert statuses() == ["matched"]
    assert BankStatement.objects.count() == 1


def test_a_worker_that_died_between_lines_and_matches(cast: Cast) -> None:
    bring_in(cast, camt([Booking("250.00", "Hello", ref="R1")]))
    BankLine.objects.update(status=LineStatus.NEW, text=code(cast))
    match_left(now=NOON)
    assert statuses() == ["new"]
    match_left(now=NOON.replace(year=2030))
    assert statuses() == ["matched"]
    match_left(now=NOON.replace(year=2030))
    assert wallet(cast.company).balance == kroner(25_000)


def test_outgoing_lines_are_announced_once(cast: Cast) -> None:
    heard: list[Any] = []

    def listen(sender: Any, statement: BankStatement, **_: Any) -> None:
        rows = statement.lines.filter(status=LineStatus.OUTGOING).order_by("position")
        heard.extend(rows.values_list("end_to_end_id", "amount", "counterparty"))

    debit_lines_read.connect(listen)
    try:
        line = Booking("-75.50", "Pay", ref="R1", payer="Freja", end_to_end="RUN-1-3")
        bring_in(cast, camt([line]))
        bring_in(cast, camt([line, Booking("1.00", "x")], name="S-2"))
    finally:
        debit_lines_read.disconnect(listen)
    assert heard == [("RUN-1-3", 7_550, "Freja")]


def test_finance_hears_of_lines_that_wait(cast: Cast) -> None:
    from django.utils import timezone

    row = import_statement(by=cast.dave, file=upload(camt([Booking("5.00", "Hello")])), now=timezone.now())
    read_statement(statement_id=row.pk, now=timezone.now())
    told = set(Notification.objects.filter(event__verb="bank_line.waiting").values_list("membership", flat=True))
    assert told == {cast.alice.pk, cast.dave.pk}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": "matched"}, {"status": "ignored"}, {"status": "lost"}, {"amount": -1}, {"direction": "up"}, {"currency": "kr"},
        {"line_key": "other"}, {"position": 1},
    ],
)  # fmt: skip
def test_the_database_refuses_a_wrong_line(cast: Cast, fault: dict[str, Any]) -> None:
    bring_in(cast, camt([Booking("5.00", "One", ref="R1"), Booking("5.00", "Two", ref="R2")]))
    one, two = BankLine.objects.order_by("position")
    values = {"line_key": two.line_key} if "line_key" in fault else fault
    with pytest.raises(IntegrityError), transaction.atomic():
        BankLine.objects.filter(pk=one.pk).update(**values)


def test_the_database_keeps_a_file_once(cast: Cast) -> None:
    row = bring_in(cast, camt([]))
    with pytest.raises(IntegrityError), transaction.atomic():
        BankStatement.objects.create(company=cast.company, by=cast.dave, number=9, key="x", sha256=row.sha256, size=1)


def test_pages(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    data = camt([Booking("250.00", code(cast), ref="R1"), Booking("7.00", "Thank you", ref="R2", payer="Nordlyd")])
    at = client.post(f"{BASE}/", {"file": upload(data, "nov<b>.xml")})["Location"]
    assert "Reading the file" in client.get(at).content.decode()
    row = BankStatement.objects.get()
    read_statement(statement_id=row.pk, now=NOON)
    page = client.get(at).content.decode()
    assert (
        "Adds up" in page and "1 line waits" in page and "Nordlyd" in page and "<b>" not in page.split("<main")[1][:900]
    )
    line = BankLine.objects.get(status="waiting")
    assert "Nordlyd" in client.get(f"{BASE}/lines/?q=nordlyd&status=waiting&sort=-amount").content.decode()
    assert "No line matches" in client.get(f"{BASE}/lines/?q=made+up").content.decode()
    assert client.post(f"{BASE}/lines/{line.pk}/ignore/", {"reason": ""}).status_code == 422
    assert client.post(f"{BASE}/lines/{line.pk}/ignore/", {"reason": "Not ours"}).status_code == 303
    assert client.post(f"{BASE}/lines/{line.pk}/undo/").status_code == 303
    assert "It is a top-up" in client.get(f"{BASE}/lines/{line.pk}/").content.decode()
    chosen = {"account": wallet(cast.company).pk}
    assert client.post(f"{BASE}/lines/{line.pk}/", chosen).status_code == 303
    assert client.post(f"{BASE}/lines/{line.pk}/", chosen).status_code == 422
    assert wallet(cast.company).balance == kroner(25_700)
    file = b"".join(client.get(f"{BASE}/lines.csv?statement=1").streaming_content).decode()
    assert "Nordlyd" in file and "250.00" in file
    assert len(b"".join(client.get(f"{BASE}/lines.csv?statement=made").streaming_content).decode().splitlines()) == 1
    link = client.get(f"{BASE}/{row.pk}/original/")
    _, content, headers = fetch(link["Location"])
    assert content == data and headers["Content-Disposition"].startswith("attachment")
    assert "nov" in client.get(f"{BASE}/?q=nov").content.decode()
    assert client.post(f"{BASE}/", {"file": upload(b"")}).status_code == 422
    assert client.post(f"{BASE}/", {}).status_code == 422


def test_a_failed_statement_says_why_and_can_be_tried_again(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    row = bring_in(cast, b"date;amount\n")
    page = client.get(f"{BASE}/{row.pk}/").content.decode()
    assert "neither camt.053, camt.054 nor MT940" in page and "Try again" in page
    client.post(f"{BASE}/{row.pk}/again/")
    row.refresh_from_db()
    assert row.status == "waiting"


def test_the_accountant_looks_and_does_not_match(cast: Cast, sign_in: Any) -> None:
    row, client = bring_in(cast, camt([Booking("7.00", "Thank you")])), sign_in(cast.bob)
    assert "Thank you" in client.get(f"{BASE}/{row.pk}/").content.decode()
    assert client.post(f"{BASE}/", {"file": upload(camt([]))}).status_code == 403
    assert sign_in(cast.mallory).get(f"/c/strandgut/wallet/bank/{row.pk}/").status_code == 404


def test_the_api(cast: Cast) -> None:
    from django.test import Client

    from accounts.create_token import create_token

    secret = create_token(
        membership=cast.dave, name="T", scopes=["wallet.see", "wallet.reconcile", "wallet.manage"], by=cast.dave
    ).secret
    data = camt([Booking("7.00", "Thank you", ref="R2")])
    sent = Client().post(
        "/api/v1/bank-statements/", {"file": upload(data)}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert sent.status_code == 201, sent.content
    read_statement(statement_id=sent.json()["id"], now=NOON)
    calls = caller(cast.dave)
    assert calls("get", f"bank-statements/{sent.json()['id']}/").json()["status"] == "read"
    [line] = calls("get", "bank-lines/?status=waiting&q=thank").json()["results"]
    done = calls("post", f"bank-lines/{line['id']}/match/", {"wallet": str(wallet(cast.company).pk)}).json()
    assert (done["status"], done["matched_by"]) == ("matched", "hand")
    assert calls("delete", f"bank-lines/{line['id']}/match/").json()["status"] == "waiting"
    assert calls("post", f"bank-lines/{line['id']}/ignore/", {"reason": "No"}).json()["status"] == "ignored"
    again = calls("post", f"bank-lines/{line['id']}/ignore/", {"reason": "No"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "wrong_state")
