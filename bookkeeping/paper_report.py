"""Makes a report of expenses: a cover with totals, a table, then the pages of every receipt. Memory does not grow with it."""

from __future__ import annotations

import hashlib
import tempfile
import time as clock
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.base import File as StoredFile
from django.core.files.storage import default_storage
from django.utils import timezone, translation
from django.utils.translation import gettext

from bookkeeping.models import ExportStatus, JournalEntry, PaperReport, PaperStatus
from bookkeeping.month_report_pdf import AMOUNT_AT, ROW, Pages
from bookkeeping.paper import LEFT, RIGHT, Paper
from bookkeeping.receipt_pages import receipt_pages, receipts_of, reference
from expenses.models import Direction, Expense, PaymentState
from pleo.lib import format
from pleo.lib.money import Money
from pleo.lib.work import LeaseLost

PIECE = 100
# Receipts between two looks at the progress.
STEP = 5


@dataclass(frozen=True)
class Source:
    """What a file is about, and who hears how far it is. `report` need not be in the database.

    `expenses` are in the order in which they are shown; `vouchers` returns those of some expenses; `advance` is called with the
    number of receipts that are in.
    """

    report: PaperReport
    expenses: Any
    vouchers: Callable[[list[Expense]], Mapping[Any, list[str]]]
    advance: Callable[..., None]


def expenses_of(report: PaperReport) -> Any:
    """Return what a report is about: everything bought in its days that was not reversed, in the order of purchase."""
    zone = report.company.zone
    first = datetime.combine(report.starts, time.min, tzinfo=zone)
    end = datetime.combine(report.ends + timedelta(days=1), time.min, tzinfo=zone)
    rows = Expense.objects.for_company(report.company).filter(purchased_at__gte=first, purchased_at__lt=end)
    rows = rows.exclude(payment=PaymentState.REVERSED).order_by("purchased_at", "id")
    return rows.filter(owner=report.person) if report.person_id else rows


def build_report(*, report_id: UUID, now: datetime) -> PaperReport | None:
    """Make a report ready, or leave it failed; None when another worker has it. Each try writes a file of its own."""
    began = clock.monotonic()
    report = PaperReport.claim(report_id, now=now)
    if report is None:
        return None
    try:
        # One language and region for all files of a company, whoever or whatever makes them.
        with (
            tempfile.TemporaryFile() as target,
            translation.override(settings.LANGUAGE_CODE),
            format.region(report.company.region),
        ):
            source = Source(report, expenses_of(report), _vouchers, partial(_advance, report))
            write_paper(source, target)
            _keep(report, target, now + timedelta(seconds=clock.monotonic() - began))
    except LeaseLost:
        return None
    except Exception:
        report.put_back("report_interrupted", now=timezone.now())
        raise
    report.refresh_from_db()
    return report


def write_paper(source: Source, target: BinaryIO) -> None:
    """Write a file: the cover with totals, the table, every page of every receipt. The same rows give the same bytes."""
    report = source.report
    title = gettext("Expenses, %(first)s to %(last)s") % {
        "first": format.full_day(report.starts), "last": format.full_day(report.ends),
    }  # fmt: skip
    paper = Paper(target, title=f"{title}, {report.company.name}")
    pages = Pages(paper, f"{report.company.legal_name or report.company.name}, {title}")
    pages.sheet.text(LEFT, pages.down(4), title, size=16, strong=True, width=RIGHT - LEFT)
    who = report.person.name if report.person else gettext("Everybody")
    made = format.full_day(report.company.day_of(report.created_at))
    words = gettext("%(who)s at %(company)s, made on %(day)s") % {
        "who": who, "company": report.company.legal_name or report.company.name, "day": made,
    }  # fmt: skip
    pages.sheet.text(LEFT, pages.down(18), words, width=RIGHT - LEFT)
    _totals(source, pages)
    _table(source, pages)
    pages.end()
    _receipts(source, paper)
    paper.finish()
    report.page_count = len(paper)


def _pieces(source: Source) -> Iterator[list[Expense]]:
    """Yield the expenses in pieces of a hundred, with what the file shows of them."""
    ids = list(source.expenses.values_list("pk", flat=True))
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        rows = Expense.objects.filter(pk__in=piece).select_related("owner", "company")
        found = {
            row.pk: row for row in rows.prefetch_related("lines__category", "lines__tax_code", "attachments__receipt")
        }
        yield [found[pk] for pk in piece]


