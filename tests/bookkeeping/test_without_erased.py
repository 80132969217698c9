"""Copies of erased receipts go from our own files too, and those files still download and say so."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from bookkeeping import without_erased as making
from bookkeeping.invariants import check_invariants
from bookkeeping.models import Export, ExportFile, FileKind
from bookkeeping.paper_report import build_report
from bookkeeping.without_erased import without_erased
from receipts.erase import begin, remove
from receipts.models import EraseRule, Erasure, Receipt
from tests.bookkeeping.conftest import NOW, make_export, purchase, stored
from tests.bookkeeping.test_papers import made, picture

LATER = NOW + timedelta(days=1)


def erase(receipt: Receipt) -> Erasure:
    erasure = begin(receipt=receipt, rule=EraseRule.RETENTION, by=None, due_on=None, now=LATER)
    erasure.removing_at = LATER
    erasure.save(update_fields=["removing_at"])
    remove(erasure=erasure, now=LATER)
    return erasure


@pytest.fixture
def batch(cast: Any) -> Export:
    for number in range(2):
        purchase(cast.carol, 1000 + number)
    for receipt in Receipt.objects.all():
        default_storage.save(receipt.key, ContentFile(f"photo of {receipt.pk}".encode()))
    return make_export(cast.bob, formats=["csv", "datev"])


def archives(batch: Export) -> list[ExportFile]:
    return list(batch.files.filter(kind=FileKind.RECEIPTS).order_by("position"))


def names(file: ExportFile) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(stored(file.key))) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def gone(batch: Export) -> Receipt:
    (_, receipt), *_ = batch.entries.order_by("voucher_number").first().receipts
    return Receipt.objects.get(pk=receipt)


def test_an_archive_is_made_again_without_the_erased(cast, batch):
    journals = {file.name: stored(file.key) for file in batch.files.exclude(kind=FileKind.RECEIPTS)}
    before, receipt = archives(batch), gone(batch)
    content = stored(receipt.key)
    assert len(before) == 2 and all(content in stored(file.key) for file in before)
    erase(receipt)
    assert without_erased(now=LATER) == 1
    batch.refresh_from_db()
    after = archives(batch)
    for old, new in zip(before, after, strict=True):
        data = stored(new.key)
        assert content not in data and hashlib.sha256(data).hexdigest() == new.sha256 != old.sha256
        assert new.erased == 1 and not default_storage.exists(old.key)
        assert [name for name in names(new) if name.endswith(".txt")], "a note stands in its place"
        assert receipt.sha256.encode() in data
    assert batch.receipts_key == after[0].key and batch.receipts_sha256 == after[0].sha256
    assert {file.name: stored(file.key) for file in batch.files.exclude(kind=FileKind.RECEIPTS)} == journals
    assert [str(one) for one in check_invariants(company=cast.company, with_files=True) if not one.holds] == []
    assert Erasure.objects.get().finished_at == LATER and without_erased(now=LATER) == 0


def test_its_download_works_and_the_page_says_so(cast, batch, sign_in):
    erase(gone(batch))
    without_erased(now=LATER)
    client, where = sign_in(cast.bob), {"company": cast.company.slug, "export_id": batch.pk}
    answer = client.get(reverse("export-receipts", kwargs=where))
    assert answer.status_code == 200 and b"was erased on 2026-11-22" in b"".join(answer.streaming_content)
    assert "made again without 1 receipt" in client.get(reverse("export-job", kwargs=where)).content.decode()


def test_killed_between_writing_and_removing_it_goes_on(cast, batch, monkeypatch):
    before = archives(batch)
    erase(gone(batch))
    monkeypatch.setattr(making, "_remove_replaced", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        without_erased(now=LATER)
    monkeypatch.undo()
    without_erased(now=LATER)
    assert not any(default_storage.exists(file.key) for file in before)
    assert all(file.erased == 1 and not file.replaced_key for file in archives(batch))
    assert Erasure.objects.get().finished_at


def test_killed_after_the_new_file_is_named_it_goes_on(cast, batch, monkeypatch):
    before = archives(batch)
    erase(gone(batch))
    calls: list[Any] = []

    def die_at_the_end(export: Any = None) -> None:
        calls.append(export)
        if export is not None:
            raise SystemExit
        original(export)

    original = making._remove_replaced
    monkeypatch.setattr(making, "_remove_replaced", die_at_the_end)
    with pytest.raises(SystemExit):
        without_erased(now=LATER)
    assert all(file.replaced_key for file in archives(batch)), "the old one is remembered until it is gone"
    monkeypatch.undo()
    assert without_erased(now=LATER) == 1
    assert not any(default_storage.exists(file.key) for file in before)


def test_a_second_erasure_makes_it_again(cast, batch):
    every = [Receipt.objects.get(pk=entry.receipts[0][1]) for entry in batch.entries.order_by("voucher_number")]
    for count, receipt in enumerate(every, 1):
        erase(receipt)
        without_erased(now=LATER)
        assert {file.erased for file in archives(batch)} == {count}
    assert not any(name.endswith((".jpg", ".jpeg")) for file in archives(batch) for name in names(file))


def test_another_missing_original_is_not_papered_over(cast, batch):
    first, second = (Receipt.objects.get(pk=entry.receipts[0][1]) for entry in batch.entries.order_by("voucher_number"))
    default_storage.delete(second.key)
    erase(first)
    assert without_erased(now=LATER) == 0
    assert Erasure.objects.get().finished_at is None and all(not file.erased for file in archives(batch))


def test_a_new_export_holds_the_note(cast, batch):
    from bookkeeping.withdraw import withdraw

    erase(gone(batch))
    withdraw(export=batch, by=cast.dave, reason="Wrong accounts", now=LATER)
    second = make_export(cast.bob, now=LATER, formats=["csv"])
    assert second.status == "ready"
    assert [name for file in archives(second) for name in names(file) if name.endswith(".txt")]


def test_reports_are_made_again(cast):
    expense = purchase(cast.carol, 2500)
    receipt = Receipt.objects.get(attachments__expense=expense)
    picture(receipt)
    report, words, pages = made(cast)
    old = report.file_key
    erase(receipt)
    without_erased(now=LATER)
    report.refresh_from_db()
    assert report.status == "waiting" and not default_storage.exists(old)
    build_report(report_id=report.pk, now=LATER)
    report.refresh_from_db()
    assert report.status == "ready" and Erasure.objects.get().finished_at
    without_erased(now=LATER)
    assert type(report).objects.get().status == "ready"


def test_a_persons_report_in_an_export_is_made_again_too(cast):
    for number in range(2):
        purchase(cast.carol, 1000 + number)
    for receipt in Receipt.objects.all():
        picture(receipt)
    batch = make_export(cast.bob, with_reports=True, with_receipts=False)
    (old,) = batch.files.filter(kind=FileKind.REPORT)
    erase(Receipt.objects.order_by("pk").first())
    assert without_erased(now=LATER) == 1 and without_erased(now=LATER) == 0
    (new,) = batch.files.filter(kind=FileKind.REPORT)
    data = stored(new.key)
    assert hashlib.sha256(data).hexdigest() == new.sha256 != old.sha256 and new.erased == 1
    assert not default_storage.exists(old.key)
    words = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(data)))
    assert "was erased" in words
