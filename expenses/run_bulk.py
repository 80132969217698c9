"""Do what a bulk edit asks, some rows at a time: each lot is one transaction, so a crash leaves whole lots and goes on after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from events.models import Event
from events.record import event_of
from expenses import lines
from expenses.bulk_outcome import NothingToCode
from expenses.code_expense import answered_by, is_abroad, no_tax_code
from expenses.errors import ExpenseChanged, ExpenseLocked, NotYours
from expenses.evaluate_policies import evaluate_many
from expenses.models import (
    BulkAct,
    BulkEdit,
    BulkRow,
    BulkStatus,
    Category,
    Expense,
    ExpenseLine,
    RowState,
    TaxCode,
)
from expenses.new_expense import search_text_of
from expenses.review import review
from expenses.withdraw_review import withdraw_review
from pleo.lib.errors import DomainError
from pleo.lib.work import LeaseLost
from pleo.lib.write_many import write_many

# Coding writes a lot in a few statements; deciding goes expense by expense, each with its news for the owner.
LOT, LOT_OF_DECISIONS = 500, 50
EXPENSE_COLUMNS = ["is_coded", "review", "search_text", "version", "filled"]


def run_bulk(bulk_id: Any) -> None:
    """Work through a bulk edit until nothing waits. Returns at once when another worker has it."""
    bulk = BulkEdit.claim(bulk_id, now=timezone.now())
    if bulk is None:
        return
    try:
        while _lot(bulk):
            pass
        with bulk.finishing():
            pass
    except LeaseLost:
        return


@transaction.atomic
def _lot(bulk: BulkEdit) -> bool:
    """Do some rows and say whether there were any. Raises LeaseLost."""
    now = timezone.now()
    mine = BulkEdit.objects.filter(pk=bulk.pk, status=BulkStatus.RUNNING, attempts=bulk.attempts)
    if not mine.update(lease_until=now + BulkEdit.LEASE):
        raise LeaseLost(bulk.pk)
    is_coding = bulk.act == BulkAct.CODE or (bulk.undo_of is not None and bulk.undo_of.act == BulkAct.CODE)
    size = LOT if is_coding else LOT_OF_DECISIONS
    rows = list(BulkRow.objects.filter(bulk=bulk, state=RowState.WAITING).order_by("id")[:size])
    if not rows:
        return False
    found = _locked(row.expense_id for row in rows)
    if is_coding:
        _change_lines(bulk, rows, found, now)
    else:
        _decide(bulk, rows, found, now)
    write_many(rows, ["state", "error", "before", "version"])
    done = sum(1 for row in rows if row.state == RowState.DONE)
    mine.update(done=F("done") + done, skipped=F("skipped") + len(rows) - done)
    return True


def _locked(ids: Any) -> dict[UUID, Expense]:
    rows = Expense.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    return {row.pk: row for row in rows.select_related("owner", "company", "authorization")}


def _decide(bulk: BulkEdit, rows: list[BulkRow], found: dict[UUID, Expense], now: datetime) -> None:
    """Say okay, or take it back, one by one: the verbs know who may."""

    def okay(expense: Expense) -> None:
        review(expense=expense, by=bulk.by, outcome="okay", now=now, via="bulk")

    def take_back(expense: Expense) -> None:
        withdraw_review(expense=expense, by=bulk.by, now=now)

    act: Callable[[Expense], None] = okay if bulk.act == BulkAct.OKAY else take_back
    for row in rows:
        try:
            with transaction.atomic():
                act(found[row.expense_id])
        except DomainError as error:
            _skip(row, error)
        else:
            row.state = RowState.DONE


def _skip(row: BulkRow, error: DomainError) -> None:
    row.state, row.error = RowState.SKIPPED, {"code": error.code, **error.params}


@dataclass
class Lot:
    """What a lot of coding writes at its end."""

    expenses: list[Expense]
    lines: list[ExpenseLine]
    events: list[Event]


def _change_lines(bulk: BulkEdit, rows: list[BulkRow], found: dict[UUID, Expense], now: datetime) -> None:
    """Code the lines, or put the former coding back, and write everything in four statements."""
    of_expense: dict[UUID, list[ExpenseLine]] = defaultdict(list)
    all_lines = ExpenseLine.objects.filter(expense__in=found).select_related("category__tax_code", "tax_code")
    for line in all_lines.order_by("position"):
        of_expense[line.expense_id].append(line)
    lot, change = Lot([], [], []), _undoing(bulk, rows) if bulk.act == BulkAct.UNDO else _coding(bulk)
    for row in rows:
        expense, its_lines = found[row.expense_id], of_expense[row.expense_id]
        try:
            _refuse(expense, bulk)
            before = coding_of(its_lines)
            written = [[str(line.pk), *_coded(line)] for line in its_lines]
            changed = change(expense, its_lines)
        except DomainError as error:
            _skip(row, error)
            continue
        row.state, row.before = RowState.DONE, written
        _note(lot, bulk, expense, its_lines, changed, before, now)
        row.version = expense.version
    write_many(lot.lines, lines.CODING)
    write_many(lot.expenses, EXPENSE_COLUMNS)
    Event.objects.bulk_create(lot.events)
    evaluate_many(lot.expenses, now=now, quiet=True)


def _refuse(expense: Expense, bulk: BulkEdit) -> None:
    """Raise why this person may not code this expense now: NotYours, ExpenseLocked."""
    if not expense.is_editable_by(bulk.by):
        raise NotYours
    if expense.is_frozen:
        raise ExpenseLocked(lane=expense.books_lane)


Change = Callable[[Expense, list[ExpenseLine]], list[ExpenseLine]]


def _coding(bulk: BulkEdit) -> Change:
    """Return how to code one expense: a category brings its usual VAT code, none from abroad, unless one was chosen."""
    none = no_tax_code(bulk.company)

    def usual(expense: Expense, category: Category) -> TaxCode | None:
        code = category.tax_code
        is_barred = is_abroad(expense) or (expense.is_declared and code is not None and code.claims_vat)
        return none if is_barred else code

    def change(expense: Expense, its_lines: list[ExpenseLine]) -> list[ExpenseLine]:
        first = next((line for line in its_lines if not line.is_private and line.locked_at is None), None)
        if first is None:
            raise NothingToCode
        category = bulk.category or first.category
        code = bulk.tax_code
        if code is None:
            is_same = category is None or category == first.category
            code = first.tax_code if is_same or category is None else usual(expense, category)
        return lines.recode(
            its_lines, expense.currency, category=category, tax_code=code, tax=None, is_declared=expense.is_declared
        )

    return change


def _undoing(bulk: BulkEdit, rows: list[BulkRow]) -> Change:
    """Return how to put one expense back as it was, where it is still as the bulk edit left it. Raises ExpenseChanged."""
    asked = [row.expense_id for row in rows]
    former = {row.expense_id: row for row in BulkRow.objects.filter(bulk=bulk.undo_of, expense__in=asked)}
    categories = {str(row.pk): row for row in Category.objects.for_company(bulk.company)}
    codes = {str(row.pk): row for row in TaxCode.objects.for_company(bulk.company)}

    def change(expense: Expense, its_lines: list[ExpenseLine]) -> list[ExpenseLine]:
        was = former[expense.pk]
        by_id = {str(line.pk): line for line in its_lines}
        if was.version != expense.version or any(pk not in by_id for pk, *_ in was.before):
            raise ExpenseChanged
        for pk, category, code, tax, is_rest in was.before:
            line = by_id[pk]
            line.category, line.tax_code = categories.get(category), codes.get(code)
            line.tax_amount, line.is_rest = tax, is_rest
        return its_lines

    return change


def _coded(line: ExpenseLine) -> list[Any]:
    keys = [str(key) if key else None for key in (line.category_id, line.tax_code_id)]
    return [*keys, line.tax_amount, line.is_rest]


def coding_of(its_lines: list[ExpenseLine]) -> dict[str, Any]:
    """Return the coding as codes, for the event, as `code_expense` writes it."""
    line = its_lines[0] if its_lines else None
    return {
        "category": line.category.code if line and line.category else None,
        "tax_code": line.tax_code.code if line and line.tax_code else None,
        "tax": sum(line.tax_amount for line in its_lines),
    }


def _note(
    lot: Lot, bulk: BulkEdit, expense: Expense, its_lines: list[ExpenseLine], changed: list[ExpenseLine],
    before: dict[str, Any], now: datetime,
) -> None:  # fmt: skip
    """Put one changed expense into the lot."""
    names = {line.category.name for line in its_lines if line.category}
    expense.is_coded, expense.version = lines.all_coded(its_lines), expense.version + 1
    expense.search_text = search_text_of(expense, names)
    answered_by(expense, bulk.by)
    # A person said it now, whatever filled it in before.
    expense.filled = {**expense.filled, "category": {"by": "person"}, "tax_code": {"by": "person"}}
    lot.expenses.append(expense)
    lot.lines += changed
    after = coding_of(its_lines)
    changes = {name: [before[name], after[name]] for name in after if after[name] != before[name]}
    if changes:
        lot.events.append(
            event_of(company=bulk.company, verb="expense.coded", subject=expense, by=bulk.by, changes=changes, now=now)
        )
