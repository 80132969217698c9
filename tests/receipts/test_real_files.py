"""Real receipts and hostile files, where somebody has put them beside the project; skipped elsewhere.

Reading one costs a second or two, so the ordinary run takes a few; the long one takes all (five minutes).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pleo.lib import files
from pleo.lib.errors import DomainError
from receipts.explain import explain
from receipts.ingest import ingest
from receipts.models import Receipt
from receipts.process import process
from receipts.reading.file import read_file
from receipts.reading.rapid import RapidEngine
from receipts.reading.score import Score, labelled

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "receipts"
needs_files = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real receipts is not here")
whole = pytest.mark.long
NASTY = sorted((FOLDER / "nasty").iterdir()) if FOLDER.is_dir() else []

# What the first bytes refuse; everything else must become pages or a reason.
REFUSED = {
    "exe_named.pdf", "html_named.jpg", "one_byte.png", "svg_named.jpg", "svg_script.svg", "text_named.pdf", "zero.jpg",
}  # fmt: skip
UNREADABLE = {
    "bomb_12000x12000_rgb.png": "too_many_pixels",
    "bomb_20000x20000_gray1.png": "too_many_pixels",
    "bomb_9000x9000_rgb_81MP.png": "too_many_pixels",
    "bomb_header_only_65000x65000.png": "broken",
    "encrypted_user.pdf": "encrypted",
    "garbage_after_header.pdf": "broken",
    "no_pages.pdf": "broken",
    "ph_corrupted.heic": "broken",
    "polyglot_gif_js.gif": "broken",
    "truncated.heic": "broken",
    "truncated.pdf": "broken",
    "truncated_half.jpg": "broken",
    "truncated_header.jpg": "broken",
    "ztxt_bomb.png": "broken",
}
# Enough to see every path in the ordinary run; the rest is for the slow one.
EVERY_RUN = {
    "..%2f..%2fetc%2fpasswd.jpg", "1x4000.png", "bomb_9000x9000_rgb_81MP.png", "cmyk.jpg", "encrypted_user.pdf", "exif6_gps.jpg",
    "facturx_billion_laughs.pdf", "gray16.png", "heic_named.jpg", "html_named.jpg", "pages_500.pdf", "pdf_content_stream_bomb.pdf",
    "pdf_image_bomb_400MP.pdf", "polyglot_jpeg_html.jpg", "truncated_half.jpg", "zero.jpg",
}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.name, marks=() if path.name in EVERY_RUN else [whole]) for path in NASTY],
)
def test_a_nasty_file_ends_in_pages_or_a_reason(path: Path, carol, rung, reader):
    content = path.read_bytes()
    upload = SimpleUploadedFile(f"\u202e{path.name}", content)
    try:
        receipt = ingest(by=carol, file=upload, source="web", client_key="k", now=timezone.now())
    except DomainError as error:
        assert path.name in REFUSED and error.message()
        assert not Receipt.objects.exists()
        return
    assert path.name not in REFUSED
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    assert files.read(receipt.key).read() == content, "the original stays as it came"
    if path.name in UNREADABLE:
        assert (receipt.status, receipt.last_error["code"]) == ("unreadable", UNREADABLE[path.name])
        assert explain(receipt.last_error)
    else:
        assert receipt.status == "ready"
        page = receipt.pages.order_by("number").first()
        picture = files.read(page.image_key).read()
        assert picture[:3] == b"\xff\xd8\xff"
        assert b"Exif" not in picture and b"<script" not in picture and b"PK\x03\x04" not in picture


def measure(folder: str, every: int) -> Score:
    score = Score()
    for path, label in list(labelled(FOLDER / folder))[::every]:
        found = read_file(path, country="")
        score.judge(path.name, label, found.fields, found.amounts)
    return score


def share(score: Score, key: str) -> float:
    return score.right[key] / score.asked[key]


@needs_files
def test_real_receipts_are_read_nearly_always():
    """Every tenth of the receipts that the rules were made from: a regression shows here in half a minute."""
    score = measure("dev", 10)
    assert score.asked["total"] == 6
    assert share(score, "total") >= 0.9, score.misses
    assert share(score, "date") >= 0.8, score.misses
    assert share(score, "merchant") >= 0.8, score.misses


@needs_files
@whole
@pytest.mark.parametrize(
    ("folder", "floors"),
    [
        (
            "dev",
            {"total": 0.98, "total among all amounts": 0.98, "date": 0.96, "merchant": 0.92, "total where sure": 0.98},
        ),
        (
            "eu",
            {"total": 0.86, "total among all amounts": 0.93, "date": 0.93, "merchant": 0.73, "total where sure": 0.9},
        ),
    ],
)
def test_accuracy_stays_where_it_was_measured(folder, floors):
    score = measure(folder, 1)
    for key, floor in floors.items():
        assert share(score, key) >= floor, (key, list(score.lines()), score.misses)


@needs_files
@whole
def test_vat_of_european_receipts_is_right():
    score = measure("eu", 1)
    assert score.asked["VAT lines"] == 9 and score.right["VAT lines"] >= 7, list(score.lines())


@needs_files
def test_vat_of_electronic_receipts_sums_to_the_total():
    for path in sorted((FOLDER / "eu").glob("rewe_*.pdf")):
        found = read_file(path, country="").fields
        assert sum(line["gross"] for line in found["vat"]["value"]) == found["total"]["value"], path.name


@needs_files
@whole
def test_invoices_for_machines_and_with_text_are_read_exactly():
    """Amounts and days of all; names where they stand in the text and not in a picture."""
    for path in sorted((FOLDER / "eu").glob("i2d_*.pdf")):
        truth = json.loads(path.with_suffix("").with_suffix(".gt.json").read_text())[0]
        found = read_file(path, country="").fields
        if "amount" in truth:
            assert found["total"]["value"] == round(100 * truth["amount"]), path.name
        if "date" in truth:
            assert found["date"]["value"] == truth["date"], path.name
    for path in sorted((FOLDER / "eu").glob("zug_[12]*.pdf")):
        found = read_file(path, country="").fields
        assert {"merchant", "date", "total", "currency"} <= set(found), path.name
        assert all(found[name]["confidence"] == "sure" for name in ("date", "total")) or "Hetzner" in path.name


@needs_files
@whole
@pytest.mark.parametrize(("name", "turned"), [("ok.jpg", 0), ("rot90_noexif.jpg", 90), ("rot180_noexif.jpg", 180)])
def test_a_receipt_on_its_side_or_head_is_read_upright(name, turned):
    upright = read_file(FOLDER / "nasty" / "ok.jpg", country="")
    found = read_file(FOLDER / "nasty" / name, country="")
    assert found.fields["total"]["value"] == upright.fields["total"]["value"]
    assert bool(found.turns) == bool(turned)


@needs_files
@pytest.mark.parametrize("name", ["blank_white.jpg", "tiny_80px.jpg"])
def test_nothing_is_guessed_from_a_picture_without_text(name):
    found = read_file(FOLDER / "nasty" / name, country="")
    assert "total" not in found.fields and found.amounts == []


def test_the_models_are_those_that_were_measured():
    """Weights come with the package; a release that changes them must be measured again first."""
    import hashlib

    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in models.glob("PP-OCRv6*.onnx")}
    assert sums == {"PP-OCRv6_det_small.onnx": "090f04abcd9d9a74", "PP-OCRv6_rec_small.onnx": "6f327246b50388f3"}


@whole
def test_the_engine_needs_no_network(monkeypatch):
    import socket

    def refuse(*_args, **_options):
        raise AssertionError("recognition must not call out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert RapidEngine().name == "rapidocr"
