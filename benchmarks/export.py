"""The journal of an export as CSV of 18 columns, beside COPY TO STDOUT of the same SELECT."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks.world import NOW, median

ENTRIES, LINES_EACH, RUNS = 70_000, 3, 3
BATCH = 5_000


def fill(company: Any) -> Any:
    """Freeze an export of the company's oldest movements: three balanced lines each."""
    from bookkeeping.models import Export
    from expenses.models import ChartAccount, Movement

    member = company.memberships.get()
    export = Export.objects.create(
        company=company,
        number=1,
        client_key="bench",
        by=member,
        item_count=ENTRIES,
        first_voucher=1,
        currency="DKK",
        with_receipts=False,
    )
    movements = (
        Movement.objects.filter(company=company).order_by("booked_date", "id").select_related("expense")[:ENTRIES]
    )
    accounts = list(ChartAccount.objects.for_company(company).order_by("number")[:LINES_EACH])
    batch: list[Any] = []
    voucher = 0
    for movement in movements.iterator(chunk_size=BATCH):
        batch.append(movement)
        if len(batch) == BATCH:
            voucher = _freeze(export, batch, accounts, voucher, member)
            batch = []
    _freeze(export, batch, accounts, voucher, member)
    return export


def _freeze(export: Any, movements: list[Any], accounts: list[Any], voucher: int, member: Any) -> int:
    from bookkeeping.models import BookItem, JournalEntry, Posting

    items = BookItem.objects.bulk_create(_item(export, movement, member) for movement in movements)
    entries = [
        JournalEntry(
            company_id=export.company_id,
            export=export,
            book_item=item,
            voucher_number=voucher + number,
            date=item.booked_date,
            document_date=item.booked_date,
            text=item.text,
            person_name=member.name,
            merchant=item.text,
            expense_number=movements[number - 1].expense.number,
            receipt_names=f"{voucher + number:06d}.jpg",
            debit_total=item.amount,
            credit_total=item.amount,
            currency="DKK",
        )
        for number, item in enumerate(items, 1)
    ]
    JournalEntry.objects.bulk_create(entries, batch_size=1_000)
    Posting.objects.bulk_create((line for entry in entries for line in _lines(entry, accounts)), batch_size=1_000)
    return voucher + len(entries)


def _item(export: Any, movement: Any, member: Any) -> Any:
    from bookkeeping.models import BookItem

    return BookItem(
        company_id=export.company_id,
        movement=movement,
        expense=movement.expense,
        lane="exported",
        booked_date=movement.booked_date,
        direction="spend",
        amount=movement.amount,
        currency="DKK",
        text=movement.expense.merchant,
        person=member,
        queued_by=member,
        queued_at=NOW,
    )


def _lines(entry: Any, accounts: list[Any]) -> list[Any]:
    from bookkeeping.models import Posting

    tax = entry.debit_total // 5
    sides = ((entry.debit_total - tax, 0), (tax, 0), (0, entry.debit_total))
    return [
        Posting(
            company_id=entry.company_id,
            entry=entry,
            position=position,
            account=account,
            account_number=account.number,
            account_name=account.name,
            debit=debit,
            credit=credit,
            category_name="Travel" if position == 1 else "",
            text=entry.text,
        )
        for position, (account, (debit, credit)) in enumerate(zip(accounts, sides, strict=True), 1)
    ]


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure() -> dict[str, Any]:
    """Write the file as the product does, and let PostgreSQL copy out the same rows; the median of three runs of each."""
    from django.db import connection

    from accounts.models import Company
    from bookkeeping.files import rows_query, write_journal
    from bookkeeping.formats.csv import HEADINGS

    company = Company.objects.get(name="Large list")
    export = fill(company)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows, select = ENTRIES * LINES_EACH, rows_query(export)
    assert len(select._fields) == len(HEADINGS) == 18

    def write() -> None:
        with tempfile.TemporaryFile() as file:
            write_journal(export, file)

    csv_seconds = median([timed(write) for _ in range(RUNS)])
    copy_seconds = median([timed(lambda: copy_out(select)) for _ in range(RUNS)])
    return {
        "csv_rows_per_s": round(rows / csv_seconds),
        "csv_ratio_to_copy": round(copy_seconds / csv_seconds, 3),
        "copy_rows_per_s": round(rows / copy_seconds),
        "columns": len(HEADINGS),
        "rows": rows,
    }


def copy_out(select: Any) -> int:
    """Read COPY (select) TO STDOUT to its end; returns the bytes that came."""
    import psycopg
    from django.db import connection

    sql, values = select.query.sql_with_params()
    connection.ensure_connection()
    plain = psycopg.ClientCursor(connection.connection).mogrify(sql, values)
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY ({plain}) TO STDOUT (FORMAT csv)") as copied:
        return sum(len(piece) for piece in copied)
