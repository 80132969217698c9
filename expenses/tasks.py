"""Entry points of the worker for expenses. Each loads by id and makes one call; each may run twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from pleo.lib import work


@shared_task(name="expenses.tasks.record_authorization")
def record_authorization(authorization_id: str, **_: Any) -> None:
    """Make or refresh the expense of an authorization."""
    from cards.models import Authorization
    from expenses.record_authorization import record

    record(authorization=Authorization.objects.get(pk=authorization_id))


@shared_task(name="expenses.tasks.record_clearing")
def record_clearing(clearing_id: str, **_: Any) -> None:
    """Make the movement of a clearing."""
    from cards.models import Clearing
    from expenses.record_clearing import record

    record(clearing=Clearing.objects.get(pk=clearing_id))


@shared_task(name="expenses.tasks.match_receipt")
def match_receipt(receipt_id: str, **_: Any) -> None:
    """Compare a read receipt with the expenses it may belong to."""
    from expenses.match_receipt import match_receipt as match
    from receipts.models import Receipt

    match(receipt=Receipt.objects.get(pk=receipt_id), now=timezone.now())


@shared_task(name="expenses.tasks.match_expense")
def match_expense(expense_id: str, **_: Any) -> None:
    """Compare the receipts that wait with a purchase that just came or changed."""
    from expenses.match_receipt import waiting_for
    from expenses.models import Expense

    for receipt_id in waiting_for(Expense.objects.select_related("owner").get(pk=expense_id), now=timezone.now()):
        work.enqueue(match_receipt, receipt_id=receipt_id)


@shared_task(name="expenses.tasks.sweep_authorizations")
def sweep_authorizations(**_: Any) -> None:
    """Ring again for authorizations whose expense is missing or behind."""
    from expenses import sweep

    for authorization_id in sweep.authorizations(now=timezone.now()):
        work.enqueue(record_authorization, authorization_id=authorization_id)


@shared_task(name="expenses.tasks.sweep_clearings")
def sweep_clearings(**_: Any) -> None:
    """Ring again for clearings without a movement."""
    from expenses import sweep

    for clearing_id in sweep.clearings(now=timezone.now()):
        work.enqueue(record_clearing, clearing_id=clearing_id)


@shared_task(name="expenses.tasks.sweep_balances")
def sweep_balances(**_: Any) -> None:
    """Enter what expenses count for into their people's accounts where nothing did."""
    from expenses.balance import catch_up

    catch_up(now=timezone.now())
    mark_payouts.run()


@shared_task(name="expenses.tasks.mark_payouts")
def mark_payouts(**_: Any) -> None:
    """Mark payouts that a statement of the wallet's bank names; the sweep of balances finds what no bell rang for."""
    from expenses.mark_from_lines import mark_from_lines

    mark_from_lines(now=timezone.now())


@shared_task(name="expenses.tasks.propose_runs")
def propose_runs(**_: Any) -> None:
    """Propose the runs that are due."""
    from expenses.schedule_runs import propose_due

    propose_due(now=timezone.now())


@shared_task(name="expenses.tasks.tend_requests")
def tend_requests(**_: Any) -> None:
    """Match what was bought with what was asked for, then close what is spent or over."""
    from expenses.close_ask import close_due
    from expenses.match_ask import match_all

    match_all(now=timezone.now())
    close_due(now=timezone.now())


@shared_task(name="expenses.tasks.settle_payouts")
def settle_payouts(**_: Any) -> None:
    """Hear what the bank says of what wallets paid."""
    from expenses.settle_payouts import settle_due

    settle_due(now=timezone.now())


@shared_task(name="expenses.tasks.fetch_rates")
def fetch_rates(**_: Any) -> None:
    """Fetch newer reference rates, where an address is set."""
    from expenses.load_rates import fetch_rates as fetch

    fetch(now=timezone.now())


@shared_task(name="expenses.tasks.watch_budgets")
def watch_budgets(**_: Any) -> None:
    """Tell owners what is gone of their budgets."""
    from expenses.watch_budgets import watch_budgets as watch

    watch(now=timezone.now())


@shared_task(name="expenses.tasks.sweep_matches")
def sweep_matches(**_: Any) -> None:
    """Ring again for read receipts that were never compared."""
    from expenses import sweep

    for receipt_id in sweep.receipts(now=timezone.now()):
        work.enqueue(match_receipt, receipt_id=receipt_id)


