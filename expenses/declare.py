"""Sign that a receipt is lost or was never given: the spender's own paper, which ends the debt."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Company, Membership
from events.models import Channel
from events.notify import notify
from events.record import record
from expenses import lines
from expenses.attach import attach, lock_for_receipts
from expenses.code_expense import no_tax_code
from expenses.declaration_pdf import SelfReceipt, self_receipt_pdf
from expenses.errors import ExpenseChanged, ExpenseLocked, NotYours
from expenses.models import (
    Declaration,
    DeclarationStatus,
    Direction,
    Expense,
    LossReason,
    PaymentState,
    rules_of,
)
from expenses.next_step import WITH_RECEIPT
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from pleo.lib.text import one_line
from receipts import own_paper

TEXT_LENGTH, PURPOSE_LENGTH = 500, 300


class DeclarationsOff(DomainError):
    """The company takes receipts only."""

    code = "declarations_off"

    def message(self) -> str:
        return gettext("Your company takes receipts only. Ask the shop for a copy.")


class NotTheSpender(DomainError):
    """Only who paid can sign what they paid."""

    code = "not_the_spender"
    status = 409

    def message(self) -> str:
        return gettext("Only the person who paid can sign this.")


class NothingToDeclare(DomainError):
    """The expense needs no receipt, or has one."""

    code = "nothing_to_declare"
    status = 409

    def message(self) -> str:
        return gettext("No receipt is missing here.")


class PurposeMissing(DomainError):
    """Without what it was for, the paper proves nothing."""

    code = "purpose_missing"
    field = "purpose"

    def message(self) -> str:
        return gettext("Say what it was bought for.")


class ReasonUnclear(DomainError):
    """The choice alone does not say why there is no receipt."""

    code = "reason_unclear"
    field = "text"

    def message(self) -> str:
        return gettext("Say in a sentence why there is no receipt.")


def declare(
    *, expense: Expense, by: Membership, reason: str, text: str = "", purpose: str, now: datetime
) -> Declaration:
    """Sign for a purchase without a receipt. The PDF is stored like a receipt and attached; VAT comes off open lines.

    Waits for finance above the company's amount, or beyond its number per person and quarter. Raises DeclarationsOff,
    NotTheSpender, NothingToDeclare, PurposeMissing, ReasonUnclear, ExpenseLocked, PeriodLocked, ExpenseChanged.
    """
    text, purpose = one_line(text, TEXT_LENGTH), one_line(purpose, PURPOSE_LENGTH)
    reason = LossReason(reason)
    if not purpose:
        raise PurposeMissing
    if reason == LossReason.OTHER and len(text) < 5:
        raise ReasonUnclear
    refuse_undeclarable(expense, by)
    facts = facts_of(expense, by=by, reason=reason, text=text, purpose=purpose, now=now)
    digest = digest_of(facts)
    # Stored before the row that promises it, and outside of the transaction: a slow bucket holds no lock.
    paper = own_paper.store(company=by.company, content=self_receipt_pdf(_paper(expense, facts, digest)), now=now)
    with transaction.atomic():
        locked = lock_for_receipts(expense, by)
        refuse_undeclarable(locked, by)
        if facts_of(locked, by=by, reason=reason, text=text, purpose=purpose, now=now) != facts:
            raise ExpenseChanged
        receipt = own_paper.keep(
            paper=paper, by=by, name=gettext("Declaration %(number)s.pdf") % {"number": locked.number}, now=now
        )
        declaration = _write(
            locked, by, now, receipt=receipt, reason=reason, text=text, purpose=purpose, facts=facts, digest=digest
        )
        # First: what is filled in when a paper comes would take it off as well, and nobody could give it back.
        _drop_vat(locked, declaration)
        attach(expense=locked, receipt=receipt, by=by, now=now)
        _say(declaration, locked, by, now)
    return declaration


def refuse_undeclarable(expense: Expense, by: Membership) -> None:
    """Raise DeclarationsOff, NotTheSpender, NothingToDeclare or ExpenseLocked where nothing can be signed."""
    if expense.owner_id != by.pk:
        raise NotTheSpender
    if not expense.is_editable_by(by):
        raise NotYours
    if expense.is_frozen:
        raise ExpenseLocked(lane=expense.books_lane)
    if not rules_of(by.company).declarations_allowed:
        raise DeclarationsOff
    needs_one = expense.kind in WITH_RECEIPT and not expense.is_private and expense.direction == Direction.SPEND
    if not needs_one or expense.receipt_count or not expense.amount or expense.payment == PaymentState.REVERSED:
        raise NothingToDeclare


def facts_of(
    expense: Expense, *, by: Membership, reason: str, text: str, purpose: str, now: datetime
) -> dict[str, Any]:
    """Return what is signed, as plain values: amounts in minor units, days and moments as ISO 8601."""
    foreign = expense.foreign
    return {
        "company": by.company.legal_name or by.company.name,
        "vat_number": by.company.vat_number,
        "person": by.name,
        "employee_number": by.employee_number,
        "expense": expense.number,
        "merchant": expense.merchant,
        "purchased_on": by.company.day_of(expense.purchased_at).isoformat(),
        "amount": expense.amount,
        "currency": expense.currency,
        "foreign_amount": foreign.amount if foreign else None,
        "foreign_currency": foreign.currency if foreign else "",
        "card": expense.authorization.card.last_four if expense.authorization else "",
        "reason": reason,
        "text": text,
        "purpose": purpose,
        "vat": "not deducted",
        "signed_at": now.isoformat(),
    }


def digest_of(facts: dict[str, Any]) -> str:
    """Return the sha256 of the facts as compact JSON with sorted keys, in UTF-8: what anybody can compute again."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _paper(expense: Expense, facts: dict[str, Any], digest: str) -> SelfReceipt:
    company = ", ".join(part for part in (facts["company"], facts["vat_number"]) if part)
    person = facts["person"] + (f" ({facts['employee_number']})" if facts["employee_number"] else "")
    pairs = [
        (gettext("Paid by"), person),
        (gettext("Paid to"), facts["merchant"]),
        (gettext("Day of purchase"), format.full_day(date.fromisoformat(facts["purchased_on"]))),
        (gettext("Expense"), f"#{facts['expense']}"),
        *([(gettext("Card"), f"**** {facts['card']}")] if facts["card"] else []),
        (gettext("Bought for"), facts["purpose"]),
        (gettext("Why there is no receipt"), str(LossReason(facts["reason"]).label) + (f": {facts['text']}" if facts["text"] else "")),
    ]  # fmt: skip
    shown = format.amount(expense.booked)
    if expense.foreign:
        shown = f"{shown} ({format.amount(expense.foreign)})"
    signature = [
        (gettext("Signed by"), facts["person"]),
        (gettext("Signed at"), facts["signed_at"]),
        (gettext("Fingerprint (SHA-256)"), digest),
    ]
    return SelfReceipt(
        title=gettext("Declaration instead of a receipt"), company=company, pairs=pairs,
        amount=(gettext("Amount"), shown), vat=gettext("No VAT is deducted."),
        oath=gettext("I paid this amount for the company’s business and have not been paid back for it elsewhere."),
        signature=signature, foot=gettext("Signed electronically in Pleo by the person named above."),
    )  # fmt: skip


