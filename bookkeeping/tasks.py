"""Jobs of the books. Each takes an id and can run any number of times."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from pleo.lib import work


@shared_task(name="bookkeeping.tasks.book_movement")
def book_movement(*, movement_id: str, **_: Any) -> None:
    from bookkeeping import sources
    from expenses.models import Movement

    sources.book_movement(movement=Movement.objects.select_related("expense__owner").get(pk=movement_id))


@shared_task(name="bookkeeping.tasks.book_balance_entry")
def book_balance_entry(*, entry_id: str, **_: Any) -> None:
    from bookkeeping import sources
    from expenses.models import BalanceEntry

    sources.book_balance_entry(entry=BalanceEntry.objects.select_related("membership").get(pk=entry_id))


@shared_task(name="bookkeeping.tasks.sweep_sources")
def sweep_sources(**_: Any) -> None:
    from bookkeeping import sources

    sources.sweep(now=timezone.now())


@shared_task(name="bookkeeping.tasks.sweep_all_sources")
def sweep_all_sources(**_: Any) -> None:
    from bookkeeping import sources

    sources.sweep(now=timezone.now(), everything=True)


@shared_task(name="bookkeeping.tasks.build")
def build(*, export_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.build import build as build_export

    build_export(export_id=UUID(export_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.push")
def push(*, job_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.push import push as push_job

    push_job(job_id=UUID(job_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.build_report")
def build_report(*, report_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.paper_report import build_report as build_paper

    build_paper(report_id=UUID(report_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.run_clients")
def run_clients(*, run_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.export_clients import run_clients as run_all

    run_all(run_id=UUID(run_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.run_queue")
def run_queue(*, run_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.queue_run import work_on

    work_on(run_id=UUID(run_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.run_check")
def run_check(*, run_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.check_again import run_check as check_all

    check_all(run_id=UUID(run_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.sweep_exports")
def sweep_exports(**_: Any) -> None:
    from bookkeeping.models import CheckRun, ClientRun, PaperReport
    from bookkeeping.queue_run import PATIENCE, overdue_runs
    from bookkeeping.sweep_exports import overdue_jobs
    from bookkeeping.sweep_exports import sweep_exports as overdue

    for pk in overdue(now=timezone.now()):
        work.enqueue(build, export_id=pk)
    for pk in overdue_jobs(now=timezone.now()):
        work.enqueue(push, job_id=pk)
    for pk in overdue_runs(now=timezone.now()):
        work.enqueue(run_queue, run_id=pk)
    for pk in PaperReport.overdue(now=timezone.now(), waiting_since=timezone.now() - PATIENCE):
        work.enqueue(build_report, report_id=pk)
    for pk in CheckRun.overdue(now=timezone.now(), waiting_since=timezone.now() - PATIENCE):
        work.enqueue(run_check, run_id=pk)
    for pk in ClientRun.overdue(now=timezone.now(), waiting_since=timezone.now() - PATIENCE):
        work.enqueue(run_clients, run_id=pk)


@shared_task(name="bookkeeping.tasks.erase")
def erase(*, erasure_id: str, **_: Any) -> None:
    from uuid import UUID

    from bookkeeping.erase_due import carry_out

    carry_out(erasure_id=UUID(erasure_id), now=timezone.now())


@shared_task(name="bookkeeping.tasks.erase_tonight")
def erase_tonight(**_: Any) -> None:
    from bookkeeping.erase_due import MOST
    from bookkeeping.erase_due import erase_tonight as erase_all
    from bookkeeping.without_erased import without_erased

    erased = erase_all(now=timezone.now())
    without_erased(now=timezone.now())
    if erased >= MOST:
        work.enqueue(erase_tonight)


@shared_task(name="bookkeeping.tasks.finish_erasures")
def finish_erasures(**_: Any) -> None:
    from bookkeeping.erase_due import carry_out, open_erasures
    from bookkeeping.without_erased import without_erased

    for pk in open_erasures():
        carry_out(erasure_id=pk, now=timezone.now())
    without_erased(now=timezone.now())
