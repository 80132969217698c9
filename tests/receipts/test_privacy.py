"""What leaves us of a photo says nothing of where and with what it was taken, and nothing of ours is run by a browser."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pleo.lib import files
from receipts.ingest import ReceiptTypeUnknown, ingest
from receipts.models import Receipt
from receipts.process import process
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
OURS = pytest.mark.skipif(bool(os.environ.get("S3_BUCKET")), reason="about links on our own origin")
MAKE, MODEL, GPS = 0x010F, 0x0110, 0x8825
SECRETS = (b"SecretPhone", b"Model X9000", b"xmpmeta", b"photoshop", b"Exif", b"55.676098")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>55.676098</place></x:xmpmeta>'


def photo(kind: str) -> bytes:
    """A picture that tells its device, its place and its editor in every way its format knows."""
    exif = Image.Exif()
    exif[MAKE], exif[MODEL] = "SecretPhone", "Model X9000"
    exif[GPS] = {1: "N", 2: (55.0, 40.0, 34.0), 3: "E", 4: (12.0, 34.0, 6.0)}
    picture, out = Image.new("RGB", (120, 180), "white"), io.BytesIO()
    options: dict[str, Any] = {"exif": exif.tobytes()}
    if kind in ("JPEG", "WEBP"):
        options["xmp"] = XMP
    if kind == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("Location", "55.676098")
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    if kind == "TIFF":
        options = {"tiffinfo": {MAKE: "SecretPhone", MODEL: "Model X9000", 0x010E: "55.676098"}}
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture
def send(cast: Cast, settings: Any, monkeypatch: Any) -> Callable[[bytes, str], Receipt]:
    settings.RECEIPT_ENGINE = "none"
    monkeypatch.setattr("pleo.lib.work.enqueue", lambda *_, **__: None)

    def sent(content: bytes, name: str) -> Receipt:
        file = SimpleUploadedFile(name, content)
        receipt = ingest(by=cast.carol, file=file, source="web", client_key=name, now=timezone.now())
        process(receipt_id=receipt.pk, now=timezone.now())
        return Receipt.objects.get(pk=receipt.pk)

    return sent


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_pages_tell_no_place_and_no_device(send: Callable[[bytes, str], Receipt], kind: str) -> None:
    original = photo(kind)
    assert b"SecretPhone" in original, "otherwise this proves nothing"
    receipt = send(original, f"photo.{kind.lower()}")
    assert receipt.status == "ready", receipt.last_error
    page = receipt.pages.get()
    for key in (page.image_key, page.thumbnail_key, page.small_key):
        with files.read(key) as file:
            content = file.read()
        made = Image.open(io.BytesIO(content))
        assert not made.getexif() and not {"exif", "xmp", "icc_profile", "comment"} & set(made.info), (key, made.info)
        for secret in SECRETS:
            assert secret not in content, (key, secret)


@pytest.mark.parametrize(
    "content",
    [b"<!doctype html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
     b"\xef\xbb\xbf <html>", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"],
)  # fmt: skip
def test_pages_and_drawings_of_the_web_are_not_taken(send: Callable[[bytes, str], Receipt], content: bytes) -> None:
    with pytest.raises(ReceiptTypeUnknown):
        send(content, "photo.jpg")


@OURS
@pytest.mark.parametrize(
    "claimed", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript"]
)
def test_nothing_is_ever_given_out_as_a_page(client: Any, claimed: str) -> None:
    files.put("test/file", b"<script>alert(1)</script>", claimed)
    response = client.get(files.signed_url("test/file", media_type=claimed, name='a"\r\nX: y.html'))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment") and "\n" not in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert (
        "sandbox" in response["Content-Security-Policy"] and "default-src 'none'" in response["Content-Security-Policy"]
    )


@OURS
def test_signed_links_end_and_cannot_be_bent(client: Any, settings: Any, monkeypatch: Any) -> None:
    files.put("test/file", b"secret", "image/jpeg")
    link = files.signed_url("test/file", media_type="image/jpeg")
    assert client.get(link).status_code == 200
    bent = link[:-4] + ("A" if link[-4] != "A" else "B") + link[-3:]
    assert client.get(bent).status_code == 404 and client.get("/files/test/file/").status_code == 404
    later = time.time() + settings.FILE_URL_SECONDS + 1
    monkeypatch.setattr("time.time", lambda: later)
    assert client.get(link).status_code == 404