def _totals(source: Source, pages: Pages) -> None:
    report = source.report
    paid: dict[str, int] = defaultdict(int)
    groups: tuple[dict[str, int], dict[str, int]] = (defaultdict(int), defaultdict(int))
    count = receipts = whole = 0
    for piece in _pieces(source):
        for expense in piece:
            sign = 1 if expense.direction == Direction.SPEND else -1
            count, whole = count + 1, whole + sign * expense.amount
            receipts += sum(1 for one in expense.attachments.all() if one.detached_at is None)
            abroad = expense.foreign_currency and expense.foreign_amount is not None
            paid[expense.foreign_currency if abroad else expense.currency] += sign * (
                expense.foreign_amount if abroad else expense.amount
            )
            for line in expense.lines.all():
                way = 1 if line.direction == Direction.SPEND else -1
                groups[0][line.category.name if line.category else gettext("No category")] += way * line.amount
                if line.tax_amount:
                    code = line.tax_code.code if line.tax_code else gettext("No VAT code")
                    groups[1][code] += way * line.tax_amount
    report.expense_count, report.progress_total = count, receipts
    source.advance(0, progress_total=receipts, expense_count=count)
    own = report.company.currency
    _block(pages, gettext("In all"), {gettext("%(count)s expenses") % {"count": count}: Money(whole, own)})
    _block(pages, gettext("Paid, by currency"), {name: Money(sum_, name) for name, sum_ in sorted(paid.items())})
    _block(pages, gettext("By category"), {name: Money(sum_, own) for name, sum_ in sorted(groups[0].items())})
    _block(pages, gettext("VAT in it"), {name: Money(sum_, own) for name, sum_ in sorted(groups[1].items())})


def _block(pages: Pages, words: str, sums: dict[str, Money]) -> None:
    if not sums:
        return
    pages.head(words)
    for label, money in sums.items():
        pages.pair(label, format.amount(money))


def _table(source: Source, pages: Pages) -> None:
    report = source.report
    pages.head(gettext("Expenses"))
    for piece in _pieces(source):
        numbers = source.vouchers(piece)
        for expense in piece:
            y = pages.down(ROW)
            day = format.full_day(report.company.day_of(expense.purchased_at))
            vouchers = ", ".join(str(number) for number in numbers.get(expense.pk, []))
            pages.sheet.text(LEFT, y, day, size=8, width=74)
            pages.sheet.text(LEFT + 78, y, f"#{expense.number}", size=8, width=44)
            pages.sheet.text(LEFT + 124, y, vouchers or "–", size=8, width=54)
            pages.sheet.text(LEFT + 182, y, expense.merchant, size=8, width=130)
            pages.sheet.text(LEFT + 318, y, "" if report.person_id else expense.owner.name, size=8, width=80)
            sign = "" if expense.direction == Direction.SPEND else "-"
            pages.sheet.right(AMOUNT_AT, y, f"{sign}{format.amount(expense.booked)}", size=8, strong=True)
        source.advance(0)


def _vouchers(expenses: list[Expense]) -> dict[Any, list[str]]:
    live = {"export__status": ExportStatus.READY, "export__withdrawn_at": None}
    rows = JournalEntry.objects.filter(book_item__expense__in=expenses, **live).order_by("pk")
    found: dict[Any, list[str]] = defaultdict(list)
    for entry in rows.select_related("book_item"):
        found[entry.book_item.expense_id].append(entry.voucher)
    return found


def _receipts(source: Source, paper: Paper) -> None:
    done = 0
    for piece in _pieces(source):
        numbers = source.vouchers(piece)
        for expense, receipts in receipts_of(piece):
            about = reference(expense, numbers.get(expense.pk, []))
            for index, receipt in enumerate(receipts, 1):
                place = gettext("Receipt %(index)s of %(count)s") % {"index": index, "count": len(receipts)}
                receipt_pages(paper, receipt, about, place=place)
                done += 1
                if done % STEP == 0:
                    source.advance(done)
    source.advance(done)


def _advance(report: PaperReport, done: int, **fields: Any) -> None:
    """Say how many receipts are in, and hold the lease for longer. Raises LeaseLost."""
    mine = PaperReport.objects.filter(pk=report.pk, status=PaperStatus.RUNNING, attempts=report.attempts)
    if not mine.update(progress_done=done, lease_until=timezone.now() + PaperReport.LEASE, **fields):
        raise LeaseLost(report.pk)


def _keep(report: PaperReport, target: BinaryIO, now: datetime) -> None:
    """Store the file under a name without anybody's words, and say in one transaction that it is there."""
    target.seek(0)
    digest = hashlib.file_digest(cast(Any, target), "sha256").hexdigest()
    target.seek(0)
    key = f"{report.company_id}/{report.created_at:%Y}/reports/{report.pk}/{report.attempts}.pdf"
    kept = default_storage.save(key, StoredFile(target, name="report.pdf"))
    mine = PaperReport.objects.filter(pk=report.pk, status=PaperStatus.RUNNING, attempts=report.attempts)
    made = mine.update(
        status=PaperStatus.READY, lease_until=None, last_error=None, file_key=kept, sha256=digest, ready_at=now,
        page_count=report.page_count,
    )  # fmt: skip
    if not made:
        raise LeaseLost(report.pk)
