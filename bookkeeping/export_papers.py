"""What each person bought of an export as one PDF with receipts, beside its files."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.text import slugify

from accounts.models import Membership
from bookkeeping.formats.document import File
from bookkeeping.models import Export, FileKind, JournalEntry, PaperReport
from bookkeeping.paper_report import Source, write_paper
from expenses.models import Expense
from pleo.lib import format

PIECE = 1 << 16


def people_of(export: Export) -> list[Membership]:
    """Return whose expenses stand in an export, by name."""
    owners = export.items.filter(book_item__expense__isnull=False).values("book_item__expense__owner")
    return list(Membership.objects.filter(pk__in=owners).order_by("name", "pk"))


def person_papers(
    export: Export, people: list[Membership], base: str, days: tuple[date, date], hold: Callable[..., None]
) -> Iterator[File]:
    """Yield one file for each person. `hold` is called now and then while one is made."""
    for place, person in enumerate(people, 1):
        # Two people of one name have two files.
        name = f"{base}-expenses-{place:02d}-{slugify(person.name)[:40]}".rstrip("-")
        content = _content(export, person, days, hold)
        yield File(f"{name}.pdf", "application/pdf", content, kind=FileKind.REPORT)


def _content(export: Export, person: Membership, days: tuple[date, date], hold: Callable[..., None]) -> Iterator[bytes]:
    about = PaperReport(
        company=export.company, by=export.by, person=person, starts=days[0], ends=days[1], created_at=export.created_at
    )
    held = export.items.filter(book_item__expense__owner=person).values("book_item__expense")
    expenses = Expense.objects.filter(pk__in=held).order_by("purchased_at", "id")
    with tempfile.TemporaryFile() as target:
        # One language and region for all files of a company, whoever or whatever makes them.
        with translation.override(settings.LANGUAGE_CODE), format.region(export.company.region):
            write_paper(Source(about, expenses, partial(_vouchers, export), hold), target)
        target.seek(0)
        while piece := target.read(PIECE):
            yield piece


def _vouchers(export: Export, expenses: list[Expense]) -> dict[Any, list[str]]:
    """Return the vouchers of some expenses in an export that is not ready yet."""
    found: dict[Any, list[str]] = defaultdict(list)
    rows = JournalEntry.objects.filter(export=export, book_item__expense__in=expenses).select_related("book_item")
    for entry in rows.order_by("series", "voucher_number"):
        found[entry.book_item.expense_id].append(entry.voucher)
    return found