@shared_task(name="expenses.tasks.send_reminder")
def send_reminder(reminder_id: str, **_: Any) -> None:
    """Send the mail of a reminder."""
    from expenses.send_reminder import send_reminder as send

    send(reminder_id=UUID(reminder_id), now=timezone.now())


@shared_task(name="expenses.tasks.chase_receipts")
def chase_receipts(**_: Any) -> None:
    """Remind people whose receipts are due, and ring again for reminders that were not sent."""
    from expenses.chase import chase
    from expenses.models import Reminder
    from expenses.sweep import PATIENCE

    now = timezone.now()
    chase(now=now)
    for reminder_id in Reminder.overdue(now=now, waiting_since=now - PATIENCE):
        work.enqueue(send_reminder, reminder_id=reminder_id)


@shared_task(name="expenses.tasks.tend_receipt_locks")
def tend_receipt_locks(**_: Any) -> None:
    """Warn, lock and thaw by the companies' rules about missing receipts."""
    from expenses.receipt_lock import tend

    tend(now=timezone.now())


@shared_task(name="expenses.tasks.bulk_edit")
def bulk_edit(bulk_id: str, **_: Any) -> None:
    """Work through an act on many expenses."""
    from expenses.run_bulk import run_bulk

    run_bulk(bulk_id)


@shared_task(name="expenses.tasks.sweep_bulk_edits")
def sweep_bulk_edits(**_: Any) -> None:
    """Ring again for bulk edits that nobody works on."""
    from expenses.models import BulkEdit
    from expenses.sweep import PATIENCE

    now = timezone.now()
    for bulk_id in BulkEdit.overdue(now=now, waiting_since=now - PATIENCE):
        work.enqueue(bulk_edit, bulk_id=bulk_id)


@shared_task(name="expenses.tasks.compare_policies")
def compare_policies(expense_id: str, **_: Any) -> None:
    """Look again at the flags of what is compared with an expense."""
    from expenses.compare_policies import compare_policies as compare

    compare(expense_id=expense_id, now=timezone.now())


@shared_task(name="expenses.tasks.sweep_policies")
def sweep_policies(**_: Any) -> None:
    """Ring again for expenses whose neighbours were not compared, and for runs of rules that nobody works on."""
    from expenses.compare_policies import waiting
    from expenses.models import PolicyRun
    from expenses.sweep import PATIENCE

    now = timezone.now()
    for expense_id in waiting():
        work.enqueue(compare_policies, expense_id=expense_id)
    for run_id in PolicyRun.overdue(now=now, waiting_since=now - PATIENCE):
        work.enqueue(run_policy, run_id=run_id)


@shared_task(name="expenses.tasks.run_policy")
def run_policy(run_id: str, **_: Any) -> None:
    """Go through many expenses with a rule."""
    from expenses.run_policy import run_policy as run

    run(run_id)


@shared_task(name="expenses.tasks.sweep_routes")
def sweep_routes(**_: Any) -> None:
    """Bring what waits for review onto its way, and ask finance where nobody answered."""
    from expenses.sweep_routes import sweep_routes as sweep

    sweep(now=timezone.now())


@shared_task(name="expenses.tasks.run_rules")
def run_rules(run_id: str, **_: Any) -> None:
    """Ask the coding rules for what is not coded yet."""
    from expenses.rule_run import work_through

    work_through(run_id)


@shared_task(name="expenses.tasks.sweep_rule_runs")
def sweep_rule_runs(**_: Any) -> None:
    """Ring again for runs of the rules that nobody works on."""
    from expenses.models import RuleRun
    from expenses.sweep import PATIENCE

    now = timezone.now()
    for run_id in RuleRun.overdue(now=now, waiting_since=now - PATIENCE):
        work.enqueue(run_rules, run_id=run_id)


@shared_task(name="expenses.tasks.import_masters")
def import_masters(import_id: str, **_: Any) -> None:
    """Apply an import of masters that somebody confirmed."""
    from expenses.import_masters import apply_import

    apply_import(import_id)


@shared_task(name="expenses.tasks.sweep_imports")
def sweep_imports(**_: Any) -> None:
    """Ring again for imports that nobody works on."""
    from expenses.models import MasterImport
    from expenses.sweep import PATIENCE

    now = timezone.now()
    for import_id in MasterImport.overdue(now=now, waiting_since=now - PATIENCE):
        work.enqueue(import_masters, import_id=import_id)


@shared_task(name="expenses.tasks.mail_reviews")
def mail_reviews(**_: Any) -> None:
    """Send mails of what waits for review to those who want them."""
    from expenses.mail_reviews import mail_reviews as send

    send(now=timezone.now())
