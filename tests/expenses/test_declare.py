"""What somebody signs instead of a receipt: it ends the debt, claims no VAT, and gives way to the receipt."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from events.models import Event, Notification
from expenses.attach import DeclaredElsewhere, attach
from expenses.change_receipt_rules import change_receipt_rules
from expenses.check_expenses import check_expenses
from expenses.code_expense import code_expense
from expenses.decide_declaration import (
    OwnDeclaration,
    RefusalNeedsReason,
    accept_declaration,
    refuse_declaration,
)
from expenses.declare import (
    DeclarationsOff,
    NothingToDeclare,
    NotTheSpender,
    PurposeMissing,
    ReasonUnclear,
    declare,
    signed_in_quarter,
)
from expenses.detach import detach
from expenses.errors import ExpenseLocked, NotYours, VatNeedsReceipt
from expenses.match_receipt import match_receipt, unmatched
from expenses.models import Attachment, Declaration, Expense, TaxCode
from expenses.next_step import base_step
from pleo.lib import files
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from receipts.models import Receipt, Source
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, freeze, make_receipt, pay_privately

pytestmark = pytest.mark.django_db


def sign(expense: Expense, **fields: Any) -> Declaration:
    values: dict[str, Any] = {
        "by": expense.owner, "reason": "lost", "text": "Left it in the taxi", "purpose": "Taxi to the client", "now": NOON,
    }  # fmt: skip
    return declare(expense=expense, **{**values, **fields})


def fresh(expense: Expense) -> Expense:
    found: Expense = Expense.objects.get(pk=expense.pk)
    return found


def coded(cast: Cast, amount: int = 12500) -> Expense:
    """A purchase whose category brought 25 % VAT."""
    expense = buy(cast.carol, amount)
    full = TaxCode.objects.for_company(cast.company).filter(rate=25, method="inclusive", non_deductible=0).first()
    assert full is not None
    return code_expense(
        expense=expense, by=cast.dave, now=NOON, category=category_of(cast.carol), tax_code=full, tax=Money(2500, "DKK")
    )


def test_signing_ends_the_debt(cast: Cast) -> None:
    expense = buy(cast.carol)
    assert base_step(expense) == "receipt_missing"
    made = sign(expense)
    expense = fresh(expense)
    assert base_step(expense) != "receipt_missing"
    assert (expense.receipt_count, expense.is_declared, made.status) == (1, True, "accepted")
    receipt = made.receipt
    assert (receipt.source, receipt.media_type) == (Source.DECLARED, "application/pdf")
    assert receipt.key.startswith(str(cast.company.pk))
    assert not check_expenses(company=cast.company)


def test_the_paper_says_what_was_signed(cast: Cast) -> None:
    made = sign(buy(cast.carol, 14800, merchant_amount=2000, merchant_currency="EUR"))
    with files.read(made.receipt.key) as file:
        content = file.read()
    assert hashlib.sha256(content).hexdigest() == made.receipt.sha256
    text = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    again = hashlib.sha256(
        json.dumps(made.facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
    assert again == made.digest
    wanted = (
        "Carol",
        "Kaffebar Nordhavn",
        "148.00",
        "20.00",
        "4821",
        "Taxi to the client",
        "Left it in the taxi",
        made.digest,
    )
    for word in (*wanted, "No VAT is deducted"):
        assert word in text.replace(",", "."), word
    assert made.facts["amount"] == 14800 and made.facts["foreign_currency"] == "EUR"


def test_hostile_and_endless_words_fit_on_one_page(cast: Cast) -> None:
    made = sign(buy(cast.carol, merchant="Ω" * 120), text="漢字\x00<script>" + "x" * 900, purpose="ß\n\n" + "w " * 400)
    with files.read(made.receipt.key) as file:
        assert len(pypdfium2.PdfDocument(file.read())) == 1
    assert len(made.text) <= 500 and len(made.purpose) <= 300 and "\x00" not in made.text


def test_vat_comes_off_and_back(cast: Cast) -> None:
    expense = coded(cast)
    made = sign(expense)
    line = expense.lines.get()
    assert line.tax_amount == 0 and not (line.tax_code and line.tax_code.rate)
    assert line.deductible_tax == Money(0, "DKK")
    assert made.taken[0]["tax"] == 2500
    attach(expense=expense, receipt=make_receipt(cast.carol, total=12500), by=cast.carol, now=NOON)
    line = expense.lines.get()
    assert line.tax_amount == 2500 and line.tax_code and line.tax_code.rate == 25


def test_vat_that_somebody_chose_since_is_left_alone(cast: Cast) -> None:
    expense = coded(cast)
    sign(expense)
    half = TaxCode.objects.create(
        company=cast.company, code="half", name="Not deductible", rate=25, non_deductible=100, valid_from=NOON.date(),
        account=TaxCode.objects.for_company(cast.company).filter(rate=25).first().account,
    )  # fmt: skip
    code_expense(expense=fresh(expense), by=cast.dave, now=NOON, tax_code=half)
    attach(expense=expense, receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)
    assert expense.lines.get().tax_code == half


def test_no_door_lets_vat_on_a_declared_expense(cast: Cast) -> None:
    expense = buy(cast.carol, 12500)
    sign(expense)
    expense = fresh(expense)
    full = TaxCode.objects.for_company(cast.company).filter(rate=25, method="inclusive").first()
    with pytest.raises(VatNeedsReceipt):
        code_expense(expense=expense, by=cast.dave, now=NOON, tax_code=full)
    with pytest.raises(VatNeedsReceipt):
        code_expense(expense=expense, by=cast.dave, now=NOON, tax=Money(1, "DKK"))
    category = category_of(cast.carol)
    category.tax_code = full
    category.save()
    code_expense(expense=expense, by=cast.carol, now=NOON, category=category)
    line = expense.lines.get()
    assert line.category == category and line.deductible_tax == Money(0, "DKK")
    assert not check_expenses(company=cast.company)
    line.tax_code, line.tax_amount = full, 2500
    line.save()
    assert "VAT" in check_expenses(company=cast.company)[0].what


def test_a_bulk_edit_leaves_vat_off(cast: Cast) -> None:
    from expenses.start_bulk import start_bulk

    expense = buy(cast.carol, 12500)
    sign(expense)
    category = category_of(cast.carol)
    full = TaxCode.objects.for_company(cast.company).filter(rate=25, method="inclusive").first()
    category.tax_code = full
    category.save()
    from expenses.run_bulk import run_bulk

    bulk = start_bulk(by=cast.dave, act="code", expenses=Expense.objects.filter(pk=expense.pk), category=category)
    run_bulk(str(bulk.pk))
    assert expense.lines.get().tax_amount == 0 and expense.lines.get().category == category


@pytest.mark.parametrize("by_itself", [False, True])
def test_the_receipt_takes_its_place(cast: Cast, by_itself: bool) -> None:
    expense = buy(cast.carol)
    made = sign(expense)
    receipt = make_receipt(cast.carol, total=14800, merchant="Kaffebar Nordhavn", last_four="4821")
    if by_itself:
        match_receipt(receipt=receipt, now=NOON + timedelta(hours=2))
    else:
        attach(expense=expense, receipt=receipt, by=cast.carol, now=NOON)
    made.refresh_from_db()
    expense = fresh(expense)
    assert (made.status, expense.receipt_count, expense.is_declared) == ("replaced", 1, False)
    live = Attachment.objects.get(expense=expense, detached_at=None)
    assert live.receipt == receipt
    assert Attachment.objects.filter(expense=expense).count() == 2, "the declaration stays in the history"
    assert not unmatched(Receipt.objects.all()).filter(pk=made.receipt_id).exists()
    assert not check_expenses(company=cast.company)


def test_taking_the_receipt_off_again_brings_the_debt_back(cast: Cast) -> None:
    expense = buy(cast.carol)
    sign(expense)
    real = attach(expense=expense, receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)
    detach(attachment=real, by=cast.carol, now=NOON)
    assert base_step(fresh(expense)) == "receipt_missing"
    assert sign(fresh(expense)).status == "accepted"


def test_taking_it_off_takes_it_back(cast: Cast) -> None:
    expense = buy(cast.carol)
    made = sign(expense)
    detach(attachment=Attachment.objects.get(receipt=made.receipt), by=cast.carol, now=NOON)
    made.refresh_from_db()
    assert made.status == "withdrawn" and base_step(fresh(expense)) == "receipt_missing"
    with pytest.raises(DeclaredElsewhere):
        attach(expense=expense, receipt=made.receipt, by=cast.carol, now=NOON)


def test_it_stands_for_no_other_purchase(cast: Cast) -> None:
    made = sign(buy(cast.carol))
    with pytest.raises(DeclaredElsewhere):
        attach(expense=buy(cast.carol, 500), receipt=made.receipt, by=cast.dave, now=NOON)


def test_finance_refuses_for_a_reason_and_the_debt_returns(cast: Cast) -> None:
    expense = buy(cast.carol)
    made = sign(expense)
    with pytest.raises(RefusalNeedsReason):
        refuse_declaration(declaration=made, by=cast.dave, reason=" \x00", now=NOON)
    with pytest.raises(NotYours):
        refuse_declaration(declaration=made, by=cast.lena, reason="No", now=NOON)
    refused = refuse_declaration(declaration=made, by=cast.dave, reason="Ask the shop", now=NOON)
    assert refused.status == "refused" and base_step(fresh(expense)) == "receipt_missing"
    event = Event.objects.get(verb="declaration.refused")
    assert set(Notification.objects.filter(event=event).values_list("channel", flat=True)) == {"in_app", "email"}
    with pytest.raises(WrongState):
        refuse_declaration(declaration=made, by=cast.dave, reason="Again", now=NOON)
    with pytest.raises(WrongState):
        accept_declaration(declaration=made, by=cast.dave, now=NOON)


def test_above_an_amount_or_a_number_it_waits(cast: Cast) -> None:
    change_receipt_rules(by=cast.dave, now=NOON, declaration_review_above=10000, declarations_per_quarter=2)
    assert sign(buy(cast.carol, 10000)).status == "accepted"
    waiting = sign(buy(cast.carol, 10001))
    assert waiting.status == "waiting"
    assert sign(buy(cast.carol, 5)).status == "waiting", "the third of the quarter"
    assert signed_in_quarter(cast.carol, now=NOON) == 3
    assert sign(buy(cast.carol, 5), now=datetime(2027, 1, 5, tzinfo=UTC)).status == "accepted", "a new quarter"
    assert accept_declaration(declaration=waiting, by=cast.dave, now=NOON).status == "accepted"


def test_nobody_decides_on_their_own(cast: Cast) -> None:
    change_receipt_rules(by=cast.alice, now=NOON, declaration_review_above=0)
    made = sign(buy(cast.dave))
    with pytest.raises(OwnDeclaration):
        accept_declaration(declaration=made, by=cast.dave, now=NOON)
    assert accept_declaration(declaration=made, by=cast.alice, now=NOON).decided_by == cast.alice


def test_it_refuses_what_it_should(cast: Cast) -> None:
    expense = buy(cast.carol)
    for error, fields in (
        (NotTheSpender, {"by": cast.dave}), (PurposeMissing, {"purpose": " \n"}),
        (ReasonUnclear, {"reason": "other", "text": "x"}),
    ):  # fmt: skip
        with pytest.raises(error):
            sign(expense, **fields)
    sign(expense)
    with pytest.raises(NothingToDeclare):
        sign(fresh(expense))
    with pytest.raises(NothingToDeclare):
        sign(pay_privately(cast.carol))
    with pytest.raises(ExpenseLocked):
        sign(freeze(buy(cast.carol, 700)))
    change_receipt_rules(by=cast.dave, now=NOON, declarations_allowed=False)
    with pytest.raises(DeclarationsOff):
        sign(buy(cast.carol, 800))


def test_the_database_keeps_one_standing_and_a_reason(cast: Cast) -> None:
    made = sign(buy(cast.carol))
    with pytest.raises(IntegrityError), transaction.atomic():
        Declaration.objects.create(
            company=cast.company, expense=made.expense, by=cast.carol, receipt=make_receipt(cast.carol), reason="lost",
            purpose="x", facts={}, digest="0" * 64, signed_at=NOON, status="accepted",
        )  # fmt: skip
    for wrong in ({"status": "refused"}, {"digest": "x"}, {"purpose": ""}, {"reason": "why"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Declaration.objects.filter(pk=made.pk).update(**wrong)


def test_a_declaration_is_never_read(cast: Cast, settings: Any) -> None:
    from receipts.process import process

    made = sign(buy(cast.carol))
    process(receipt_id=made.receipt_id, now=NOON)
    receipt = Receipt.objects.get(pk=made.receipt_id)
    assert receipt.status == "ready" and receipt.pages.count() == 1
    assert receipt.readings.get().fields == {} and receipt.image_hash == "" and receipt.alike_key == ""
    assert not fresh(made.expense).reading_open


def test_a_storage_that_is_down_is_told_and_nothing_is_signed(cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    expense = buy(cast.carol)
    where = reverse("expense-declaration", kwargs={"company": "havblik", "expense_id": expense.pk})
    said = {"reason": "lost", "text": "Left it in the taxi", "purpose": "Taxi to the client", "signed": "on"}
    client = sign_in(cast.carol)
    with monkeypatch.context() as broken:
        broken.setattr("pleo.lib.files.default_storage", Full())
        page = client.post(where, said)
    assert page.status_code == 503 and "Files cannot be stored at the moment" in page.content.decode()
    assert not Declaration.objects.exists() and not Receipt.objects.exists()
    assert client.post(where, said).status_code == 303


class Full:
    """A disk without room."""

    def save(self, *_: Any) -> str:
        raise OSError(28, "No space left on device")
