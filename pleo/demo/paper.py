"""Writes what people did with a purchase: the receipt, the coding, the review, and its place in the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import Membership
from bookkeeping.models import BookItem
from expenses import merchant_name
from expenses.models import (
    Attachment,
    Direction,
    Expense,
    ExpenseKind,
    ExpenseLine,
    Lane,
    MatchRun,
    Movement,
    PaymentState,
    Review,
    TaxCode,
)
from pleo.demo.found import Founded
from pleo.demo.pictures import Job, Stored
from pleo.demo.plan import Paper, Purchase
from pleo.demo.receipts import Slip, items_of
from pleo.demo.rows import Rows
from pleo.demo.spend import Paid
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.search import search_text
from receipts.alike import alike_key
from receipts.ingest import original_key
from receipts.models import Page, Reading, Receipt, ReceiptStatus, Source
from receipts.reading.extract import SURE

ENGINE, VERSION = "demo", "1"


@dataclass
class Sent:
    """A receipt that is being drawn: its row, and the job that makes its files."""

    receipt: Receipt
    job: Job


def send(made: Founded, purchase: Purchase, at: datetime) -> Sent:
    """Begin the receipt of a purchase: who sent it when, and what is to be drawn."""
    member = made.people[purchase.person.name]
    receipt_id = uuid7()
    key = original_key(made.company.pk, receipt_id, at)
    is_mailed = purchase.merchant.about.online
    receipt = Receipt(
        id=receipt_id, company=made.company, uploaded_by=member, source=Source.WEB if is_mailed else Source.PHONE,
        client_key=receipt_id.hex, file_name=f"{purchase.number}.jpg" if is_mailed else f"IMG_{purchase.number}.jpg",
        media_type="image/jpeg", key=key, page_count=1, status=ReceiptStatus.READY, attempts=1, created_at=at,
        ready_at=at + timedelta(seconds=4),
    )  # fmt: skip
    return Sent(receipt, Job(_slip(made, purchase), key, key.replace("original", "thumb-1")))


def _slip(made: Founded, purchase: Purchase) -> Slip:
    shop = purchase.merchant
    card = made.cards[purchase.person.name, purchase.card.name] if purchase.card else None
    return Slip(
        merchant=shop.name, address=(shop.street, shop.city), tax_number=shop.tax_number, country=shop.country, region=shop.country,
        at=purchase.at.astimezone(made.company.zone), currency=shop.currency, total=purchase.total, tip=purchase.tip,
        items=items_of(shop.items[: len(purchase.items)], purchase.price, purchase.items), tax_rate=shop.rate,
        number=purchase.number, customer=made.plan.address, last_four=card.last_four if card else "",
        is_invoice=shop.about.is_invoice, is_refund=purchase.refund_of is not None,
    )  # fmt: skip


def receive(rows: Rows, sent: Sent, stored: Stored) -> Receipt:
    """Add a receipt that was drawn, with its page and what was read from it."""
    receipt, slip, read_at = sent.receipt, sent.job.slip, sent.receipt.ready_at
    assert read_at is not None, "a receipt of the demo arrives read"
    receipt.size, receipt.sha256 = stored.size, stored.sha256
    receipt.search_text = f"{receipt.file_name} {slip.merchant}".casefold()
    fields = _fields(slip, stored)
    receipt.alike_key = alike_key(fields)
    rows.add(receipt)
    # The page is the original: a drawn receipt is upright, small and without metadata already.
    keys = {"image_key": receipt.key, "thumbnail_key": sent.job.thumbnail_key}
    rows.add(Page(company=rows.company, receipt=receipt, number=1, width=stored.width, height=stored.height, **keys))
    rows.add(
        Reading(
            company=rows.company, receipt=receipt, engine=ENGINE, version=VERSION, fields=fields, amounts=stored.amounts,
            lines=stored.lines, created_at=read_at,
        )
    )  # fmt: skip
    rows.add(MatchRun(company=rows.company, receipt=receipt, created_at=read_at))
    changes: dict[str, Any] = {
        "source": receipt.source,
        "media_type": receipt.media_type,
        "size": receipt.size,
        "sha256": receipt.sha256,
    }
    rows.tell("receipt.received", receipt, receipt.created_at, by=receipt.uploaded_by, **changes)
    return receipt


def _fields(slip: Slip, stored: Stored) -> dict[str, dict[str, Any]]:
    """Return what stands on the slip in the form that readings have; the drawing is never in doubt."""
    values: dict[str, Any] = {
        "merchant": slip.merchant,
        "date": slip.at.date().isoformat(),
        "time": slip.at.strftime("%H:%M"),
        "total": slip.total,
        "card_last_four": slip.last_four,
    }
    if slip.tax_rate:
        net = slip.taxed - slip.tax
        rate = f"{slip.tax_rate.normalize():f}"
        values["vat"] = [{"rate": rate, "net": net.amount, "tax": slip.tax.amount, "gross": slip.taxed.amount}]
    found = {
        name: {"value": value, "confidence": SURE, "page": 1, "box": stored.boxes[name]}
        for name, value in values.items()
        if value and name in stored.boxes
    }
    found["currency"] = {"value": slip.currency, "confidence": SURE, "page": None, "box": None}
    return found


def document(
    rows: Rows, made: Founded, purchase: Purchase, paid: Paid, receipt: Receipt | None, number: int
) -> Expense:
    """Add the expense of a purchase, refund or claim, with everything that was done about it."""
    assert purchase.paper is not None, "the plan decides about the paper of everything"
    paper, owner, company = purchase.paper, made.people[purchase.person.name], made.company
    expense = _expense(made, purchase, paid, owner, number)
    rows.add(expense)
    by = owner if purchase.card is None else None
    rows.tell("expense.created", expense, purchase.at, by=by, kind=expense.kind, owner=str(owner.pk), number=number)
    movement = _movement(rows, made, purchase, paid, expense)
    line = _line(made, purchase, expense, paper)
    rows.add(line)
    if receipt is not None:
        rows.add(Attachment(company=company, expense=expense, receipt=receipt, by=owner, created_at=receipt.created_at))
        expense.receipt_count = 1
        expense.reading_open = not paper.is_coded
        rows.tell(
            "expense.receipt_attached",
            expense,
            receipt.created_at,
            by=owner,
            receipt=str(receipt.pk),
            score=None,
            reasons=[],
        )
    if paper.is_coded:
        _code(rows, expense, line, purchase, owner, receipt)
    if paper.review and paper.reviewed_at:
        _review(rows, made, expense, paper, owner, paper.reviewed_at)
    if movement is not None:
        _book(rows, made, expense, line, movement, paper)
    return expense


def _expense(made: Founded, purchase: Purchase, paid: Paid, owner: Membership, number: int) -> Expense:
    is_refund, is_claim = purchase.refund_of is not None, purchase.card is None
    kind = ExpenseKind.REFUND if is_refund else ExpenseKind.OUT_OF_POCKET if is_claim else ExpenseKind.CARD
    is_booked = is_claim or paid.clearing is not None
    held = 0 if purchase.released_at else purchase.asked
    amount = purchase.billed if is_booked else held
    is_foreign = purchase.rate != 1 and not is_claim
    assert purchase.paper is not None, "the plan decides about the paper of everything"
    category = made.categories[purchase.merchant.category] if purchase.paper.is_coded else None
    foreign: dict[str, Any] = {}
    if is_foreign:
        foreign = {
            "foreign_currency": purchase.merchant.currency,
            "foreign_amount": purchase.total if paid.clearing else purchase.price,
        }
        foreign["rate"] = purchase.rate if paid.clearing else None
    words = (purchase.merchant.name, owner.name, f"#{number}", purchase.paper.note, category.name if category else "")
    return Expense(
        id=uuid7(), company=made.company, number=number, owner=owner, kind=kind, amount=amount, lines_total=amount,
        direction=Direction.REFUND if is_refund else Direction.SPEND, currency=made.company.currency,
        merchant=purchase.merchant.name, merchant_key=merchant_name.plain(purchase.merchant.name),
        merchant_category_code="" if is_claim else purchase.merchant.about.mcc,
        purchased_at=purchase.at, authorization=paid.authorization, note=purchase.paper.note,
        payment=PaymentState.CLEARED if is_booked else PaymentState.RESERVED if held else PaymentState.REVERSED,
        search_text=search_text(*words), created_at=purchase.at, **foreign,
    )  # fmt: skip


def _movement(rows: Rows, made: Founded, purchase: Purchase, paid: Paid, expense: Expense) -> Movement | None:
    """Add the one movement of what was booked: the clearing's, or the claim's own on the day of purchase."""
    if paid.clearing is None and purchase.card is not None:
        return None
    at = paid.clearing.cleared_at if paid.clearing else purchase.at
    changes: dict[str, Any]
    movement: Movement = rows.add(
        Movement(
            id=uuid7(), company=made.company, expense=expense, clearing=paid.clearing, direction=expense.direction,
            amount=expense.amount, currency=expense.currency, booked_date=made.company.day_of(at), created_at=at,
        )
    )  # fmt: skip
    if paid.clearing:
        before = purchase.asked if paid.authorization else 0
        changes = {"amount": [before, expense.amount], "currency": expense.currency, "movement": str(movement.pk)}
        rows.tell("expense.settled", expense, at, direction=movement.direction, **changes)
    else:
        changes = {"amount": expense.amount, "currency": expense.currency, "date": movement.booked_date.isoformat()}
        rows.tell("expense.claimed", expense, at, by=expense.owner, **changes)
    return movement


def _line(made: Founded, purchase: Purchase, expense: Expense, paper: Paper) -> ExpenseLine:
    line = ExpenseLine(
        id=uuid7(), company=made.company, expense=expense, position=1, direction=expense.direction, amount=expense.amount,
        currency=expense.currency, created_at=purchase.at,
    )  # fmt: skip
    if paper.is_coded:
        line.category = made.categories[purchase.merchant.category]
        line.tax_code = _tax_code(made, purchase, line)
        line.tax_amount = (
            Money(line.amount, line.currency).tax_inside(line.tax_code.rate).amount if line.tax_code else 0
        )
    return line


def _tax_code(made: Founded, purchase: Purchase, line: ExpenseLine) -> TaxCode | None:
    """Return the code that the category brings; VAT that another country took, or nobody, is not deducted."""
    at_home = purchase.merchant.country == made.company.country and purchase.merchant.rate
    return line.category.tax_code if at_home and line.category else made.without_tax


def _code(
    rows: Rows, expense: Expense, line: ExpenseLine, purchase: Purchase, owner: Membership, receipt: Receipt | None
) -> None:
    expense.is_coded = True
    at = receipt.created_at + timedelta(minutes=2) if receipt else purchase.at + timedelta(hours=3)
    if receipt is not None:
        expense.document_date, expense.confirmed = rows.company.day_of(purchase.at), ["category", "date", "total"]
    changes: dict[str, Any] = {"category": [None, line.category.code if line.category else None]}
    changes["tax_code"] = [None, line.tax_code.code if line.tax_code else None]
    if expense.note:
        changes["note"] = ["", expense.note]
    rows.tell("expense.coded", expense, at, by=owner, **changes)


def _review(rows: Rows, made: Founded, expense: Expense, paper: Paper, owner: Membership, at: datetime) -> None:
    by = made.reviewer_of(owner)
    expense.review = paper.review
    rows.add(
        Review(
            company=made.company,
            expense=expense,
            by=by,
            outcome=paper.review,
            reason=paper.review_reason,
            created_at=at,
        )
    )
    changes: dict[str, Any] = {"outcome": paper.review, "amount": expense.amount, "currency": expense.currency}
    if paper.review_reason:
        changes["reason"] = paper.review_reason
    rows.tell("expense.reviewed", expense, at, by=by, **changes)


def _book(rows: Rows, made: Founded, expense: Expense, line: ExpenseLine, movement: Movement, paper: Paper) -> None:
    """Add the item of the books. What goes to the queue is locked; the export itself is made by its own verb."""
    item = BookItem(
        company=made.company, movement=movement, expense=expense, booked_date=movement.booked_date, direction=movement.direction,
        amount=movement.amount, currency=movement.currency, text=expense.merchant, person=expense.owner, created_at=movement.created_at,
    )  # fmt: skip
    expense.books_lane = Lane.UNEXPORTED
    if paper.lane and paper.reviewed_at:
        by, at = made.who("admin"), paper.reviewed_at + timedelta(minutes=3)
        item.lane, item.queued_by, item.queued_at = Lane.QUEUE, by, at
        expense.books_lane, expense.locked_at, line.locked_at = Lane.QUEUE, at, at
        rows.tell("book_item.queued", expense, at, by=by)
    rows.add(item)


def export_day(month: date) -> date:
    """Return when the accountant takes a month over: the seventh of the next, when the last reviews are in."""
    return (month.replace(day=28) + timedelta(days=7)).replace(day=7)