def _write(expense: Expense, by: Membership, now: datetime, **facts: Any) -> Declaration:
    waits = needs_review(by, expense.booked, now=now)
    made: Declaration = Declaration.objects.create(
        company_id=expense.company_id, expense=expense, by=by, signed_at=now,
        status=DeclarationStatus.WAITING if waits else DeclarationStatus.ACCEPTED, **facts,
    )  # fmt: skip
    return made


def needs_review(by: Membership, amount: Money, *, now: datetime) -> bool:
    """Say whether finance is asked: more than the company's amount, or beyond its number for this person and quarter."""
    rules = rules_of(by.company)
    above, most = rules.declaration_review_above, rules.declarations_per_quarter
    if above is not None and amount.amount > above:
        return True
    return most is not None and signed_in_quarter(by, now=now) >= most


def signed_in_quarter(person: Membership, *, now: datetime) -> int:
    """Count what a person signed in this quarter of the company's calendar; what was taken back or replaced counts not."""
    counted = (DeclarationStatus.WAITING, DeclarationStatus.ACCEPTED, DeclarationStatus.REFUSED)
    rows = Declaration.objects.filter(by=person, signed_at__gte=quarter_start(person.company, now), status__in=counted)
    return int(rows.count())


def quarter_start(company: Company, now: datetime) -> datetime:
    """Return the first moment of the running quarter where the company is."""
    day = company.day_of(now)
    return datetime(day.year, (day.month - 1) // 3 * 3 + 1, 1, tzinfo=company.zone)


def _drop_vat(expense: Expense, declaration: Declaration) -> None:
    """Take claimed VAT off the open lines. The caller has the expense locked for its receipts, so its period is open to them."""
    taken = lines.drop_vat(expense, instead=no_tax_code(expense.company))
    if not taken:
        return
    lines.bump(expense, version=None)
    Declaration.objects.filter(pk=declaration.pk).update(taken=taken)
    declaration.taken = taken


def _say(declaration: Declaration, expense: Expense, by: Membership, now: datetime) -> None:
    waits = declaration.status == DeclarationStatus.WAITING
    event = record(
        company=expense.company, verb="declaration.signed", subject=expense, by=by, now=now,
        changes={
            "declaration": str(declaration.pk), "amount": expense.amount, "currency": expense.currency,
            "loss": declaration.reason, "digest": declaration.digest, "owner": str(by.pk),
        },
    )  # fmt: skip
    if waits:
        notify(event=event, memberships=_deciders(by), channels=[Channel.IN_APP])


def _deciders(person: Membership) -> list[Membership]:
    """Return who decides for finance: nobody decides on their own."""
    from accounts.permissions import CAPABILITIES

    rows = Membership.objects.for_company(person.company).active().filter(role__in=CAPABILITIES["receipts.rules"])
    return list(rows.exclude(pk=person.pk).order_by("id")[:20])
