"""Every kind of file that a receipt comes in, and broken ones of each: a final state, a reason in words, the original kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from pleo.lib import files
from pleo.lib.errors import DomainError
from receipts.explain import explain
from receipts.ingest import ingest
from receipts.media import HEAD_BYTES, INVOICE, MAIL, kind_of
from receipts.models import Receipt
from receipts.process import process
from receipts.viewer import original_link
from tests.receipts.broken import broken, mail_bytes, pdf_bytes, peak_of, whole
from tests.receipts.conftest import fetch, image_bytes
from tests.receipts.test_einvoice import UBL, cii

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "receipts"
IN_EVERY_RUN, IN_THE_LONG_RUN = 40, 500


def made(carol, content: bytes, name: str = "file") -> Receipt:
    receipt = ingest(
        by=carol, file=SimpleUploadedFile(name, content), source="web", client_key=name, now=timezone.now()
    )
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    return receipt


def values(receipt: Receipt) -> dict:
    return {name: found["value"] for name, found in receipt.readings.get().fields.items()}


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (cii(), INVOICE),
        (UBL.encode(), INVOICE),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made by us -->\n<ubl:CreditNote xmlns:ubl='u'>", INVOICE),
        ("<?xml version='1.0' encoding='utf-16'?><Invoice>".encode("utf-16"), INVOICE),
        (b"<?xml version='1.0'?><InvoiceList>", None),
        (b"<html><Invoice></html>", None),
        (mail_bytes(), MAIL),
        (b"Return-Path: <a@b>\r\nReceived: from x\r\nDKIM-Signature: v=1\r\n", MAIL),
        (b"From: me\nsome notes\nTo: you", None),
        (b"Subject only: no mail", None),
    ],
)
def test_invoices_and_mails_are_known_by_content(head, kind):
    assert kind_of(head[:HEAD_BYTES]) == kind


@pytest.mark.parametrize("name", sorted(whole()))
def test_a_sound_file_of_each_kind_becomes_pages(name, carol, rung, reader):
    receipt = made(carol, whole()[name])
    assert receipt.status == "ready" and receipt.page_count >= 1
    page = receipt.pages.order_by("number").first()
    assert files.read(page.image_key).read()[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (cii(), ("Skagerrak GmbH", 11900, "2026-11-18", "EUR", "2026-117")),
        (UBL.encode(), ("Nordlys ApS", 10000, "2026-11-18", "DKK", "77")),
    ],
)
def test_a_bare_invoice_is_read_exactly_and_shown(content, read, carol, rung, reader):
    receipt = made(carol, content)
    found = values(receipt)
    assert receipt.readings.get().engine == "e-invoice"
    assert tuple(found[name] for name in ("merchant", "total", "date", "currency", "number")) == read
    assert reader.calls == 0 and receipt.pages.count() == 1


def test_an_invoice_is_never_shown_inline(carol, rung, reader):
    receipt = made(carol, UBL.encode(), "faktura.xml")
    answer = fetch(original_link(receipt))
    assert answer[2]["Content-Disposition"].startswith("attachment")
    # A bucket answers from an origin of its own, where a page could reach nothing of ours.
    assert os.environ.get("S3_BUCKET") or answer[2]["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("bad", ['<!DOCTYPE x [<!ENTITY a "b">]>', "<!DOCTYPE x>"])
def test_entities_are_refused(bad, carol, rung, reader):
    receipt = made(carol, f"<!-- an invoice --><Invoice>{bad}</Invoice>".encode())
    assert (receipt.status, receipt.last_error["code"]) == ("unreadable", "unsafe_xml")
    assert explain(receipt.last_error)


def test_xml_that_says_nothing(carol, rung, reader):
    receipt = made(carol, b"<Invoice><ID>1</ID></Invoice>")
    assert (receipt.status, receipt.last_error["code"]) == ("unreadable", "no_invoice")


def test_the_receipt_in_a_mail_is_what_is_attached(carol, rung, reader):
    mail = mail_bytes(("image/png", "logo.png", b"not a picture"), ("application/pdf", "bon.pdf", pdf_bytes()))
    receipt = made(carol, mail, "kvittering.eml")
    assert (receipt.status, receipt.page_count) == ("ready", 1)
    assert values(receipt)["total"] == 24000


def test_pages_of_several_attachments_follow_each_other(carol, rung, reader):
    mail = mail_bytes(
        ("application/pdf", "a.pdf", pdf_bytes(pages=2)),
        ("image/jpeg", "b.jpg", image_bytes()),
        ("text/xml", "f.xml", UBL.encode()),
    )
    receipt = made(carol, mail)
    assert list(receipt.pages.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
    assert receipt.readings.get().engine == "e-invoice"


def test_a_mail_without_a_receipt_is_its_own(carol, rung, reader):
    html = (
        "<html><head><style>p{}</style></head><body><p>Klitten ApS</p>"
        "<table><tr><td>I alt DKK</td><td>240,00</td></tr></table><script>x()</script></body></html>"
    )
    mail = mail_bytes(text="Klitten ApS\nDato 18-11-2026 20:41\nI alt DKK 240,00\n")
    receipt = made(carol, mail, "one")
    assert values(receipt)["total"] == 24000 and values(receipt)["date"] == "2026-11-18"
    assert not any("x()" in line for line in receipt.readings.get().lines)
    only_html = mail_bytes(text="", html=html).replace(b"text/plain", b"text/x-none")
    assert made(carol, only_html, "two").status == "ready"


def test_a_mail_in_a_mail_gives_its_receipt(carol, rung, reader):
    inner = mail_bytes(("application/pdf", "bon.pdf", pdf_bytes()))
    outer = b"From: a@b\nTo: c@d\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" + inner
    assert values(made(carol, outer))["total"] == 24000


def end_of(carol, seed: int) -> None:
    name, content = broken(seed, whole())
    try:
        receipt = ingest(
            by=carol, file=SimpleUploadedFile("x", content), source="web", client_key=f"b{seed}", now=timezone.now()
        )
    except DomainError as error:
        assert error.message()
        return
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    assert receipt.status in ("ready", "unreadable"), (seed, name)
    assert files.read(receipt.key).read() == content
    if receipt.status == "unreadable":
        assert explain(receipt.last_error) != explain({"code": "nobody knows"}), receipt.last_error
    else:
        assert receipt.pages.exists()
        json.dumps(receipt.readings.get().fields)


@pytest.mark.slow
def test_broken_files_end_in_pages_or_a_reason(carol, rung, reader):
    for seed in range(IN_EVERY_RUN):
        end_of(carol, seed)


@pytest.mark.long
def test_very_many_broken_files_end_in_pages_or_a_reason(carol, rung, reader):
    for seed in range(1_000, 1_000 + IN_THE_LONG_RUN):
        end_of(carol, seed)


@pytest.mark.long
def test_the_decoder_never_takes_half_a_gigabyte(tmp_path):
    sound = whole()
    paths = sorted((FOLDER / "nasty").iterdir()) if FOLDER.is_dir() else []
    for form, size, mode in (
        ("PNG", (6900, 6900), "RGBA"),
        ("TIFF", (5700, 5700), "RGBA"),
        ("WEBP", (5200, 5200), "RGB"),
    ):
        largest = tmp_path / form
        Image.new(mode, size).save(largest, form)
        paths.append(largest)
    for seed in range(120):
        path = tmp_path / f"{seed}"
        path.write_bytes(broken(seed, sound)[1])
        paths.append(path)
    peaks = {}
    for path in paths:
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD_BYTES))
        if kind is not None:
            peaks[path.name] = peak_of(path, kind)
    assert max(peaks.values()) < 512, sorted(peaks.items(), key=lambda item: -item[1])[:5]


@pytest.mark.long
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of hostile files is not here")
def test_the_reader_stays_below_what_a_worker_may_hold():
    """A process of its own reads every hostile file with the real engine, and tells how much it held."""
    names = [str(path) for path in sorted((FOLDER / "nasty").iterdir())]
    program = (
        "import resource, sys; from django.core.management import call_command, CommandError\n"
        "import django; django.setup()\n"
        "try: call_command('read_receipt', *sys.argv[1:], json=True)\n"
        "except CommandError: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        capture_output=True,
        text=True,
        cwd=root,
        timeout=1800,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "pleo.settings"},
    )
    assert int(done.stdout.strip().splitlines()[-1]) < 1_400
