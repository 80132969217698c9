"""What an export made now would hold, without making one: nothing is written, the next numbers are only looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import Company
from accounts.numbering import peek_number
from bookkeeping import checks, facts
from bookkeeping.documents import entry_of, frozen_entries, header_of, rows_of
from bookkeeping.export import options_of
from bookkeeping.formats.document import BookEntry, Document
from bookkeeping.freeze import PIECE, NotReady, entries_of
from bookkeeping.journal import Contra
from bookkeeping.models import BookItem, BookSettings, Export, ExportStatus, Posting
from bookkeeping.months import Period as Period
from bookkeeping.vouchers import Run, look_ahead
from expenses.models import Lane
from pleo.lib.errors import DomainError


class NothingToExport(DomainError):
    """Nothing is ready or queued, and nothing was exported, in the period."""

    code = "nothing_to_export"

    def message(self) -> str:
        return gettext("Nothing is ready or queued in this period.")


@dataclass
class Preview:
    """A batch that is not in the database."""

    export: Export
    contra: Contra
    items: list[UUID]
    runs: list[Run]
    frozen: Any = field(default=None)

    def entries(self) -> Iterator[BookEntry]:
        """Yield what was exported before, if asked for, then what would be exported now, in voucher order."""
        before = frozen_entries(self.frozen) if self.frozen is not None else iter(())
        return chain(before, self._new())

    def _new(self) -> Iterator[BookEntry]:
        for start in range(0, len(self.items), PIECE):
            chosen = self.items[start : start + PIECE]
            found = {item.pk: item for item in BookItem.objects.filter(pk__in=chosen).with_facts()}
            ordered = [found[pk] for pk in chosen]
            for entry, lines in entries_of(self.export, ordered, self.runs, start, self.contra):
                yield entry_of(entry, lines)

    def document(self) -> Document:
        """Return the document. Raises NothingToExport."""
        days = [entry.date for entry in self.entries()]
        if not days:
            raise NothingToExport
        header = header_of(self.export, first=min(days), last=max(days))
        return Document(header, lambda: (row for entry in self.entries() for row in rows_of(entry)), self.entries)


def preview(
    *,
    company: Company,
    formats: Sequence[str],
    period: Period,
    as_of: datetime,
    include_exported: bool = False,
    most: int = 0,
) -> Preview:
    """Return the batch that an export made at `as_of` would be: what is queued and what is ready, dated in the period.

    With `include_exported` the entries of live exports dated in the period stand before it, with their own voucher numbers.
    `most` looks no further than the first so many, for a page. Raises FormatUnknown; NotReady when something is queued that
    could not be exported as it is.
    """
    options = options_of(company, formats)
    contra = facts.contra_of(BookSettings.objects.for_company(company).get())
    export = Export(
        company=company, number=peek_number(company=company, range="export"), format=formats[0], formats=list(formats),
        options=options, currency=company.currency, created_at=as_of, item_count=1,
    )  # fmt: skip
    frozen = None
    if include_exported:
        live = Q(entry__export__status=ExportStatus.READY, entry__export__withdrawn_at=None)
        frozen = Posting.objects.for_company(company).filter(live, period.within("entry__date"))
    items = _items(company, contra, period, most)
    days = dict(BookItem.objects.filter(pk__in=items).values_list("pk", "booked_date"))
    return Preview(export, contra, items, look_ahead(export, [days[pk] for pk in items]), frozen)


def _items(company: Company, contra: Contra, period: Period, most: int) -> list[UUID]:
    """Return the queued and the ready in the order of a batch. What is not ready is left out, what is queued must be."""
    open_items = BookItem.objects.for_company(company).filter(period.within("booked_date")).free()
    ready = checks.ready(open_items.filter(lane=Lane.UNEXPORTED), contra).values("pk")
    wanted = open_items.filter(Q(lane=Lane.QUEUE) | Q(pk__in=ready)).order_by("booked_date", "pk")
    found: list[UUID] = []
    wrong: list[dict[str, Any]] = []
    every = list(wanted.values_list("pk", flat=True)[: most or None])
    for start in range(0, len(every), PIECE):
        piece = {item.pk: item for item in BookItem.objects.filter(pk__in=every[start : start + PIECE]).with_facts()}
        for pk in every[start : start + PIECE]:
            results = checks.failures(piece[pk], contra)
            if not results:
                found.append(pk)
            elif piece[pk].lane == Lane.QUEUE:
                wrong += [{"item": str(pk), "text": piece[pk].text, "code": result.code} for result in results]
    if wrong:
        raise NotReady(wrong)
    return found
