"""Freeze an export: its items become numbered entries with the words of today, in pieces that are each committed whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from bookkeeping import checks, facts, journal
from bookkeeping.journal import Contra, Side
from bookkeeping.models import BookItem, BookSettings, Export, ItemKind, JournalEntry, Posting
from bookkeeping.months import booking_day
from bookkeeping.progress import advance
from bookkeeping.vouchers import Run, runs_of, take_numbers, voucher_at
from expenses.models import Attachment, Expense
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7

PIECE = 200
SHOWN = 20
EXTENSIONS = {
    "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic",
    "image/heif": "heic", "image/gif": "gif", "image/tiff": "tif", "application/xml": "xml", "text/xml": "xml",
}  # fmt: skip


class NotReady(DomainError):
    """Items were changed around since they were queued: an account archived, a contra account taken away."""

    code = "entries_not_ready"

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        super().__init__(entries=entries)
        self.entries = entries


def freeze(export: Export) -> None:
    """Make the entries that are not there yet. Raises NotReady before a single voucher number is taken.

    A worker that died half-way left whole pieces; the next one goes on after them, with the next numbers. Raises LeaseLost.
    """
    contra = facts.contra_of(BookSettings.objects.get(company=export.company_id))
    done = export.entries.count()
    if not done:
        _check(export, contra)
    for start in range(done, export.item_count, PIECE):
        with transaction.atomic():
            items = _items(export, start)
            runs = take_numbers(export, start, [item.booked_date for item in items])
            export.options = {**export.options, "runs": [list(astuple(run)) for run in runs]}
            export.first_voucher = runs[0].first
            advance(export, done=start + len(items), first_voucher=export.first_voucher, options=export.options)
            _insert(export, items, start, contra)


def _items(export: Export, start: int) -> list[BookItem]:
    places = export.items.filter(position__gte=start, position__lt=start + PIECE)
    order = dict(places.values_list("book_item", "position"))
    found = BookItem.objects.filter(pk__in=order).with_facts()
    return sorted(found, key=lambda item: order[item.pk])


def _check(export: Export, contra: Contra) -> None:
    wrong: list[dict[str, Any]] = []
    for start in range(0, export.item_count, PIECE):
        for item in _items(export, start):
            for result in checks.failures(item, contra):
                params = {name: str(value) for name, value in result.params.items()}
                wrong.append({"item": str(item.pk), "text": item.text, "code": result.code, "params": params})
        advance(export, done=0)
    if wrong:
        raise NotReady(wrong[:SHOWN])


def _insert(export: Export, items: Sequence[BookItem], start: int, contra: Contra) -> None:
    assert export.first_voucher is not None, "vouchers are numbered before they are written"
    made = list(entries_of(export, items, runs_of(export), start, contra))
    JournalEntry.objects.bulk_create([entry for entry, _ in made], batch_size=PIECE)
    Posting.objects.bulk_create([line for _, lines in made for line in lines], batch_size=500)


def entries_of(
    export: Export, items: Sequence[BookItem], runs: Sequence[Run], start: int, contra: Contra
) -> Iterator[tuple[JournalEntry, list[Posting]]]:
    """Yield what some items of an export become, in the words of today; `start` is the position of the first.

    Writes nothing; needs rows fetched `with_facts`.
    """
    receipts, adjusted = _receipts(items), adjusted_by(items)
    for position, item in enumerate(items, start):
        sides = journal.sides(facts.fact_of(item), contra, export.currency)
        entry = _entry(export, item, voucher_at(runs, position), sides, receipts.get(item.expense_id, []))
        entry.adjusts_id = adjusted.get(item.pk)
        yield entry, list(_postings(entry, sides))


def _entry(
    export: Export, item: BookItem, voucher: tuple[str, int], sides: list[Side], receipts: list[tuple[str, str]]
) -> JournalEntry:
    series, number = voucher
    expense: Expense | None = item.expense
    entry = JournalEntry(
        id=uuid7(),
        company_id=export.company_id,
        export=export,
        book_item=item,
        series=series,
        voucher_number=number,
        date=booking_day(item.booked_date, _opens(export)),
        document_date=_document_date(export, item),
        text=_text(item)[:200],
        person_name=item.person.name if item.person else "",
        debit_total=sum(side.debit for side in sides),
        credit_total=sum(side.credit for side in sides),
        currency=item.currency,
    )
    if expense:
        entry.merchant, entry.expense_number = expense.merchant, expense.number
        entry.foreign_amount, entry.foreign_currency = expense.foreign_amount, expense.foreign_currency
        folder = f"{entry.date:%Y-%m}/" if export.options.get("by_month") else ""
        entry.receipts = [
            [
                f"{folder}{series}{'-' if series else ''}{number:06d}_expense-{expense.number}_{index}.{extension}",
                receipt,
            ]
            for index, (receipt, extension) in enumerate(receipts, 1)
        ]
        entry.receipt_names = " ".join(name for name, _ in entry.receipts)
    return entry


def _opens(export: Export) -> date | None:
    """Return the first day that was open when the batch was begun: what is older is dated to it."""
    kept = export.options.get("open_from")
    return date.fromisoformat(kept) if kept else None


def _text(item: BookItem) -> str:
    """What the entry says: the note that people wrote, else the merchant, else what kind of transfer it was."""
    if item.expense:
        text = " ".join(item.expense.note.split()) or item.expense.merchant
        return _corrects(item, text) if item.kind == ItemKind.CORRECTION else text
    # One language for all files of a company, whoever or whatever makes them.
    with translation.override(settings.LANGUAGE_CODE):
        return item.text or item.what


def _corrects(item: BookItem, text: str) -> str:
    turned = facts.corrected_entry(item)
    with translation.override(settings.LANGUAGE_CODE):
        words = {"voucher": turned.voucher if turned else "", "text": text}
        return gettext("Correction of voucher %(voucher)s: %(text)s") % words


def _document_date(export: Export, item: BookItem) -> Any:
    if item.expense:
        return item.expense.document_date or export.company.day_of(item.expense.purchased_at)
    return item.transfer.value_date if item.transfer else item.booked_date


def _receipts(items: Sequence[BookItem]) -> dict[Any, list[tuple[str, str]]]:
    """Return (receipt id, file extension) of what is attached to each expense, in the order it was attached."""
    result: dict[Any, list[tuple[str, str]]] = {}
    rows = Attachment.objects.filter(
        expense__in={item.expense_id for item in items if item.expense_id}, detached_at=None
    )
    for expense, receipt, media in rows.order_by("id").values_list("expense", "receipt", "receipt__media_type"):
        result.setdefault(expense, []).append((str(receipt), EXTENSIONS.get(media, "bin")))
    return result


def adjusted_by(items: Sequence[BookItem]) -> dict[Any, Any]:
    """Return what the adjustments and corrections among some items adjust, as {item id: entry id}.

    An adjustment adjusts the newest voucher of its expense that counts, a correction the one that it turns round.
    """
    turned = {item.pk: facts.corrected_entry(item) for item in items if item.kind == ItemKind.CORRECTION}
    corrected = {pk: entry.pk for pk, entry in turned.items() if entry}
    late = {item.expense_id: item.pk for item in items if item.kind == ItemKind.ADJUSTMENT and item.expense_id}
    if not late:
        return corrected
    entries = JournalEntry.objects.live().filter(book_item__expense__in=late).order_by("pk")
    newest = dict(entries.values_list("book_item__expense", "pk"))
    return {pk: newest.get(expense) for expense, pk in late.items()} | corrected


def _postings(entry: JournalEntry, sides: Sequence[Side]) -> Iterator[Posting]:
    for position, side in enumerate(sides, 1):
        yield Posting(
            id=uuid7(),
            company_id=entry.company_id,
            entry=entry,
            position=position,
            account_id=side.account.id,
            account_number=side.account.number,
            account_name=side.account.name,
            debit=side.debit,
            credit=side.credit,
            is_wallet=side.is_wallet,
            role=side.role,
            account_type=side.account.type,
            tax_code_id=side.tax.id if side.tax else None,
            tax_code_name=side.tax.code if side.tax else "",
            tax_rate=side.tax.rate if side.tax else None,
            category_name=side.category,
            text=(side.text or entry.text)[:200],
            dimensions=[list(astuple(tagged)) for tagged in side.dimensions],
        )
