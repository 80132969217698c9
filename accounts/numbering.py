"""Running numbers for people to say aloud: expense 1284, export 17, voucher 2026-311."""

from __future__ import annotations

from django.db import connection, transaction

from accounts.models import Company, Counter
from pleo.lib.ids import uuid7


def peek_number(*, company: Company, range: str, start: int = 1) -> int:
    """Return the number that `next_number` would give now, and take none."""
    known = Counter.objects.filter(company=company, range=range).values_list("next", flat=True).first()
    return max(int(known or 1), start)


@transaction.atomic
def next_number(*, company: Company, range: str, count: int = 1, start: int = 1) -> int:
    """Take `count` numbers of a range, none below `start`, and return the first. They are given back when the transaction
    rolls back.

    One UPDATE ... RETURNING on the counter's own row: a lock on the company would block every insert that refers to it.
    """
    table = Counter._meta.db_table
    update = (
        f"UPDATE {table} SET next = CASE WHEN next < %s THEN %s ELSE next END + %s "  # noqa: S608
        "WHERE company_id = %s AND range = %s RETURNING next"
    )
    key = Counter._meta.get_field("company").get_db_prep_value(company.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(update, [start, start, count, key, range])
        row = cursor.fetchone()
        if row is None:
            Counter.objects.bulk_create(
                [Counter(id=uuid7(), company=company, range=range, next=1)], ignore_conflicts=True
            )
            cursor.execute(update, [start, start, count, key, range])
            row = cursor.fetchone()
    assert row is not None, "a counter exists once it was made"
    return int(row[0]) - count
