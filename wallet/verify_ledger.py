"""Prove a company's ledger, going on from what was proved before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum

from accounts.models import Company, Membership
from pleo.lib import append_only
from pleo.lib.ids import earliest_id
from wallet.models import Hold, LedgerAccount, LedgerCheck, Transfer

# A transfer's id is made before its row is committed. Nothing that is older than this is still on its way: statements and
# locks are cut off far earlier.
SETTLED = timedelta(minutes=10)
# Everything is counted again once this long ago.
FULL_EVERY = timedelta(hours=23)
Sums = dict[str, list[int]]


def verify_ledger(*, company: Company, now: datetime, full: bool = False, by: Membership | None = None) -> LedgerCheck:
    """Compare every counter of a company with its transfers and holds, and keep the result.

    It adds what came since the last check to the sums proved then; with `full` it counts everything again, as each night.
    A change of old rows, which triggers refuse anyway, is seen by a full check alone.
    """
    with _one_view():
        last: LedgerCheck | None = None if full else LedgerCheck.objects.filter(company=company).first()
        rows, until = Transfer.objects.for_company(company), earliest_id(now - SETTLED)
        if last:
            until = max(until, last.through)
        older = rows.filter(pk__lte=until, **({"pk__gt": last.through} if last else {}))
        proved, old = _sums(older, last.sums if last else {})
        sums, new = _sums(rows.filter(pk__gt=until), proved)
        found = [*_differences(company, sums), *_missing_guards()]
    if found and last:
        # Before anybody is alarmed, everything is counted: a machine whose clock was wrong may have made ids of the past.
        return verify_ledger(company=company, now=now, full=True, by=by)
    old += last.proved if last else 0
    check, _ = LedgerCheck.objects.update_or_create(
        company=company,
        defaults={
            "checked_at": now,
            "full_at": last.full_at if last else now,
            "by": by,
            "proved": old,
            "transfers": old + new,
            "through": until,
            "sums": proved,
            "differences": found,
        },
    )
    return check


def latest_check(*, company: Company, now: datetime) -> LedgerCheck:
    """Return the latest check of a company; one that has none is checked now."""
    known: LedgerCheck | None = LedgerCheck.objects.for_company(company).select_related("by").first()
    return known or verify_ledger(company=company, now=now, full=True)


def verify_due(*, now: datetime) -> int:
    """Check the ledger of every company, counting everything where that is a day ago; returns how many do not agree."""
    wrong = 0
    full_at = dict(LedgerCheck.objects.values_list("company", "full_at"))
    for company in Company.objects.order_by("pk").iterator(chunk_size=200):
        last = full_at.get(company.pk)
        check = verify_ledger(company=company, now=now, full=last is None or last <= now - FULL_EVERY)
        wrong += not check.agrees
    return wrong


@contextmanager
def _one_view() -> Iterator[None]:
    """Read everything as it stood at one moment, or a transfer between two queries would look like a difference."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _sums(rows: Any, base: Sums) -> tuple[Sums, int]:
    """Add transfers to sums: by account, [debits, credits]. Two grouped queries."""
    sums = {account: list(pair) for account, pair in base.items()}
    count = 0
    for place, side in enumerate(("debit_account", "credit_account")):
        grouped = rows.order_by().values_list(side).annotate(total=Sum("amount"), rows=Count("pk"))
        for account, total, number in grouped:
            sums.setdefault(str(account), [0, 0])[place] += total
            count += number if place == 0 else 0
    return sums, count


def _missing_guards() -> list[dict[str, Any]]:
    return [{"code": "guard_missing", "counter": name, "kept": 0, "counted": 0} for name in append_only.missing()]


def _differences(company: Company, sums: Sums) -> list[dict[str, Any]]:
    open_holds = Hold.objects.for_company(company).filter(amount__gt=0)
    held = dict(open_holds.order_by().values_list("account").annotate(total=Sum("amount")))
    found = []
    for account in LedgerAccount.objects.for_company(company).order_by("pk"):
        debits, credits = sums.get(str(account.pk), [0, 0])
        explained = {
            "debits_posted": debits, "credits_posted": credits, "debits_pending": held.get(account.pk, 0), "credits_pending": 0,
        }  # fmt: skip
        for counter, counted in explained.items():
            kept = getattr(account, counter)
            if kept != counted:
                found.append(
                    {
                        "code": "counter_differs",
                        "account": str(account.pk),
                        "counter": counter,
                        "kept": kept,
                        "counted": counted,
                    }
                )
    return found
