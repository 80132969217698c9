"""The books notice when something does not agree: each rule is broken on purpose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bookkeeping import check_again as checking
from bookkeeping.check_again import check_again, run_check
from bookkeeping.invariants import RULES, check_invariants, check_now
from bookkeeping.models import BookItem, CheckRun, Export, ExportItem, JournalEntry, PeriodClose
from bookkeeping.withdraw import withdraw
from expenses.models import Expense
from tests.bookkeeping.conftest import NOW, make_export, purchase, queue_all, settle, top_up


def broken(company):
    return [finding.code for finding in check_invariants(company=company, with_files=True) if not finding.holds]


def test_all_rules_hold_through_a_life(cast, month):
    assert broken(cast.company) == []
    queue_all(cast.bob)
    assert broken(cast.company) == []
    first = make_export(cast.bob)
    assert broken(cast.company) == []
    settle(month["paper"].authorization, 300, kind="correction_credit")
    make_export(cast.bob)
    withdraw(export=first, by=cast.bob, reason="Again", now=NOW)
    assert broken(cast.company) == []
    make_export(cast.bob)
    assert broken(cast.company) == [] == broken(cast.other)


def test_every_rule_has_a_sentence(cast):
    findings = check_invariants(company=cast.company, with_files=True)
    assert [finding.code for finding in findings] == list(RULES) and all(finding.sentence for finding in findings)


def overwrite_file():
    key = Export.objects.get().file_key
    default_storage.delete(key)
    default_storage.save(key, ContentFile(b"other"))


def close_behind():
    """Close the month as if it had been closed before the export that dated its vouchers in it."""
    batch = Export.objects.get()
    PeriodClose.objects.create(
        company=batch.company, month=batch.first_date.replace(day=1), upto=batch.last_date, by=batch.by,
        created_at=batch.created_at - timedelta(hours=1),
    )  # fmt: skip


BREAKS = [
    ("an item of another amount", lambda: BookItem.objects.exclude(transfer=None).update(amount=1), ["unchanged"]),
    ("an entry of another amount", lambda: JournalEntry.objects.filter(voucher_number=1).update(debit_total=1, credit_total=1),
     ["exports_balance"]),
    ("totals of another amount", lambda: Export.objects.update(totals={"debit": 1, "credit": 1}), ["exports_balance"]),
    ("an item back in the queue", lambda: BookItem.objects.exclude(transfer=None).update(lane="queue"), ["lanes_agree"]),
    ("an item let go of", lambda: ExportItem.objects.filter(book_item__transfer__isnull=False).update(withdrawn_at=NOW),
     ["wallet_agrees", "lanes_agree"]),
    ("an expense in another lane", lambda: Expense.objects.update(books_lane="queue"), ["expenses_agree"]),
    ("a voucher in a closed month", close_behind, ["closed_stays_closed"]),
    ("another file", overwrite_file, ["files_unchanged"]),
    ("no file", lambda: default_storage.delete(Export.objects.get().file_key), ["files_unchanged"]),
]  # fmt: skip


@pytest.mark.parametrize(("break_it", "expected"), [row[1:] for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_each_rule_notices(cast, break_it, expected):
    top_up(cast.company)
    purchase(cast.carol)
    make_export(cast.bob)
    break_it()
    assert broken(cast.company) == expected


def test_an_open_item_of_another_amount_is_noticed(cast):
    top_up(cast.company, 1000)
    BookItem.objects.update(amount=999)
    finding = check_invariants(company=cast.company)[0]
    assert not finding.holds and finding.figures["gap"].amount == 1


def test_money_on_its_way_to_the_books_is_no_fault(cast):
    top_up(cast.company, 1000)
    purchase(cast.carol, 400)
    BookItem.objects.all().delete()
    Expense.objects.update(books_lane="")
    findings = check_invariants(company=cast.company)
    assert findings[0].holds and findings[0].figures["arriving"].amount == 600


def test_a_check_is_counted_kept_and_found_again(cast, sign_in):
    top_up(cast.company)
    make_export(cast.bob)
    url = f"/c/{cast.company.slug}/export/agreement/"
    client = sign_in(cast.bob)
    assert client.post(url).status_code == 303
    run = CheckRun.objects.get()
    assert check_again(by=cast.bob, now=NOW) == run, "one at a time"
    assert f"0 of {len(RULES)} rules" in client.get(url).content.decode()
    assert run_check(run_id=run.pk, now=NOW).findings == {}
    overwrite_file()
    check_now(company=cast.company, now=NOW + timedelta(days=1))
    page = client.get(url).content.decode()
    assert "files_unchanged" in page and "By night" in page and "Everything held" in page
    assert list(CheckRun.objects.order_by("checked_at").values_list("by", "progress_done")) == [
        (cast.bob.pk, len(RULES)), (None, len(RULES)),
    ]  # fmt: skip


def test_a_check_that_was_interrupted_is_begun_again(cast, monkeypatch):
    run = check_again(by=cast.bob, now=NOW)

    def die(company):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(checking, "CHECKS", (die,))
        with pytest.raises(RuntimeError):
            run_check(run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert run.status == "waiting" and run.checked_at is None
    assert run_check(run_id=run.pk, now=NOW + timedelta(hours=1)).status == "done"
    assert run_check(run_id=run.pk, now=NOW + timedelta(hours=2)) is None
