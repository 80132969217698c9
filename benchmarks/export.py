"""The files of an export of 18 columns, beside COPY TO STDOUT of the same SELECT, and the memory that each takes."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from typing import Any

from benchmarks.world import NOW, median

LINES_EACH, RUNS = 3, 3
SMALL, LARGE = 3_334, 33_334  # entries: 10,000 and 100,000 lines
BATCH = 5_000
FORMATS = ("csv", "xlsx", "datev")


def fill(company: Any, number: int, entries: int, skip: int) -> Any:
    """Freeze an export of some of the company's oldest movements: three balanced lines each."""
    from bookkeeping.export import options_of
    from bookkeeping.models import Export
    from expenses.models import ChartAccount, Movement

    member = company.memberships.order_by("created_at").first()
    export = Export.objects.create(
        company=company,
        number=number,
        client_key=f"bench-{number}",
        by=member,
        item_count=entries,
        first_voucher=skip + 1,
        currency="DKK",
        formats=list(FORMATS),
        options=options_of(company, FORMATS),
        with_receipts=False,
    )
    found = Movement.objects.filter(company=company).order_by("booked_date", "id").select_related("expense")
    accounts = list(ChartAccount.objects.for_company(company).order_by("number")[:LINES_EACH])
    batch: list[Any] = []
    voucher = skip
    for movement in found[skip : skip + entries].iterator(chunk_size=BATCH):
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
            role="contra" if position == LINES_EACH else "tax" if position == 2 else "cost",
            account_type="expense",
        )
        for position, (account, (debit, credit)) in enumerate(zip(accounts, sides, strict=True), 1)
    ]


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def document(export: Any) -> Any:
    from django.db.models import Max, Min

    from bookkeeping.documents import document_of

    span = export.entries.aggregate(first=Min("date"), last=Max("date"))
    return document_of(export, first=span["first"], last=span["last"])


def written(export: Any, format: str) -> int:
    """Write every file of a format as an export does, to nowhere; returns the bytes."""
    from bookkeeping.formats.registry import render

    with open("/dev/null", "wb") as target:
        return sum(target.write(piece) for file in render(format, document(export), {}) for piece in file.content)


def peak_mb(export: Any, format: str) -> float:
    """Return what a process of its own needed at most to write a format, above what it had before."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def child() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        written(export, format)
        answers.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

    process = context.Process(target=child)
    process.start()
    grown = answers.get()
    process.join()
    return round(grown / 1024, 1)


def measure() -> dict[str, Any]:
    """Write the files as the product does, and let PostgreSQL copy out the same rows; the median of three runs of each."""
    from django.db import connection

    from accounts.models import Company
    from bookkeeping.documents import rows_query
    from bookkeeping.formats.csv import HEADINGS

    company = Company.objects.get(name="Large list")
    large = fill(company, 1, LARGE, 0)
    small = fill(company, 2, SMALL, LARGE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows, select = LARGE * LINES_EACH, rows_query(large)
    assert len(select._fields) == len(HEADINGS) == 18
    results: dict[str, Any] = {"columns": len(HEADINGS), "rows": rows}
    for format in FORMATS:
        seconds = median([timed(lambda key=format: written(large, key)) for _ in range(RUNS)])
        results[f"{format}_rows_per_s"] = round(rows / seconds)
    copy_seconds = median([timed(lambda: copy_out(select)) for _ in range(RUNS)])
    results["copy_rows_per_s"] = round(rows / copy_seconds)
    results["csv_ratio_to_copy"] = round(results["csv_rows_per_s"] / results["copy_rows_per_s"], 3)
    memory = {format: (peak_mb(small, format), peak_mb(large, format)) for format in FORMATS}
    results["peak_mb"] = max(large_mb for _, large_mb in memory.values())
    results["peak_mb_10000"] = max(small_mb for small_mb, _ in memory.values())
    return results


def copy_out(select: Any) -> int:
    """Read COPY (select) TO STDOUT to its end; returns the bytes that came."""
    import psycopg
    from django.db import connection

    sql, values = select.query.sql_with_params()
    connection.ensure_connection()
    plain = psycopg.ClientCursor(connection.connection).mogrify(sql, values)
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY ({plain}) TO STDOUT (FORMAT csv)") as copied:
        return sum(len(piece) for piece in copied)
