"""The nightly check over all apps, and its command."""

from __future__ import annotations

import logging

import pytest
from django.core.management import CommandError, call_command

from bookkeeping.models import BookItem
from pleo.pages import tasks
from tests.bookkeeping.conftest import make_export, purchase, top_up


@pytest.fixture
def books(cast):
    top_up(cast.company)
    purchase(cast.carol)
    return make_export(cast.bob)


def test_all_holds(cast, books, capsys):
    call_command("check_books", company=cast.company.slug)
    assert capsys.readouterr().out.splitlines() == [
        "ledger: holds",
        "limits: holds",
        "expenses: holds",
        "events: holds",
        "books: holds",
    ]


def test_a_fault_is_named_and_ends_with_an_error(cast, books, capsys):
    BookItem.objects.filter(movement__isnull=False).update(lane="queue")
    with pytest.raises(CommandError, match="2 things do not agree"):
        call_command("check_books", skip_files=True)
    shown = capsys.readouterr()
    assert f"books: {cast.company.slug}: lanes_agree: 1 wrong" in shown.err and "ledger: holds" in shown.out


def test_a_company_nobody_knows(db):
    with pytest.raises(CommandError, match="no company called"):
        call_command("check_books", company="made-up")


def test_the_nightly_task_logs_faults(cast, books, caplog):
    tasks.check_books.run()
    assert not caplog.records
    BookItem.objects.filter(movement__isnull=False).update(lane="queue")
    with caplog.at_level(logging.ERROR):
        tasks.check_books.run()
    assert "lanes_agree" in caplog.text
