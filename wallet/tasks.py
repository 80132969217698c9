"""What the worker does for the wallet. Every task is idempotent and finds its company by the row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from pleo.lib import work
from wallet import charge_fee
from wallet.models import BankStatement


@shared_task(name="wallet.tasks.charge_fees")
def charge_fees(**_: Any) -> None:
    charge_fee.charge_due(now=timezone.now())


@shared_task(name="wallet.tasks.read_statement")
def read_statement(*, statement_id: str, **_: Any) -> None:
    from wallet.read_statement import read_statement as read

    read(statement_id=UUID(statement_id), now=timezone.now())


@shared_task(name="wallet.tasks.sweep_statements")
def sweep_statements(**_: Any) -> None:
    from wallet.match_new import match_left

    now = timezone.now()
    for statement_id in BankStatement.overdue(now=now, waiting_since=now - timedelta(seconds=10)):
        work.enqueue(read_statement, statement_id=statement_id)
    match_left(now=now)


@shared_task(name="wallet.tasks.tend_wallets")
def tend_wallets(**_: Any) -> None:
    """Settle what was collected, order what rules ask for, and tell of wallets that run low, in this order."""
    from wallet import collect, settle_debit, watch_balance

    now = timezone.now()
    settle_debit.settle_due(now=now)
    collect.collect_due(now=now)
    watch_balance.watch_balances(now=now)


@shared_task(name="wallet.tasks.verify_ledgers")
def verify_ledgers(**_: Any) -> None:
    from wallet.verify_ledger import verify_due

    verify_due(now=timezone.now())
