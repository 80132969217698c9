"""From a stored file to pages and a reading: once, whatever dies on the way."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from events.models import Event
from pleo.lib import files
from receipts import normalise as normalising
from receipts import process as processing
from receipts.explain import explain
from receipts.models import Page, Reading, Receipt
from receipts.process import process
from receipts.retry import retry
from receipts.signals import receipt_ready
from receipts.tasks import sweep_receipts
from tests.receipts.conftest import LINES, image_bytes, stored

pytestmark = pytest.mark.usefixtures("reader")


def run(receipt: Receipt) -> Receipt:
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    return receipt


def pdf_bytes(pages: int = 1, lines: tuple[str, ...] = LINES, encrypt: StandardEncryption | None = None) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 500), encrypt=encrypt)
    for _ in range(pages):
        for place, line in enumerate(lines):
            canvas.drawString(20, 460 - 24 * place, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def test_a_photo_becomes_a_page_and_a_reading(send, django_capture_on_commit_callbacks):
    told = []
    receipt = send()
    receiver = lambda sender, receipt, **_: told.append(receipt.pk)  # noqa: E731
    receipt_ready.connect(receiver)
    try:
        with django_capture_on_commit_callbacks() as callbacks:
            run(receipt)
        assert told == [], "nobody is told before the commit"
        for callback in callbacks:
            callback()
    finally:
        receipt_ready.disconnect(receiver)
    assert told == [receipt.pk]
    assert (receipt.status, receipt.page_count, receipt.last_error, receipt.lease_until) == ("ready", 1, None, None)
    assert receipt.ready_at is not None
    assert "klitten" in receipt.search_text
    page = receipt.pages.get()
    assert (page.width, page.height) == (240, 400)
    assert Image.open(files.read(page.image_key)).format == "JPEG"
    assert Image.open(files.read(page.thumbnail_key)).size[0] == 240
    assert Image.open(files.read(page.small_key)).size == (96, 160)
    reading = receipt.readings.get()
    assert reading.engine == "fake"
    assert reading.fields["total"]["value"] == 24000
    assert reading.fields["date"]["value"] == "2026-11-18"
    assert reading.fields["card_last_four"]["value"] == "4821"
    assert 24000 in reading.amounts
    assert reading.lines == list(LINES)
    assert [event.verb for event in Event.objects.filter(subject_id=receipt.pk).order_by("happened_at", "id")] == [
        "receipt.received", "receipt.ready",
    ]  # fmt: skip


def test_pages_carry_no_metadata_and_stand_upright(send):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Carol"
    exif[0x8825] = {1: "N", 2: (56.0, 9.0, 0.0)}
    receipt = run(send(image_bytes(exif=exif)))
    page = receipt.pages.get()
    assert (page.width, page.height) == (400, 240)
    content = files.read(page.image_key).read()
    assert b"Carol" not in content and b"Exif" not in content
    assert b"Carol" in files.read(receipt.key).read(), "the original stays as it came"


def test_of_a_long_scan_the_first_pages_and_the_last_are_recognised(send, reader):
    more = [Image.new("RGB", (100, 100), "white")] * 6
    receipt = run(send(image_bytes("TIFF", save_all=True, append_images=more)))
    assert (receipt.page_count, reader.calls) == (7, 4)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_every_picture_format_becomes_a_page(send, form):
    assert run(send(image_bytes(form))).status == "ready"


def test_big_pictures_are_shrunk(send):
    receipt = run(send(image_bytes(size=(1500, 3000))))
    page = receipt.pages.get()
    assert (page.width, page.height) == (800, 1600)


def test_a_scan_of_several_pages_keeps_them(send):
    more = [Image.new("RGB", (100, 100), "white")] * 2
    receipt = run(send(image_bytes("TIFF", save_all=True, append_images=more)))
    assert receipt.page_count == 3
    assert [page.number for page in receipt.pages.order_by("number")] == [1, 2, 3]


def test_a_pdf_is_read_by_its_own_text(send, reader):
    receipt = run(send(pdf_bytes()))
    reading = receipt.readings.get()
    assert reading.engine == "pdf-text"
    assert reading.fields["total"]["value"] == 24000
    assert reading.fields["total"]["box"][1] > 0.2
    assert reader.calls == 0


def test_text_that_no_database_takes_is_left_out(send, monkeypatch):
    made = processing.normalise

    def odd(**options):
        result = made(**options)
        result.pages[0].texts[:] = [
            ["TO\x00TAL\ud800 \x07DKK 99,00", 10, 10, 200, 30],
            ["\x00\x01", 10, 50, 20, 60],
            ["A" * 40, 10, 90, 90, 99],
        ]
        return result

    monkeypatch.setattr(processing, "normalise", odd)
    receipt = run(send(pdf_bytes()))
    assert receipt.status == "ready"
    assert receipt.readings.get().lines == ["TOTAL DKK 99,00", "A" * 40]


def test_a_scan_in_a_pdf_is_read_by_recognition(send, reader):
    receipt = run(send(image_bytes("PDF")))
    assert (receipt.status, reader.calls) == ("ready", 1)


def test_a_long_pdf_keeps_its_first_pages(send):
    receipt = run(send(pdf_bytes(pages=25)))
    assert (receipt.status, receipt.page_count, receipt.pages.count()) == ("ready", 25, 20)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (image_bytes()[:900], "broken"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 200, "broken"),
        (b"%PDF-1.4\ngarbage", "broken"),
        (b"II*\x00" + b"\xff" * 100, "broken"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "broken"),
        (pdf_bytes(encrypt=StandardEncryption("secret", canPrint=0)), "encrypted"),
    ],
)
def test_a_broken_file_is_unreadable_with_a_reason_and_is_kept(send, content, code):
    receipt = run(send(content))
    assert receipt.status == "unreadable"
    assert receipt.last_error["code"] == code
    assert explain(receipt.last_error)
    assert files.read(receipt.key).read() == content
    assert not Page.objects.exists() and not Reading.objects.exists()
    event = Event.objects.get(verb="receipt.unreadable")
    assert event.changes["code"] == code


def test_a_bomb_of_pixels_is_refused_by_its_header(send):
    target = io.BytesIO()
    Image.new("1", (9000, 9000)).save(target, "PNG")
    receipt = run(send(target.getvalue()))
    assert receipt.last_error == {"code": "too_many_pixels", "megapixels": 81, "limit": 48}
    assert "81" in explain(receipt.last_error)


def stand_in(monkeypatch, tmp_path: Path, source: str) -> None:
    program = tmp_path / "decoder.py"
    program.write_text(source)
    monkeypatch.setattr(normalising, "PROGRAM", program)


def test_a_killed_decoder_is_tried_again_and_not_for_ever(send, monkeypatch, tmp_path):
    stand_in(monkeypatch, tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    receipt = run(send())
    assert (receipt.status, receipt.attempts, receipt.last_error["code"]) == ("received", 1, "decoder_killed")
    assert receipt.lease_until > timezone.now(), "it waits before the next try"
    for _ in range(2):
        Receipt.objects.filter(pk=receipt.pk).update(lease_until=timezone.now())
        run(receipt)
    assert (receipt.status, receipt.last_error["code"]) == ("unreadable", "decoder_killed")


def test_a_decoder_that_crashes_means_a_bad_file(send, monkeypatch, tmp_path):
    stand_in(monkeypatch, tmp_path, "import os; os.abort()")
    receipt = run(send())
    assert (receipt.status, receipt.last_error["code"]) == ("unreadable", "broken")


def test_a_decoder_that_does_not_end_is_killed(send, monkeypatch, tmp_path):
    beat = tmp_path / "beat"
    stand_in(monkeypatch, tmp_path, f"import time\nwhile True: open({str(beat)!r}, 'a').write('.'); time.sleep(0.02)")
    monkeypatch.setattr(normalising, "WAIT_SECONDS", 0.5)
    receipt = run(send())
    assert (receipt.status, receipt.last_error["code"]) == ("unreadable", "too_slow")
    size = beat.stat().st_size
    __import__("time").sleep(0.1)
    assert beat.stat().st_size == size, "nothing of it runs on"


def test_processor_time_is_bounded(send, monkeypatch, tmp_path):
    source = (
        Path(normalising.__file__).with_name("decoder.py").read_text().replace("CPU_SECONDS = 25", "CPU_SECONDS = 1")
    )
    stand_in(monkeypatch, tmp_path, source.replace("def decode(", "def decode(*_):\n    while True: pass\n\ndef _old("))
    assert run(send()).last_error["code"] == "too_slow"


def test_memory_is_bounded(send, monkeypatch, tmp_path):
    source = Path(normalising.__file__).with_name("decoder.py").read_text()
    greedy = source.replace(
        "    from PIL import Image\n\n    Image.MAX",
        "    bytearray(3 * 1024**3)\n    from PIL import Image\n\n    Image.MAX",
    )
    assert greedy != source
    stand_in(monkeypatch, tmp_path, greedy)
    assert run(send()).last_error["code"] == "too_much_memory"


def test_two_workers_do_not_share_a_receipt(send, reader):
    receipt = send()
    assert Receipt.claim(receipt.pk, now=timezone.now()) is not None
    run(receipt)
    assert (receipt.status, reader.calls) == ("processing", 0)


def test_a_ready_receipt_is_left_alone(send, reader):
    receipt = run(send())
    run(receipt)
    assert (receipt.status, reader.calls, receipt.readings.count()) == ("ready", 1, 1)


def test_a_worker_that_lost_its_lease_keeps_nothing(send, reader, monkeypatch):
    receipt = send()
    read = reader.read

    def slow(image):
        later = timezone.now() + timedelta(hours=1)
        assert Receipt.claim(receipt.pk, now=later), "the lease ran out, and another worker took it"
        return read(image)

    monkeypatch.setattr(reader, "read", slow)
    run(receipt)
    assert (receipt.status, receipt.attempts) == ("processing", 2)
    assert not Reading.objects.exists() and not Page.objects.exists()
    assert not Event.objects.filter(verb="receipt.ready").exists()


def test_dying_between_storing_and_finishing_leaves_nothing_wrong(send, monkeypatch):
    receipt = send()

    def die(*_):
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(processing, "_finish", die)
        with pytest.raises(ConnectionError):
            run(receipt)
    receipt.refresh_from_db()
    assert (receipt.status, receipt.last_error["code"]) == ("received", "our_fault")
    assert not Page.objects.exists()
    Receipt.objects.filter(pk=receipt.pk).update(lease_until=None)
    assert run(receipt).status == "ready"
    assert stored(receipt.company_id) == ["original", "page-1", "small-1", "thumb-1"]
    assert (receipt.pages.count(), receipt.readings.count()) == (1, 1)


def test_a_missing_original_is_said(send):
    receipt = send()
    files.delete(receipt.key)
    assert run(receipt).last_error["code"] == "original_missing"


def test_the_sweep_rings_for_what_nobody_works_on(send, rung, django_capture_on_commit_callbacks):
    forgotten, running, dead, fresh = send(), send(), send(), send()
    now = timezone.now()
    Receipt.objects.exclude(pk=fresh.pk).update(created_at=now - timedelta(minutes=5))
    Receipt.objects.filter(pk=running.pk).update(status="processing", lease_until=now + timedelta(minutes=1))
    Receipt.objects.filter(pk=dead.pk).update(status="processing", lease_until=now - timedelta(seconds=1), attempts=1)
    with django_capture_on_commit_callbacks(execute=True):
        sweep_receipts()
    assert sorted(rung) == sorted([str(forgotten.pk), str(dead.pk)])


def test_a_receipt_that_kills_its_workers_ends_in_words(send):
    receipt = send()
    Receipt.objects.filter(pk=receipt.pk).update(status="processing", lease_until=timezone.now(), attempts=3)
    sweep_receipts()
    receipt.refresh_from_db()
    assert (receipt.status, explain(receipt.last_error)[:15]) == ("unreadable", "Reading stopped")


def test_trying_again_starts_over(send, carol, rung, reader, monkeypatch, tmp_path, django_capture_on_commit_callbacks):
    with monkeypatch.context() as patch:
        stand_in(patch, tmp_path, "import os; os.abort()")
        receipt = run(send())
    rung.clear()
    with django_capture_on_commit_callbacks(execute=True):
        retry(receipt=receipt, by=carol, now=timezone.now())
    assert rung == [str(receipt.pk)]
    assert (receipt.status, receipt.counted_from, receipt.last_error) == ("received", receipt.attempts, None)
    assert run(receipt).status == "ready"
    with pytest.raises(Exception, match="Someone changed this"):
        retry(receipt=receipt, by=carol, now=timezone.now())


def test_a_page_read_sideways_is_turned_upright(send, reader, monkeypatch):
    from dataclasses import replace

    read = reader.read
    monkeypatch.setattr(reader, "read", lambda image: replace(read(image), width=400, height=240, turned=90))
    receipt = run(send(image_bytes(size=(400, 240))))
    page = receipt.pages.get()
    assert (page.width, page.height) == (240, 400)
    assert Image.open(files.read(page.image_key)).size == (240, 400)


def test_the_same_picture_saved_again_looks_the_same(send):
    first, again = run(send(image_bytes())), run(send(image_bytes(quality=40)))
    other = run(send(image_bytes(lines=["ANOTHER", "PLACE", "WITH", "OTHER", "WORDS", "ON IT"])))
    distance = lambda one, two: bin(int(one.image_hash, 16) ^ int(two.image_hash, 16)).count("1")  # noqa: E731
    assert len(first.image_hash) == 64
    assert distance(first, again) < distance(first, other)
