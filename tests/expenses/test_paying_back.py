"""The account of a person, runs, files, the bank's answers: each claim is paid once, whatever happens."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from events.models import Notification
from expenses import balance
from expenses.balance import BeingPaid, standing_of
from expenses.cancel_run import AlreadyFetched, cancel_run
from expenses.check_expenses import check_expenses
from expenses.drive import Way, claim_drive
from expenses.errors import NotYours
from expenses.fetch_run_file import fetch_run_file
from expenses.import_bank_answer import import_bank_answer
from expenses.mark_payout import mark_payout
from expenses.mark_private import mark_private
from expenses.models import BalanceEntry, BankAccount, Expense, Payout, PayoutItem, ReimbursementRun, RunSchedule
from expenses.prepare_run import MethodUnfit, NothingToPay, OwnAccountMissing, prepare_run, proposals
from expenses.read_status_report import NotAReport, read_status_report
from expenses.release_run import AccountChanged, OwnProposal, ProofNeeded, release_run
from expenses.review import review
from expenses.schedule_runs import after, propose_due, schedule_runs
from expenses.set_bank_account import NumberWrong, number_of, read_number, set_bank_account
from expenses.settle_by_hand import MoreThanOwed, NotByHand, settle_by_hand, undo_settlement
from expenses.withdraw_review import withdraw_review
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.expenses.conftest import NOON, buy, pay_privately

pytestmark = pytest.mark.django_db
DAY = NOON.date()
SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "data" / "iso20022"
IBAN_DE, IBAN_DK, IBAN_FR = "DE89 3704 0044 0532 0130 00", "DK50 0040 0440 1162 43", "FR14 2004 1010 0505 0001 3M02 606"


def dkk(amount: int) -> Money:
    return Money(amount, "DKK")


def okay(person: Any, by: Any, amount: int = 5000) -> Expense:
    expense = pay_privately(person, amount)
    review(expense=expense, by=by, outcome="okay", now=NOON)
    return expense


def bank(person: Any, by: Any = None, number: str = IBAN_DK, form: str = "iban", code: str = "") -> BankAccount:
    found = read_number(form=form, number=number, bank=code)
    return set_bank_account(by=by or person, person=person, number=found, holder=person.name, now=timezone.now())


def domestic(person: Any) -> BankAccount:
    return bank(person, number="1234567890", form="dk", code="1234")


def prepared(by: Any, method: str = "payroll", key: str = "one", **fields: Any) -> ReimbursementRun:
    return prepare_run(by=by, method=method, execution_date=DAY, client_key=key, now=NOON, **fields)


def released(dave: Any, alice: Any, **fields: Any) -> ReimbursementRun:
    return release_run(run=prepared(dave, **fields), by=alice, now=NOON)


def owed(person: Any) -> int:
    return standing_of(person).balance.amount


# ---- the account


def test_claims_private_purchases_and_cash_net(carol: Any, dave: Any) -> None:
    claim = okay(carol, dave, 9000)
    assert owed(carol) == 9000
    card = buy(carol, 30_000)
    mark_private(expense=card, by=carol, amount=dkk(4000), now=NOON)
    assert owed(carol) == 5000
    mark_private(expense=card, by=dave, amount=dkk(0), now=NOON)
    withdraw_review(expense=claim, by=dave, now=NOON)
    assert owed(carol) == 0 and BalanceEntry.objects.count() == 4 and not check_expenses()


def test_following_twice_adds_nothing_and_a_claim_counts_once_it_is_okay(carol: Any, dave: Any) -> None:
    expense = pay_privately(carol)
    assert owed(carol) == 0
    review(expense=expense, by=dave, outcome="okay", now=NOON)
    expense.refresh_from_db()
    assert balance.follow(expense) is None and BalanceEntry.objects.count() == 1
    drive = claim_drive(by=carol, way=Way(DAY, "car", ("A", "B"), 10), category=None, note="", now=NOON)  # type: ignore[arg-type]
    review(expense=drive, by=dave, outcome="okay", now=NOON)
    assert owed(carol) == 5000 + 3940


def test_cash_is_held_and_spent(carol: Any, dave: Any) -> None:
    expense = buy(carol, 50_000, "Bankomat", channel="cash")
    Expense.objects.filter(pk=expense.pk).update(kind="cash")
    expense.refresh_from_db()
    balance.follow(expense)
    spent = pay_privately(carol, 12_000, from_cash=True)
    review(expense=spent, by=dave, outcome="okay", now=NOON)
    assert spent.kind == "cash_purchase" and owed(carol) == -38_000


@pytest.mark.parametrize(
    "change",
    [{"amount": 0}, {"kind": "odd"}, {"owed": "x"}, {"expense": None}, {"client_key": "x", "kind": "repayment"}],
)
def test_the_account_is_never_changed(carol: Any, dave: Any, change: dict[str, Any]) -> None:
    okay(carol, dave)
    with pytest.raises(DatabaseError), transaction.atomic():
        BalanceEntry.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        BalanceEntry.objects.all().delete()


def test_each_source_stands_once(carol: Any, dave: Any) -> None:
    entry = BalanceEntry.objects.get(expense=okay(carol, dave))
    values = {
        "company": carol.company,
        "membership": carol,
        "owed": "to",
        "amount": 1,
        "currency": "DKK",
        "booked_date": DAY,
    }
    for wrong in (
        {"kind": "claim", "expense": entry.expense, "revision": 1},
        {"kind": "claim"},
        {"kind": "payout"},
        {"kind": "repayment"},
        {"kind": "undone"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            BalanceEntry.objects.create(**values, **wrong)


@given(steps=st.lists(st.sampled_from(["okay", "back", "private", "none"]), max_size=8))
def test_the_sum_is_right_in_whatever_order(steps: list[str]) -> None:
    """Pure bookkeeping of differences: what is appended always makes the sum what the state counts for."""
    state, entries = {"okay": False, "private": 0}, []
    for step in steps:
        state["okay"] = step == "okay" or (state["okay"] and step != "back")
        state["private"] = {"private": 30, "none": 0}.get(step, state["private"])
        effect = (100 - state["private"]) if state["okay"] else 0
        if difference := effect - sum(entries):
            entries.append(difference)
        assert sum(entries) == effect


def test_what_a_person_pays_back_is_written_once_and_undone(carol: Any, dave: Any) -> None:
    card = buy(carol, 30_000)
    mark_private(expense=card, by=dave, amount=dkk(30_000), now=NOON)
    values = {"person": carol, "by": dave, "kind": "repayment", "day": DAY, "now": NOON}
    with pytest.raises(MoreThanOwed):
        settle_by_hand(amount=dkk(30_001), client_key="a", **values)
    first = settle_by_hand(amount=dkk(10_000), client_key="b", **values)
    assert settle_by_hand(amount=dkk(10_000), client_key="b", **values) == first and owed(carol) == -20_000
    undo_settlement(entry=first, by=dave, now=NOON)
    with pytest.raises(WrongState):
        undo_settlement(entry=first, by=dave, now=NOON)
    with pytest.raises(NotByHand):
        undo_settlement(entry=BalanceEntry.objects.get(kind="private"), by=dave, now=NOON)
    with pytest.raises(NotYours):
        settle_by_hand(amount=dkk(1), client_key="c", **{**values, "by": carol})
    assert owed(carol) == -30_000


# ---- account numbers


@pytest.mark.parametrize("number", [IBAN_DE, IBAN_DK.lower(), IBAN_FR, "GB82-WEST-1234-5698-7654-32"])
def test_good_ibans(number: str) -> None:
    found = read_number(form="iban", number=number)
    assert found.masked.endswith(found.number[-4:]) and found.number not in found.masked


@pytest.mark.parametrize(
    "number",
    ["", "DE89370400440532013001", "DE8937040044053201300", "XX89370400440532013000", "1234", "DE\x00" * 10, "٣" * 22],
)
def test_bad_ibans(number: str) -> None:
    with pytest.raises(NumberWrong):
        read_number(form="iban", number=number)


@pytest.mark.parametrize(
    ("form", "code", "number", "good"),
    [
        ("gb", "20-00-00", "12345678", True), ("gb", "2000", "12345678", False), ("gb", "200000", "1234567", False),
        ("dk", "1234", "1234567890", True), ("dk", "123", "1234567890", False), ("se", "8327-9", "12 345 678", True),
        ("se", "x", "12345678", False),
    ],
)  # fmt: skip
def test_national_numbers(form: str, code: str, number: str, good: bool) -> None:
    if good:
        assert read_number(form=form, number=number, bank=code).number.isdigit()
        return
    with pytest.raises(NumberWrong):
        read_number(form=form, number=number, bank=code)


def test_a_changed_account_is_sealed_told_and_replaces_the_old(carol: Any, dave: Any, lena: Any) -> None:
    old = bank(carol)
    new = bank(carol, by=dave, number=IBAN_DE)
    old.refresh_from_db()
    assert old.replaced_at and "3704" not in new.sealed and number_of(new).number == IBAN_DE.replace(" ", "")
    assert (
        Notification.objects.filter(membership=carol, event__verb="bank_account.changed", channel="email").count() == 2
    )
    with pytest.raises(NotYours):
        bank(carol, by=lena)
    with pytest.raises(IntegrityError), transaction.atomic():
        BankAccount.objects.filter(pk=old.pk).update(replaced_at=None)


# ---- runs


def test_a_run_takes_the_net_of_everybody(carol: Any, lena: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave, 9000)
    okay(lena, dave, 2000)
    mark_private(expense=buy(lena, 30_000), by=dave, amount=dkk(30_000), now=NOON)
    domestic(carol)
    run = prepared(dave, "domestic")
    payout = run.payouts.get()
    assert (payout.membership, payout.amount, payout.items.count()) == (carol, 9000, 1)
    assert standing_of(carol).open.amount == 0 and owed(carol) == 9000
    run = release_run(run=run, by=alice, now=NOON)
    content = fetch_run_file(run=run, by=dave, now=NOON)
    assert hashlib.sha256(content).hexdigest() == run.sha256 and b"1234567890" in content and b"90.00" in content
    assert fetch_run_file(run=run, by=dave, now=NOON) == content
    assert mark_payout(payout=payout, outcome="paid", by=dave, now=NOON)
    assert not mark_payout(payout=payout, outcome="paid", by=dave, now=NOON)
    run.refresh_from_db()
    assert run.status == "finished" and owed(carol) == 0
    with pytest.raises(NothingToPay):
        prepared(dave, "domestic", key="two")


def test_the_same_key_makes_one_run_and_no_entry_stands_in_two(carol: Any, dave: Any) -> None:
    okay(carol, dave)
    run = prepared(dave)
    assert prepared(dave) == run
    with pytest.raises(NothingToPay):
        prepared(dave, key="two")
    item = PayoutItem.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutItem.objects.create(company=carol.company, payout=item.payout, entry=item.entry)


def test_who_releases(carol: Any, dave: Any, alice: Any, bob: Any) -> None:
    okay(carol, dave)
    run = prepared(dave)
    for person, error in ((dave, OwnProposal), (carol, NotYours), (bob, NotYours)):
        with pytest.raises(error):
            release_run(run=run, by=person, now=NOON)
    release_run(run=run, by=alice, now=NOON)
    with pytest.raises(WrongState):
        release_run(run=run, by=alice, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReimbursementRun.objects.update(released_by=dave)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReimbursementRun.objects.update(sealed_file="")


def test_a_company_of_one_confirms(carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave)
    run = prepared(alice)
    type(dave).objects.filter(pk=dave.pk).update(status="left")
    with pytest.raises(ProofNeeded):
        release_run(run=run, by=alice, now=NOON)
    assert release_run(run=run, by=alice, now=NOON, is_confirmed=True).no_one_else_eligible


def test_an_account_that_changed_stops_the_run(carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave)
    domestic(carol)
    run = prepared(dave, "domestic")
    domestic(carol)
    with pytest.raises(AccountChanged):
        release_run(run=run, by=alice, now=NOON)


def test_a_run_is_undone_until_its_file_is_fetched(carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave)
    cancel_run(run=prepared(dave), by=dave, now=NOON)
    assert standing_of(carol).open.amount == 5000
    second = released(dave, alice, key="two")
    cancel_run(run=second, by=dave, now=NOON)
    third = released(dave, alice, key="three")
    fetch_run_file(run=third, by=alice, now=NOON)
    with pytest.raises(AlreadyFetched) as refused:
        cancel_run(run=third, by=dave, now=NOON)
    assert "Alice" in refused.value.message()
    with pytest.raises(WrongState):
        fetch_run_file(run=second, by=alice, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReimbursementRun.objects.filter(pk=third.pk).update(status="cancelled", cancelled_at=NOON)


def test_what_failed_is_owed_again_and_paid_by_the_next_run(carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave)
    payout = released(dave, alice).payouts.get()
    mark_payout(payout=payout, outcome="failed", code="AC04", now=NOON)
    assert standing_of(carol).open.amount == 5000
    second = released(dave, alice, key="two").payouts.get()
    mark_payout(payout=second, outcome="paid", now=NOON)
    mark_payout(payout=second, outcome="failed", code="AC04", now=NOON)
    assert standing_of(carol).open.amount == 5000 and owed(carol) == 5000
    third = released(dave, alice, key="three").payouts.get()
    mark_payout(payout=third, outcome="paid", now=NOON)
    assert owed(carol) == 0
    with pytest.raises(WrongState):
        mark_payout(payout=payout, outcome="paid", now=NOON)


def test_a_claim_that_is_being_paid_stays_as_it_is(carol: Any, dave: Any, alice: Any) -> None:
    expense = okay(carol, dave)
    run = released(dave, alice)
    with pytest.raises(BeingPaid):
        withdraw_review(expense=expense, by=dave, now=NOON)
    with pytest.raises(BeingPaid):
        review(expense=expense, by=dave, outcome="not_okay", reason="No", now=NOON)
    mark_payout(payout=run.payouts.get(), outcome="paid", now=NOON)
    review(expense=expense, by=dave, outcome="not_okay", reason="No", now=NOON)
    assert owed(carol) == -5000 and not check_expenses()


def test_methods_that_do_not_fit(carol: Any, dave: Any, mallory: Any) -> None:
    okay(carol, dave)
    with pytest.raises(MethodUnfit):
        prepared(dave, "sepa")
    with pytest.raises(MethodUnfit):
        prepare_run(by=mallory, method="domestic", execution_date=DAY, client_key="x", now=NOON)
    with pytest.raises(OwnAccountMissing):
        prepare_run(by=mallory, method="sepa", execution_date=DAY, client_key="x", now=NOON)
    with pytest.raises(NotYours):
        prepared(carol)
    bank(carol)
    assert [one.obstacle for one in proposals(by=dave, method="domestic")] == ["other_form"]


# ---- pain.001 and pain.002


def euro_run(mallory: Any, schema: str) -> ReimbursementRun:
    """Make a released SEPA run in the other company, whose owner is alone, with names that banks cannot write."""
    from tests.conftest import join

    person = join(mallory.company, "jorgen", "employee")
    type(person).objects.filter(pk=person.pk).update(name="Jørgen Ærø & Søn <ø> 😀 " + "x" * 80)
    person.refresh_from_db()
    review(expense=pay_privately(person, 12_345), by=mallory, outcome="okay", now=NOON)
    set_bank_account(
        by=mallory, person=None, number=read_number(form="iban", number=IBAN_DE), holder="Strandgut GmbH", now=NOON
    )
    bank(person, number=IBAN_FR)
    run = prepare_run(
        by=mallory, method="sepa", execution_date=DAY, client_key=schema, schema=schema, now=NOON
    )  # fmt: skip
    return release_run(run=run, by=mallory, now=NOON, is_confirmed=True)


@pytest.mark.parametrize("schema", ["pain.001.001.09", "pain.001.001.03"])
def test_the_sepa_file_is_valid_and_says_what_the_run_says(mallory: Any, schema: str) -> None:
    run = euro_run(mallory, schema)
    content = fetch_run_file(run=run, by=mallory, now=NOON)
    root = etree.fromstring(content)
    text = {etree.QName(one).localname: one.text for one in root.iter() if one.text and one.text.strip()}
    payout = run.payouts.get()
    assert text["MsgId"] == run.message_id and text["EndToEndId"] == payout.end_to_end_id
    assert text["InstdAmt"] == "123.45" and text["CtrlSum"] == "123.45" and f"run {run.number}" in text["Ustrd"]
    assert IBAN_FR.replace(" ", "") in content.decode() and content.decode().isascii()
    if not SCHEMAS.is_dir():
        pytest.skip("the bank's schemas are not on this machine")
    etree.XMLSchema(etree.parse(SCHEMAS / f"{schema}.xsd")).assertValid(root)
    broken = content.replace(b"<InstdAmt", b"<Instd")
    with pytest.raises(etree.LxmlError):
        etree.XMLSchema(etree.parse(SCHEMAS / f"{schema}.xsd")).assertValid(etree.fromstring(broken))


REPORT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{schema}"><CstmrPmtStsRpt><GrpHdr><MsgId>B</MsgId>
<CreDtTm>2026-11-20T10:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>
<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>{group}</GrpSts></OrgnlGrpInfAndSts>{payments}</CstmrPmtStsRpt></Document>"""
PAYMENT = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>P</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>
<TxSts>{status}</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>"""


def report(run: ReimbursementRun, group: str, status: str = "", schema: str = "pain.002.001.03") -> bytes:
    reference = run.payouts.get().end_to_end_id
    payments = PAYMENT.format(reference=reference, status=status) if status else ""
    return REPORT.format(schema=schema, message=run.message_id, group=group, payments=payments).encode()


@pytest.mark.parametrize("schema", ["pain.002.001.03", "pain.002.001.12", "pain.002.001.14"])
def test_the_reports_we_test_with_are_what_banks_send(carol: Any, dave: Any, alice: Any, schema: str) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the bank's schemas are not on this machine")
    okay(carol, dave)
    content = report(released(dave, alice), "PART", "RJCT", schema)
    etree.XMLSchema(etree.parse(SCHEMAS / f"{schema}.xsd")).assertValid(etree.fromstring(content))
    assert [one.outcome for one in read_status_report(content)] == ["failed"]


@pytest.mark.parametrize(
    ("group", "status", "paid", "failed", "left"),
    [("PART", "RJCT", 0, 1, 5000), ("ACSC", "", 1, 0, 0), ("RJCT", "", 0, 1, 5000), ("PART", "ACSC", 1, 0, 0), ("ACCP", "", 0, 0, 5000)],
)  # fmt: skip
def test_the_banks_answer_marks_payouts_once(
    carol: Any, dave: Any, alice: Any, group: str, status: str, paid: int, failed: int, left: int
) -> None:
    okay(carol, dave)
    content = report(released(dave, alice), group, status)
    told = import_bank_answer(content=content, by=dave, now=NOON)
    again = import_bank_answer(content=content, by=dave, now=NOON)
    assert (told.paid, told.failed, again.paid, again.failed, owed(carol)) == (paid, failed, 0, 0, left)


def test_answers_about_others_and_nonsense(carol: Any, dave: Any, alice: Any, mallory: Any) -> None:
    okay(carol, dave)
    content = report(released(dave, alice), "PART", "RJCT")
    assert import_bank_answer(content=content, by=mallory, now=NOON).unknown == 1
    assert Payout.objects.get().status == "sent"
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><Document xmlns="urn:x"><CstmrPmtStsRpt>&a;</CstmrPmtStsRpt></Document>'
    for wrong in (b"", b"\x00\xff", b"<a/>", b"<Document/>"):
        with pytest.raises(NotAReport):
            read_status_report(wrong)
    assert read_status_report(bomb) == []


def test_a_statement_marks_what_left_and_what_came_back(carol: Any, dave: Any, alice: Any, monkeypatch: Any) -> None:
    from expenses import import_bank_answer as module
    from wallet.statements.parsed import ParsedLine

    okay(carol, dave)
    payout = released(dave, alice).payouts.get()

    def lines(direction: str, amount: int, **fields: Any) -> Any:
        line = ParsedLine(direction, dkk(amount), DAY, DAY, end_to_end_id=payout.end_to_end_id, **fields)
        return lambda content, **_: [type("S", (), {"lines": [line, ParsedLine("debit", dkk(1), DAY, DAY)]})]

    for reader, outcome, status in (
        (lines("debit", 4999), (0, 0), "sent"),
        (lines("debit", 5000), (1, 0), "paid"),
        (lines("debit", 5000), (0, 0), "paid"),
        (lines("credit", 5000), (0, 1), "failed"),
    ):
        monkeypatch.setattr(module, "read_statements", reader)
        told = import_bank_answer(content=b"<Document/>", by=dave, now=NOON)
        assert (told.paid, told.failed) == outcome and Payout.objects.get().status == status
    assert standing_of(carol).open.amount == 5000


# ---- by themselves


@pytest.mark.parametrize(
    ("day", "interval", "then"),
    [
        (date(2026, 1, 31), "month", date(2026, 2, 28)), (date(2026, 12, 15), "month", date(2027, 1, 15)),
        (date(2026, 11, 30), "month", date(2026, 12, 30)), (date(2026, 12, 28), "week", date(2027, 1, 4)),
    ],
)  # fmt: skip
def test_the_next_day_of_a_schedule(day: date, interval: str, then: date) -> None:
    assert after(day, interval) == then


def test_a_schedule_proposes_once_and_somebody_still_releases(carol: Any, dave: Any, alice: Any) -> None:
    okay(carol, dave)
    schedule_runs(by=dave, interval="week", method="payroll", next_on=DAY, now=NOON)
    assert len(propose_due(now=NOON)) == 1 and not propose_due(now=NOON)
    RunSchedule.objects.update(next_on=DAY)  # as if the worker had died before it moved the schedule
    assert len(propose_due(now=NOON)) == 1 and ReimbursementRun.objects.count() == 1
    assert RunSchedule.objects.get().next_on == DAY + timedelta(days=7)
    okay(carol, dave)
    assert not propose_due(now=NOON)
    schedule_runs(by=dave, interval="", method="payroll", next_on=DAY, now=NOON)
    assert not RunSchedule.objects.exists()
