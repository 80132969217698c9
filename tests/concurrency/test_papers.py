"""Reports and runs over several clients begun by many at once, and workers that die half-way: each is made once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from bookkeeping import paper_report
from bookkeeping.begin_report import begin_report
from bookkeeping.export_clients import export_clients, run_clients
from bookkeeping.models import BookItem, ClientRun, Export, ExportItem, PaperReport
from bookkeeping.paper_report import build_report
from expenses.models import Lane
from tests.bookkeeping.conftest import NOW, purchase, top_up
from tests.bookkeeping.test_papers import FIRST, LAST
from tests.concurrency.conftest import Together
from tests.conftest import Cast

PEOPLE = 4


def begin(cast: Cast, key: str) -> PaperReport:
    return begin_report(by=cast.bob, person=None, starts=FIRST, ends=LAST, client_key=key, now=NOW)


@pytest.fixture
def bought(cast: Cast) -> None:
    for number in range(4):
        purchase(cast.carol, 100 + number)


def test_two_accountants_begin_a_report_each_and_the_same_press_is_one(
    cast: Cast, bought: None, together: Together
) -> None:
    together(PEOPLE, lambda number: begin(cast, "one press"))
    assert PaperReport.objects.count() == 1
    together(PEOPLE, lambda number: begin(cast, uuid4().hex))
    assert PaperReport.objects.count() == 1 + PEOPLE


def test_many_workers_make_a_report_once(cast: Cast, bought: None, together: Together) -> None:
    report = begin(cast, "one")
    made = [one for one in together(PEOPLE, lambda number: build_report(report_id=report.pk, now=NOW)) if one]
    assert [one.status for one in made] == ["ready"] and made[0].attempts == 1 and made[0].expense_count == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_worker_killed_in_the_middle_of_a_report_is_followed_by_another(
    cast: Cast, bought: None, monkeypatch: Any
) -> None:
    whole = begin(cast, "whole")
    build_report(report_id=whole.pk, now=NOW)
    report, real = begin(cast, "killed"), paper_report._receipts
    connections.close_all()
    child = os.fork()
    if not child:
        monkeypatch.setattr(paper_report, "_receipts", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        build_report(report_id=report.pk, now=timezone.now())
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert paper_report._receipts is real
    report.refresh_from_db()
    assert report.status == "running" and not report.sha256
    assert build_report(report_id=report.pk, now=timezone.now()) is None, "its lease is not over"
    later = timezone.now() + PaperReport.LEASE + timedelta(seconds=1)
    done = build_report(report_id=report.pk, now=later)
    whole.refresh_from_db()
    assert done is not None and done.status == "ready" and done.attempts == 2
    assert done.sha256 == whole.sha256, "the same rows and moment give the same bytes"


def test_many_workers_do_a_run_over_several_clients_once(cast: Cast, bought: None, together: Together) -> None:
    top_up(cast.company)

    def press(number: int) -> ClientRun:
        return export_clients(user=cast.bob.user, companies=[cast.company.pk], client_key="one", now=NOW)

    run = together(PEOPLE, press)[0]
    assert ClientRun.objects.count() == 1
    together(PEOPLE, lambda number: run_clients(run_id=run.pk, now=timezone.now()))
    run.refresh_from_db()
    assert run.status == "done" and Export.objects.count() == 1
    places = Counter(ExportItem.objects.filter(withdrawn_at=None).values_list("book_item", flat=True))
    assert set(places.values()) == {1} and len(places) == 5


def test_two_runs_over_the_same_client_share_no_entry(cast: Cast, bought: None, together: Together) -> None:
    def both(number: int) -> Any:
        run = export_clients(user=cast.bob.user, companies=[cast.company.pk], client_key=f"{number}", now=NOW)
        return run_clients(run_id=run.pk, now=timezone.now())

    runs = together(PEOPLE, both)
    assert {run.status for run in runs} == {"done"}
    assert not BookItem.objects.exclude(lane=Lane.EXPORTED).exists()
    places = Counter(ExportItem.objects.filter(withdrawn_at=None).values_list("book_item", flat=True))
    assert set(places.values()) == {1} and len(places) == 4
