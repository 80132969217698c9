"""Correct what is in the books: an entry of its own turns the old lines round and books the right ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.booked_coding import Coded, Coding, booked_coding, same
from bookkeeping.models import BookItem, Correction, CorrectionLine, ItemKind, JournalEntry
from bookkeeping.withdraw import ReasonMissing
from events.record import record
from expenses.code_expense import MasterArchived
from expenses.errors import VatNeedsReceipt
from expenses.lines import Part, TaxTooLarge, tax_of
from expenses.models import Expense, ExpenseKind, Lane
from expenses.split import MOST_LINES, PartEmpty, SplitDiffers, TooManyLines
from expenses.tagging import as_wanted, refuse_archived, required_groups
from pleo.lib.errors import DomainError
from pleo.lib.money import total


class NotInBooks(DomainError):
    """Only what is exported is corrected; everything else can simply be edited."""

    code = "not_in_books"
    status = 409

    def message(self) -> str:
        return gettext("It is not exported, so there is nothing to correct. Change the expense itself.")


class NothingCoded(DomainError):
    """Money that no category tells of: a top-up, cash from a machine, a payout."""

    code = "nothing_coded"

    def message(self) -> str:
        return gettext("This entry has no category that could be corrected.")


class CorrectedAlready(DomainError):
    """Somebody corrected it before; the newest correction is the one to correct."""

    code = "corrected_already"
    status = 409

    def message(self) -> str:
        return gettext("It was corrected a moment ago. Look at the correction first.")


class CorrectionWaits(DomainError):
    """A correction that is not exported yet stands in the way of the next."""

    code = "correction_waits"
    status = 409

    def message(self) -> str:
        return gettext("A correction of it waits for the next export. Take that one back, or export it first.")


class CorrectionSame(DomainError):
    """The right coding is the one that stands in the books."""

    code = "correction_same"

    def message(self) -> str:
        return gettext("Nothing is different from what is in the books.")


class PartUncoded(DomainError):
    """A line without a category, or without a tag that every line needs."""

    code = "correction_uncoded"

    def message(self) -> str:
        group = self.params.get("group")
        return gettext("Choose a tag of “%(group)s” on every line.") % {"group": group} if group else gettext(
            "Choose a category on every line."
        )  # fmt: skip


def correct(
    *, item: BookItem, by: Membership, parts: Sequence[Part], reason: str, client_key: str, now: datetime
) -> Correction:
    """Make the correction of an exported item: what is not private of it, coded as these parts. Nothing that was exported
    changes; the correction waits in the unexported lane for the next export. The same `client_key` again returns the same one.

    `item` is the newest of its movement: the original or the last correction. Raises ReasonMissing, NotInBooks, NothingCoded,
    CorrectedAlready, CorrectionWaits, CorrectionSame, PartUncoded, SplitDiffers, PartEmpty, TooManyLines, MasterArchived,
    TagArchived, TagsClash, TaxTooLarge, VatNeedsReceipt.
    """
    why = " ".join(reason.replace("\x00", "").split())[:500]
    if not why:
        raise ReasonMissing
    mine = Correction.objects.for_company(by.company).filter(client_key=client_key)
    try:
        with transaction.atomic():
            known: Correction | None = mine.first()
            return known or _correct(item, by, parts, why, client_key, now)
    except (IntegrityError, CorrectionWaits):
        # Pressed twice: the other press was first by a moment.
        known = mine.first()
        if known:
            return known
        raise


def _correct(
    item: BookItem, by: Membership, parts: Sequence[Part], why: str, client_key: str, now: datetime
) -> Correction:
    newest = _newest(item)
    assert newest.expense is not None, "an item of an expense is corrected"
    coding = booked_coding(newest)
    settled = [_settled(part) for part in parts]
    _refuse(newest, coding, settled)
    entry = JournalEntry.objects.live().get(book_item=newest)
    revisions = BookItem.objects.filter(movement=newest.movement_id)
    made = BookItem.objects.create(
        company=by.company, movement_id=newest.movement_id, expense_id=newest.expense_id, wallet_id=newest.wallet_id,
        exchange=newest.exchange, revision=revisions.aggregate(last=Max("revision"))["last"] + 1,
        kind=ItemKind.CORRECTION, booked_date=entry.date, direction=newest.direction, amount=newest.amount,
        currency=newest.currency, text=newest.text, person_id=newest.person_id, created_at=now,
    )  # fmt: skip
    correction = Correction.objects.create(
        company=by.company, item=made, corrects=newest, by=by, client_key=client_key, reason=why, created_at=now
    )
    _write(correction, [Coded(part, newest.direction) for part in settled] + coding.kept)
    changes = {"reason": why, "voucher": entry.voucher, "lines": [len(coding.open), len(settled)]}
    record(company=by.company, verb="book_item.corrected", subject=newest.expense, by=by, now=now, changes=changes)
    return correction


def _newest(item: BookItem) -> BookItem:
    """Lock the expense, then read the newest item of the movement. Raises what stands in the way of correcting it."""
    if item.expense_id is None or item.movement_id is None:
        raise NothingCoded
    Expense.objects.select_for_update(no_key=True).get(pk=item.expense_id)
    rows = BookItem.objects.filter(movement=item.movement_id).exclude(lane=Lane.NONE).with_facts()
    newest: BookItem = rows.order_by("-revision")[0]
    if newest.kind == ItemKind.CORRECTION and newest.lane != Lane.EXPORTED:
        raise CorrectionWaits
    if newest.lane != Lane.EXPORTED:
        raise NotInBooks
    if newest.pk != item.pk:
        raise CorrectedAlready
    if newest.expense is not None and newest.expense.kind == ExpenseKind.CASH:
        raise NothingCoded
    return newest


def _settled(part: Part) -> Part:
    """Return a part with its VAT: as typed, or by the rate. Raises PartEmpty, PartUncoded, TaxTooLarge."""
    if part.amount.amount <= 0:
        raise PartEmpty
    if part.category is None or part.is_private:
        raise PartUncoded
    tax = tax_of(part.amount, part.tax_code) if part.tax is None else part.tax
    if tax.amount < 0 or tax > part.amount:
        raise TaxTooLarge(amount=part.amount)
    return Part(part.amount, part.category, part.tax_code, tax, part.text.replace("\x00", "")[:200], tags=part.tags)


def _refuse(item: BookItem, coding: Coding, parts: list[Part]) -> None:
    if not coding.open:
        raise NothingCoded
    if len(parts) > MOST_LINES:
        raise TooManyLines
    if left := coding.whole - total([part.amount for part in parts], coding.whole.currency):
        raise SplitDiffers(left=left)
    if same(coding.open, parts):
        raise CorrectionSame
    used = {row.pk for part in coding.open for row in (part.category, part.tax_code) if row}
    needed = required_groups(item.company_id)
    for part in parts:
        for master in (part.category, part.tax_code):
            if master and master.archived_at and master.pk not in used:
                raise MasterArchived(name=str(master))
        has = as_wanted(part.tags)
        refuse_archived(part.tags, [tag for old in coding.open for tag in old.tags])
        if lacking := next((name for group, name in needed.items() if group not in has), ""):
            raise PartUncoded(group=lacking)
        if item.expense and item.expense.is_declared and part.tax:
            raise VatNeedsReceipt


def _write(correction: Correction, coded: Sequence[Coded]) -> None:
    for position, one in enumerate(coded, 1):
        part: Any = one.part
        line = CorrectionLine.objects.create(
            company_id=correction.company_id, correction=correction, position=position, direction=one.direction,
            amount=part.amount.amount, currency=part.amount.currency, category=part.category, tax_code=part.tax_code,
            tax_amount=part.tax.amount if part.tax else 0, text=part.text, is_private=part.is_private,
        )  # fmt: skip
        line.tags.set(part.tags)
