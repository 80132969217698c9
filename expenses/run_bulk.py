"""Do what a bulk edit asks, some rows at a time: each lot is one transaction, so a crash leaves whole lots and goes on after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from events.models import Event
from events.record import event_of
from expenses import lines
from expenses.bulk_outcome import NothingSure, NothingToCode, stored
from expenses.code_expense import (
    answered_by,
    coding_of_lines,
    no_tax_code,
    refuse_change,
    said_by_person,
    usual_tax_code,
)
from expenses.complete import complete
from expenses.errors import ExpenseChanged
from expenses.evaluate_policies import evaluate_many
from expenses.lock_period import live_lock, locked_by, note_override
from expenses.models import (
    BulkAct,
    BulkEdit,
    BulkRow,
    Category,
    Expense,
    ExpenseLine,
    LineTag,
    LockKind,
    PeriodLock,
    RowState,
    Tag,
    TaxCode,
)
from expenses.new_expense import search_text_of
from expenses.review import review
from expenses.suggest import certain
from expenses.tagging import refuse_archived, tags_on
from expenses.withdraw_review import withdraw_review
from pleo.lib.errors import DomainError
from pleo.lib.write_many import write_many

# Coding writes a lot in a few statements; the rest goes expense by expense, each through its verb.
LOT, LOT_OF_VERBS = 500, 50
EXPENSE_COLUMNS = ["is_coded", "review", "search_text", "version", "filled"]
READING_COLUMNS = ["document_date", "confirmed", "reading_open"]


def run_bulk(bulk_id: Any) -> None:
    """Work through a bulk edit until nothing waits. Returns at once when another worker has it."""
    BulkEdit.in_lots(bulk_id, _lot)


def _lot(bulk: BulkEdit, mine: Any) -> bool:
    """Do some rows and say whether there were any."""
    now = timezone.now()
    changes_lines = bulk.act == BulkAct.CODE or (bulk.undo_of is not None and bulk.undo_of.act != BulkAct.OKAY)
    size = LOT if changes_lines else LOT_OF_VERBS
    rows = list(BulkRow.objects.filter(bulk=bulk, state=RowState.WAITING).order_by("id")[:size])
    if not rows:
        return False
    found = _locked(row.expense_id for row in rows)
    if changes_lines:
        _change_lines(bulk, rows, found, now)
    else:
        _by_verb(bulk, rows, found, now)
    write_many(rows, ["state", "error", "before", "version"])
    done = sum(1 for row in rows if row.state == RowState.DONE)
    mine.update(done=F("done") + done, skipped=F("skipped") + len(rows) - done)
    return True


def _locked(ids: Any) -> dict[UUID, Expense]:
    rows = Expense.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    return {row.pk: row for row in rows.select_related("owner", "company", "authorization")}


def _by_verb(bulk: BulkEdit, rows: list[BulkRow], found: dict[UUID, Expense], now: datetime) -> None:
    """Say okay, take it back, or accept what is sure, one by one: the verbs know who may."""

    def okay(expense: Expense, _row: BulkRow) -> None:
        review(expense=expense, by=bulk.by, outcome="okay", now=now, via="bulk")

    def take_back(expense: Expense, _row: BulkRow) -> None:
        withdraw_review(expense=expense, by=bulk.by, now=now)

    def accept(expense: Expense, row: BulkRow) -> None:
        _accept(expense, row, bulk, now)

    acts: dict[str, Callable[[Expense, BulkRow], None]] = {BulkAct.OKAY: okay, BulkAct.ACCEPT: accept}
    act = acts.get(bulk.act, take_back)
    for row in rows:
        try:
            with transaction.atomic():
                act(found[row.expense_id], row)
        except DomainError as error:
            _skip(row, error)
        else:
            row.state = RowState.DONE


def _accept(expense: Expense, row: BulkRow, bulk: BulkEdit, now: datetime) -> None:
    """Take over what is suggested and certain. Raises NothingSure, and what `complete` raises."""
    refuse_change(expense, bulk.by)
    sure = certain(expense, bulk.by)
    if not sure:
        raise NothingSure
    before = {
        "lines": _written(list(expense.lines.order_by("position"))),
        "document_date": expense.document_date.isoformat() if expense.document_date else None,
        "confirmed": expense.confirmed,
        "reading_open": expense.reading_open,
    }
    done = complete(expense=expense, by=bulk.by, now=now, accepted=sure)
    row.before = before
    row.version = Expense.objects.values_list("version", flat=True).get(pk=done.pk)


def _skip(row: BulkRow, error: DomainError) -> None:
    row.state, row.error = RowState.SKIPPED, stored(error)


@dataclass
class Lot:
    """What a lot of coding writes at its end. `tags` are those that lines had, `tagged` those that some of them get."""

    lock: PeriodLock | None
    tags: dict[UUID, list[Tag]]
    expenses: list[Expense] = field(default_factory=list)
    lines: list[ExpenseLine] = field(default_factory=list)
    tagged: dict[UUID, list[Tag]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    overridden: list[Expense] = field(default_factory=list)


def _change_lines(bulk: BulkEdit, rows: list[BulkRow], found: dict[UUID, Expense], now: datetime) -> None:
    """Code the lines, or put the former coding back, and write everything in a fixed number of statements."""
    of_expense: dict[UUID, list[ExpenseLine]] = defaultdict(list)
    all_lines = list(
        ExpenseLine.objects.filter(expense__in=found)
        .select_related("category__tax_code", "tax_code")
        .order_by("position")
    )
    for line in all_lines:
        of_expense[line.expense_id].append(line)
    lot = Lot(live_lock(bulk.company, LockKind.EDITS), tags_on(all_lines))
    change = _undoing(bulk, rows, lot) if bulk.act == BulkAct.UNDO else _coding(bulk, lot)
    for row in rows:
        expense, its_lines = found[row.expense_id], of_expense[row.expense_id]
        try:
            refuse_change(expense, bulk.by)
            is_closed = locked_by(lot.lock, day=bulk.company.day_of(expense.purchased_at), by=bulk.by)
            before = coding_of_lines(its_lines, lot.tags)
            written = _written(its_lines, lot.tags)
            changed = change(expense, its_lines)
        except DomainError as error:
            _skip(row, error)
            continue
        row.state, row.before = RowState.DONE, written
        lot.overridden += [expense] if is_closed else []
        _note(lot, bulk, expense, its_lines, changed, before, now)
        row.version = expense.version
    _write(lot, bulk, now)


def _write(lot: Lot, bulk: BulkEdit, now: datetime) -> None:
    write_many(lot.lines, lines.CODING)
    _retag(lot)
    of_reading = bulk.undo_of is not None and bulk.undo_of.act == BulkAct.ACCEPT
    write_many(lot.expenses, EXPENSE_COLUMNS + (READING_COLUMNS if of_reading else []))
    Event.objects.bulk_create(lot.events)
    for expense in lot.overridden:
        note_override(lot.lock, subject=expense, by=bulk.by, now=now)
    evaluate_many(lot.expenses, now=now, quiet=True)


def _retag(lot: Lot) -> None:
    """Give the lines whose tags changed their new ones."""
    changed = {line.pk: line for line in lot.lines if line.pk in lot.tagged}
    LineTag.objects.filter(line__in=changed).delete()
    LineTag.objects.bulk_create(
        LineTag(company_id=line.company_id, line=line, tag=tag, group_id=tag.group_id)
        for pk, line in changed.items()
        for tag in lot.tagged[pk]
    )


Change = Callable[[Expense, list[ExpenseLine]], list[ExpenseLine]]


def _coding(bulk: BulkEdit, lot: Lot) -> Change:
    """Return how to code one expense: a category brings its usual VAT code, none from abroad, unless one was chosen.

    Tags alone leave the rest as it is, typed VAT too.
    """
    none, is_coding = no_tax_code(bulk.company), bool(bulk.category_id or bulk.tax_code_id)
    wanted = list(Tag.objects.for_company(bulk.company).filter(pk__in=bulk.tags).select_related("group"))

    def change(expense: Expense, its_lines: list[ExpenseLine]) -> list[ExpenseLine]:
        free = [line for line in its_lines if not line.is_private and line.locked_at is None]
        if not free:
            raise NothingToCode
        refuse_archived(wanted, [tag for line in free for tag in lot.tags.get(line.pk, ())])
        if is_coding:
            category = bulk.category or free[0].category
            code = bulk.tax_code
            if code is None:
                is_same = category is None or category == free[0].category
                code = free[0].tax_code if is_same else usual_tax_code(expense, category, none=none)
            lines.recode(
                its_lines, expense.currency, category=category, tax_code=code, tax=None, is_declared=expense.is_declared
            )
            said_by_person(expense, ("category", "tax_code"))
        if wanted:
            said_by_person(expense, ("tags",))
        for line in free if wanted else ():
            kept = {tag.group_id: tag for tag in lot.tags.get(line.pk, ())}
            lot.tagged[line.pk] = list({**kept, **{tag.group_id: tag for tag in wanted}}.values())
        return free

    return change


def _undoing(bulk: BulkEdit, rows: list[BulkRow], lot: Lot) -> Change:
    """Return how to put one expense back as it was, where it is still as the bulk edit left it. Raises ExpenseChanged."""
    asked = [row.expense_id for row in rows]
    former = {row.expense_id: row for row in BulkRow.objects.filter(bulk=bulk.undo_of, expense__in=asked)}
    categories = {str(row.pk): row for row in Category.objects.for_company(bulk.company)}
    codes = {str(row.pk): row for row in TaxCode.objects.for_company(bulk.company)}
    tags = {str(row.pk): row for row in Tag.objects.for_company(bulk.company).select_related("group")}

    def change(expense: Expense, its_lines: list[ExpenseLine]) -> list[ExpenseLine]:
        was = former[expense.pk]
        whole = was.before if isinstance(was.before, dict) else {"lines": was.before}
        by_id = {str(line.pk): line for line in its_lines}
        if was.version != expense.version or any(entry[0] not in by_id for entry in whole["lines"]):
            raise ExpenseChanged
        for pk, category, code, tax, is_rest, *had in whole["lines"]:
            line = by_id[pk]
            line.category, line.tax_code = categories.get(category), codes.get(code)
            line.tax_amount, line.is_rest = tax, is_rest
            if had:
                lot.tagged[line.pk] = [tags[pk] for pk in had[0] if pk in tags]
        if "confirmed" in whole:
            day = whole["document_date"]
            expense.document_date = date.fromisoformat(day) if day else None
            expense.confirmed, expense.reading_open = whole["confirmed"], whole["reading_open"]
        said_by_person(expense, ("category", "tax_code"))
        return its_lines

    return change


def _written(its_lines: Sequence[ExpenseLine], tags: dict[UUID, list[Tag]] | None = None) -> list[list[Any]]:
    """Return the coding of lines as `BulkRow.before` keeps it."""
    tags = tags_on(its_lines) if tags is None else tags

    def keys(line: ExpenseLine) -> list[Any]:
        return [str(key) if key else None for key in (line.category_id, line.tax_code_id)]

    return [
        [str(line.pk), *keys(line), line.tax_amount, line.is_rest, [str(tag.pk) for tag in tags.get(line.pk, ())]]
        for line in its_lines
    ]


def _note(
    lot: Lot, bulk: BulkEdit, expense: Expense, its_lines: list[ExpenseLine], changed: list[ExpenseLine],
    before: dict[str, Any], now: datetime,
) -> None:  # fmt: skip
    """Put one changed expense into the lot."""
    names = {line.category.name for line in its_lines if line.category}
    expense.is_coded, expense.version = lines.all_coded(its_lines), expense.version + 1
    expense.search_text = search_text_of(expense, names)
    answered_by(expense, bulk.by)
    lot.expenses.append(expense)
    lot.lines += changed
    after = coding_of_lines(its_lines, {**lot.tags, **lot.tagged})
    changes = {name: [before[name], after[name]] for name in after if after[name] != before[name]}
    if changes:
        lot.events.append(
            event_of(company=bulk.company, verb="expense.coded", subject=expense, by=bulk.by, changes=changes, now=now)
        )
