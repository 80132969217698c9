"""Reports of expenses with their receipts: totals, every page with its reference, and a word for what cannot be shown."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from bookkeeping import paper_report
from bookkeeping.begin_report import NothingToReport, PeriodBackwards, begin_report
from bookkeeping.models import PaperReport
from bookkeeping.paper_report import build_report
from receipts.models import Page, Receipt
from tests.bookkeeping.conftest import NOW, add_receipt, make_export, purchase, stored

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def begin(cast: Any, person: Any = None, **fields: Any) -> PaperReport:
    key = fields.pop("key", uuid4().hex)
    wanted = {"starts": FIRST, "ends": LAST, **fields}
    return begin_report(by=cast.bob, person=person, client_key=key, now=NOW, **wanted)


def made(cast: Any, person: Any = None, **fields: Any) -> tuple[PaperReport, str, int]:
    """Return a report, its words and its pages."""
    report = begin(cast, person, **fields)
    build_report(report_id=report.pk, now=NOW)
    report.refresh_from_db()
    assert report.status == "ready", report.last_error
    pdf = pypdfium2.PdfDocument(io.BytesIO(stored(report.file_key)))
    return report, "\n".join(page.get_textpage().get_text_range() for page in pdf), len(pdf)


def picture(receipt: Receipt, pages: int = 1, mode: str = "RGB", content: bytes = b"") -> None:
    """Give a receipt pages, as its normalising does."""
    receipt.pages.all().delete()
    for number in range(1, pages + 1):
        target = io.BytesIO()
        Image.new(mode, (40, 90), 128 if mode == "L" else None).save(target, "JPEG")
        key = default_storage.save(f"x/{receipt.pk}/page-{number}", ContentFile(content or target.getvalue()))
        Page.objects.create(
            company=receipt.company,
            receipt=receipt,
            number=number,
            image_key=key,
            thumbnail_key=key,
            width=40,
            height=90,
        )
    Receipt.objects.filter(pk=receipt.pk).update(status="ready", page_count=pages)


def test_a_persons_period_with_every_page(cast: Any) -> None:
    paper = purchase(cast.carol, 12500, merchant="Kaffebar ÆØÅ €")
    picture(Receipt.objects.get(attachments__expense=paper), pages=3)
    purchase(cast.dave, 700, merchant="Not Carol's")
    make_export(cast.bob)
    report, words, pages = made(cast, cast.carol)
    assert pages == report.page_count == 1 + 3 and report.expense_count == 1
    assert "Kaffebar ÆØÅ €" in words and "Not Carol's" not in words
    assert words.count("Voucher 1") == 3 and f"#{paper.number}" in words and "page 3 of 3" in words
    assert "Carol" in words and "By category" in words and "Paid, by currency" in words


def test_grey_and_four_colours_are_shown(cast: Any) -> None:
    for mode in ("L", "CMYK"):
        picture(Receipt.objects.get(attachments__expense=purchase(cast.carol, 100)), mode=mode)
    _, words, pages = made(cast)
    assert pages == 3 and "cannot be shown" not in words


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "unreadable", "last_error": {"code": "encrypted"}}, "password"),
        ({"status": "unreadable", "last_error": {"code": "broken"}}, "damaged"),
        ({"status": "unreadable", "last_error": None}, "could not be read"),
        ({"status": "ready"}, "no pages"),
        ({"status": "processing"}, "still being read"),
    ],
)
def test_what_cannot_be_shown_gets_a_page_that_says_so(cast: Any, fields: Any, said: str) -> None:
    receipt = Receipt.objects.get(attachments__expense=purchase(cast.carol, 100))
    receipt.pages.all().delete()
    Receipt.objects.filter(pk=receipt.pk).update(**fields)
    _, words, pages = made(cast)
    assert pages == 2 and "This receipt cannot be shown here." in words and said in words


@pytest.mark.parametrize("content", [b"not a picture", b"\xff\xd8\xff", b"%PDF-1.4"])
def test_a_damaged_picture_is_a_page_that_says_so(cast: Any, content: bytes) -> None:
    picture(Receipt.objects.get(attachments__expense=purchase(cast.carol, 100)), content=content)
    _, words, pages = made(cast)
    assert pages == 2 and "missing or damaged" in words


def test_hostile_words_stay_words(cast: Any) -> None:
    purchase(cast.carol, 100, merchant="(a) \\ b) Tj ET Ж 😀")
    _, words, _ = made(cast)
    assert "(a) \\ b) Tj ET Zh :grinning:" in words


def test_the_same_rows_give_the_same_bytes(cast: Any) -> None:
    paper = purchase(cast.carol, 100)
    picture(Receipt.objects.get(attachments__expense=paper))
    add_receipt(paper)
    first, second = made(cast)[0], made(cast)[0]
    assert first.sha256 == second.sha256 and stored(first.file_key) == stored(second.file_key)


def test_the_same_press_is_the_same_report(cast: Any) -> None:
    purchase(cast.carol, 100)
    assert begin(cast, key="one") == begin(cast, key="one")
    assert PaperReport.objects.count() == 1


def test_a_period_makes_sense_or_is_refused(cast: Any) -> None:
    with pytest.raises(NothingToReport):
        begin(cast)
    purchase(cast.carol, 100)
    for ends in (FIRST - timedelta(days=1), FIRST + timedelta(days=401)):
        with pytest.raises(PeriodBackwards):
            begin(cast, ends=ends)


def test_a_worker_that_died_is_followed_by_another(cast: Any, monkeypatch: Any) -> None:
    purchase(cast.carol, 100)
    report = begin(cast)

    def die(*args: Any, **options: Any) -> Any:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(paper_report, "receipt_pages", die)
        with pytest.raises(RuntimeError):
            build_report(report_id=report.pk, now=NOW)
    report.refresh_from_db()
    assert report.status == "waiting" and not report.file_key
    assert build_report(report_id=report.pk, now=NOW + timedelta(hours=1)) is not None
    report.refresh_from_db()
    assert report.status == "ready"
    assert build_report(report_id=report.pk, now=NOW + timedelta(hours=2)) is None


def test_a_slow_worker_finishes_nothing(cast: Any, monkeypatch: Any) -> None:
    purchase(cast.carol, 100)
    report = begin(cast)
    whole = paper_report._keep

    def overtaken(mine: Any, *args: Any) -> None:
        PaperReport.objects.filter(pk=mine.pk).update(attempts=5)
        whole(mine, *args)

    monkeypatch.setattr(paper_report, "_keep", overtaken)
    assert build_report(report_id=report.pk, now=NOW) is None
    report.refresh_from_db()
    assert report.status == "running" and not report.file_key


def test_the_pages(cast: Any, sign_in: Any) -> None:
    purchase(cast.carol, 100)
    client, url = sign_in(cast.bob), f"/c/{cast.company.slug}/reports/"
    assert client.get(url).status_code == 200
    body = {"starts": "2026-11-01", "ends": "2026-11-30", "key": str(uuid4()), "person": str(cast.carol.pk)}
    assert client.post(url, {**body, "person": str(cast.mallory.pk)}).status_code == 422
    assert client.post(url, {**body, "ends": "2026-10-01"}).status_code == 422
    sent = client.post(url, body)
    assert sent.status_code == 303
    assert "Adding receipts" in client.get(sent["Location"]).content.decode()
    assert client.get(f"{sent['Location']}file/").status_code == 404
    report = PaperReport.objects.get()
    PaperReport.objects.update(status="failed", last_error={"code": "worker_died"})
    assert "Try again" in client.get(sent["Location"]).content.decode()
    assert client.post(f"{sent['Location']}again/").status_code == 303
    build_report(report_id=report.pk, now=NOW)
    got = client.get(f"{sent['Location']}file/")
    assert b"".join(got.streaming_content).startswith(b"%PDF-1.4") and "attachment" in got["Content-Disposition"]
    assert client.get(url, {"q": "carol"}).context["count"] == 1 and client.get(url, {"q": "zz"}).context["count"] == 0
    assert sign_in(cast.mallory).get(sent["Location"]).status_code == 404
    assert sign_in(cast.carol).get(url).status_code == 403
