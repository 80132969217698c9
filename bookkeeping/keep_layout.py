"""Make, change and archive a table of the company's own making."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.formats.custom import DATES, ENCODINGS, FIELDS, MOST_COLUMNS, SEPARATORS, Layout
from bookkeeping.formats.registry import CUSTOM
from bookkeeping.models import BookLayout, BookSettings
from events.record import record
from pleo.lib.errors import DomainError, WrongState


class LayoutWrong(DomainError):
    """The layout has no columns, too many, or something in it that no file can have."""

    code = "layout_wrong"

    def message(self) -> str:
        sentences = {
            "columns": gettext("Choose between 1 and %(most)s columns.") % {"most": MOST_COLUMNS},
            "separator": gettext("The comma cannot part cells and decimals at once. Choose a semicolon or a tab."),
            "look": gettext("Choose from the lists."),
        }
        return sentences[str(self.params["reason"])]


class LayoutNameTaken(DomainError):
    """The company has a table of this name."""

    code = "layout_name_taken"
    field = "name"

    def message(self) -> str:
        return gettext("There is a table of this name. Choose another.")


def check(layout: Layout) -> None:
    """Raise LayoutWrong for what no file could be made of."""
    if not 1 <= len(layout.columns) <= MOST_COLUMNS or any(column.field not in FIELDS for column in layout.columns):
        raise LayoutWrong(reason="columns")
    known = layout.encoding in ENCODINGS and layout.separator in SEPARATORS and layout.date_format in DATES
    if not known or any(len(column.heading) > 60 for column in layout.columns):
        raise LayoutWrong(reason="look")
    if not layout.is_xlsx and layout.separator == "," and layout.decimal_comma:
        raise LayoutWrong(reason="separator")


@transaction.atomic
def keep_layout(*, by: Membership, layout: Layout, pk: UUID | None = None) -> BookLayout:
    """Make a table, or change one. Exports made before keep the table as it was. Raises LayoutWrong, LayoutNameTaken."""
    check(layout)
    kept = BookLayout(company=by.company) if pk is None else _open(by, pk)
    kept.name, kept.look = layout.name, layout.dump()
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise LayoutNameTaken from error
    record(company=by.company, verb="books.layout_kept", subject=kept, by=by, label=kept.name)
    return kept


@transaction.atomic
def archive_layout(*, by: Membership, pk: UUID, now: datetime) -> BookLayout:
    """Take a table out of use; exports made with it stay as they are. Raises WrongState when it was archived before."""
    kept = _open(by, pk)
    BookLayout.objects.filter(pk=pk, archived_at=None).update(archived_at=now)
    settings = BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    left = [key for key in settings.formats if key != f"{CUSTOM}{pk}"]
    BookSettings.objects.filter(pk=settings.pk).update(formats=left or ["csv"])
    record(company=by.company, verb="books.layout_archived", subject=kept, by=by, label=kept.name)
    return kept


def _open(by: Membership, pk: UUID) -> BookLayout:
    found: BookLayout | None = (
        BookLayout.objects.for_company(by.company)
        .select_for_update(no_key=True)
        .filter(pk=pk, archived_at=None)
        .first()
    )
    if found is None:
        raise WrongState
    return found
