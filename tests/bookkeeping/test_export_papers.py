"""An export with a PDF for each person, and a ZIP of receipts flat or in folders."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pypdfium2
from django.test import Client
from django.urls import reverse

from accounts.create_token import create_token
from bookkeeping.build import build
from bookkeeping.models import BookItem, Export, JournalEntry
from bookkeeping.withdraw import withdraw
from receipts.models import Receipt
from tests.bookkeeping.conftest import NOW, claim, make_export, purchase, queue_all, stored, top_up
from tests.bookkeeping.test_papers import picture


def words(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(io.BytesIO(data))
    return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def test_each_person_has_a_pdf_with_their_vouchers_and_receipts(cast):
    top_up(cast.company)
    purchase(cast.carol, 12500)
    purchase(cast.dave, 4200, merchant="Kaffebar")
    claim(cast.carol, 5000)
    for receipt in Receipt.objects.all():
        picture(receipt, 2)
    batch = make_export(cast.bob, with_reports=True)
    assert batch.status == "ready", batch.last_error
    assert batch.progress_done == batch.progress_total
    files = {file.name: words(stored(file.key)) for file in batch.files.filter(kind="report")}
    assert [name.rpartition("-expenses-")[2] for name in files] == ["01-carol.pdf", "02-dave.pdf"]
    first, second = files.values()
    assert "Carol at" in first and "Dave" not in first and "Kaffebar" in second and "Bauhaus" not in second
    entry = JournalEntry.objects.get(export=batch, merchant="Kaffebar")
    assert f"Voucher {entry.voucher}" in second and "page 2 of 2" in second


def test_the_same_batch_gives_the_same_bytes(cast, monkeypatch):
    purchase(cast.carol, 12500)
    picture(Receipt.objects.get())
    queue_all(cast.bob)
    from bookkeeping.export import export

    batch = export(by=cast.bob, client_key="one", now=NOW, with_reports=True)
    sums = []
    for _ in range(2):
        build(export_id=batch.pk, now=NOW)
        sums.append(Export.objects.get(pk=batch.pk).files.get(kind="report").sha256)
        batch.files.all().delete()
        BookItem.objects.update(lane="queue")
        Export.objects.filter(pk=batch.pk).update(status="waiting", ready_at=None, lease_until=None)
    assert sums[0] == sums[1]


def test_nobody_bought_anything_then_there_is_no_pdf(cast):
    top_up(cast.company)
    batch = make_export(cast.bob, with_reports=True)
    assert batch.status == "ready" and not batch.files.filter(kind="report").exists()


def test_receipts_lie_flat_or_by_month_as_each_export_asks(cast):
    purchase(cast.carol, 12500)
    names = []
    for by_month in (True, False):
        batch = make_export(cast.bob, receipts_by_month=by_month)
        names.append(zipfile.ZipFile(io.BytesIO(stored(batch.receipts_key))).namelist()[0])
        withdraw(export=batch, by=cast.bob, reason="Again", now=NOW)
    assert names == ["2026-11/000001_expense-1_1.jpg", "000002_expense-1_1.jpg"]


def test_the_button_and_the_api_ask_for_them(cast, sign_in):
    purchase(cast.carol, 12500)
    picture(Receipt.objects.get())
    queue_all(cast.bob)
    client: Client = sign_in(cast.bob)
    page = client.get(reverse("export", kwargs={"company": cast.company.slug}))
    assert b"with_reports" in page.content and b"receipts_by_month" in page.content
    form = {
        "formats": "csv",
        "with_reports": "on",
        "receipts_by_month": "on",
        "key": page.context["form"]["key"].value(),
    }
    client.post(reverse("export-create", kwargs={"company": cast.company.slug}), form)
    batch = Export.objects.get()
    build(export_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    assert batch.with_reports and not batch.with_receipts and batch.options["by_month"]
    job = client.get(reverse("export-job", kwargs={"company": cast.company.slug, "export_id": batch.pk}))
    assert b"expenses with receipts" in job.content
    withdraw(export=batch, by=cast.bob, reason="Again", now=NOW)
    queue_all(cast.bob)
    secret = create_token(membership=cast.bob, name="R", scopes=["books.export"], by=cast.bob).secret
    robot = Client(headers={"Authorization": f"Bearer {secret}"})
    body: dict[str, Any] = {"with_reports": True, "receipts_by_month": True}
    answer = robot.post("/api/v1/exports", body, content_type="application/json")
    assert answer.status_code == 201 and answer.json()["with_reports"]
