"""Ask for one act on many expenses, or for undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from expenses.code_expense import MasterArchived
from expenses.errors import NotYours
from expenses.models import BulkAct, BulkEdit, BulkRow, Category, Expense, RowState, Tag, TaxCode
from expenses.tagging import as_wanted, refuse_archived
from expenses.tasks import bulk_edit
from pleo.lib import format, work
from pleo.lib.errors import DomainError, WrongState

MAX_ROWS = 50_000
BATCH = 2_000


class NothingTicked(DomainError):
    """No expense was chosen, or none that the person may see."""

    code = "nothing_ticked"
    field = "expense"

    def message(self) -> str:
        return gettext("Tick the expenses first.")


class TooMany(DomainError):
    """More rows than one act takes."""

    code = "too_many"
    field = "expense"

    def message(self) -> str:
        limit = self.params["limit"]
        return ngettext(
            "One act takes %(limit)s expense at most. Narrow the list with a filter.",
            "One act takes %(limit)s expenses at most. Narrow the list with a filter.",
            limit,
        ) % {"limit": format.count(limit)}


class NothingToSet(DomainError):
    """Neither a category nor a tax code nor a tag was chosen."""

    code = "nothing_to_set"
    field = "category"

    def message(self) -> str:
        return gettext("Choose a category, a VAT code or a tag.")


@transaction.atomic
def start_bulk(
    *,
    by: Membership,
    expenses: QuerySet[Expense],
    act: str,
    category: Category | None = None,
    tax_code: TaxCode | None = None,
    tags: Sequence[Tag] = (),
) -> BulkEdit:
    """Note which expenses an act is asked for, exactly those of this moment, and leave it to the worker.

    `expenses` are rows the person may see. Each is checked again when its turn comes. Raises NotYours, NothingTicked,
    TooMany, NothingToSet, MasterArchived, TagArchived, TagsClash.
    """
    if not by.can("expenses.review" if act == BulkAct.OKAY else "expenses.edit"):
        raise NotYours
    if act == BulkAct.CODE:
        _check_masters(category, tax_code, tags)
    ids = list(expenses.order_by("id").values_list("pk", flat=True)[: MAX_ROWS + 1])
    return _noted(by, act, ids, category=category, tax_code=tax_code, tags=[str(tag.pk) for tag in tags])


@transaction.atomic
def undo_bulk(*, bulk: BulkEdit, by: Membership) -> BulkEdit:
    """Ask for putting back what a finished bulk edit changed, where nobody changed it since. Once. Raises NotYours, WrongState."""
    if bulk.by_id != by.pk and not by.can("expenses.edit_all"):
        raise NotYours
    if bulk.is_open or bulk.act == BulkAct.UNDO:
        raise WrongState
    ids = list(bulk.rows.filter(state=RowState.DONE).order_by("expense_id").values_list("expense_id", flat=True))
    try:
        with transaction.atomic():
            return _noted(by, BulkAct.UNDO, ids, undo_of=bulk)
    except IntegrityError as error:
        raise WrongState from error


def _check_masters(category: Category | None, tax_code: TaxCode | None, tags: Sequence[Tag]) -> None:
    if category is None and tax_code is None and not tags:
        raise NothingToSet
    as_wanted(tags)
    refuse_archived(tags)
    for master in (category, tax_code):
        if master is not None and master.archived_at:
            raise MasterArchived(name=str(master))


def _noted(by: Membership, act: str, ids: list[UUID], **fields: object) -> BulkEdit:
    if not ids:
        raise NothingTicked
    if len(ids) > MAX_ROWS:
        raise TooMany(limit=MAX_ROWS)
    bulk: BulkEdit = BulkEdit.objects.create(company=by.company, by=by, act=act, total=len(ids), **fields)
    BulkRow.objects.bulk_create(_rows(bulk, ids), batch_size=BATCH)
    work.enqueue(bulk_edit, bulk_id=bulk.pk)
    return bulk


def _rows(bulk: BulkEdit, ids: Iterable[UUID]) -> Iterable[BulkRow]:
    return (BulkRow(bulk=bulk, expense_id=pk) for pk in ids)
