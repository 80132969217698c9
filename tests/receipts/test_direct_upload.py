"""Files that go straight from a browser into the bucket, on a server that checks what was signed."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts.create_token import create_token
from pleo.lib import files
from receipts.collect_orphans import collect_orphans
from receipts.direct_upload import (
    NoDirectUpload,
    NotArrived,
    allow_direct_upload,
    collect_abandoned,
    finish_direct_upload,
)
from receipts.ingest import ClientKeyReused, ReceiptEmpty, ReceiptTooLarge, ReceiptTypeUnknown
from receipts.models import DirectUpload, Receipt
from tests.receipts.conftest import image_bytes

in_bucket = pytest.mark.s3
ENFORCED = pytest.mark.skipif(os.environ.get("S3_SERVER") == "moto", reason="moto checks no signature and no size")
pytestmark = pytest.mark.django_db
PHOTO = image_bytes()


def allow(by, size: int = len(PHOTO), key: str = "k1", name: str = "bon.jpg"):
    return allow_direct_upload(by=by, name=name, size=size, source="web", client_key=key, now=timezone.now())


def put(url: str, fields: dict[str, str], content: bytes = PHOTO) -> int:
    """Post a file as a browser does: the signed fields first, the file last."""
    body = encode_multipart(BOUNDARY, {**fields, "file": SimpleUploadedFile("x.jpg", content)})
    request = urllib.request.Request(url, body, headers={"Content-Type": MULTIPART_CONTENT})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@in_bucket
def test_a_file_put_into_the_bucket_becomes_a_receipt_once(carol, rung):
    allowed = allow(carol)
    assert put(allowed.url, allowed.fields) in (200, 204)
    receipt = finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert (receipt.media_type, receipt.size, receipt.file_name, receipt.uploaded_by) == (
        "image/jpeg",
        len(PHOTO),
        "bon.jpg",
        carol,
    )
    with files.read(receipt.key) as stored:
        assert stored.read() == PHOTO
    assert not default_storage.exists(allowed.upload.key), "nothing is left where it came in"
    allowed.upload.refresh_from_db()
    assert finish_direct_upload(upload=allowed.upload, now=timezone.now()) == receipt
    again = allow(carol)
    assert (again.url, again.upload.receipt) == ("", receipt)
    assert Receipt.objects.count() == 1


@in_bucket
@ENFORCED
def test_only_this_key_this_size_and_this_type_may_be_put(carol):
    allowed = allow(carol)
    assert put(allowed.url, allowed.fields, PHOTO + b"x") >= 400
    assert put(allowed.url, allowed.fields, PHOTO[:-1]) >= 400
    assert put(allowed.url, {**allowed.fields, "Content-Type": "text/html"}) >= 400
    assert put(allowed.url, {**allowed.fields, "key": f"{carol.company_id}/2026/x/original"}) >= 400
    assert put(allowed.url, {name: value for name, value in allowed.fields.items() if name != "policy"}) >= 400
    with pytest.raises(NotArrived):
        finish_direct_upload(upload=allowed.upload, now=timezone.now())


@in_bucket
def test_what_is_no_receipt_is_refused_and_removed(carol):
    page = b"<!doctype html><p>no"
    allowed = allow(carol, size=len(page))
    put(allowed.url, allowed.fields, page)
    with pytest.raises(ReceiptTypeUnknown):
        finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert not default_storage.exists(allowed.upload.key)
    assert not DirectUpload.objects.exists()


@in_bucket
def test_what_makes_no_sense_is_refused_before(carol, settings):
    with pytest.raises(ReceiptEmpty):
        allow(carol, size=0)
    with pytest.raises(ReceiptTooLarge):
        allow(carol, size=settings.RECEIPT_MAX_BYTES + 1)
    allow(carol)
    with pytest.raises(ClientKeyReused):
        allow(carol, size=5)


@in_bucket
def test_the_usual_way_takes_over_under_the_same_key(carol, send):
    allowed = allow(carol, key="same")
    put(allowed.url, allowed.fields)
    receipt = send(PHOTO, key="same")
    assert finish_direct_upload(upload=allowed.upload, now=timezone.now()) == receipt


@in_bucket
def test_abandoned_uploads_are_removed_and_receipts_are_not(carol, rung):
    left, done = allow(carol, key="left"), allow(carol, key="done")
    for each in (left, done):
        put(each.url, each.fields)
    receipt = finish_direct_upload(upload=done.upload, now=timezone.now())
    assert collect_abandoned(now=timezone.now()) == 0
    assert collect_abandoned(now=timezone.now() + timedelta(hours=3)) == 2
    assert not default_storage.exists(left.upload.key)
    assert default_storage.exists(receipt.key)
    assert list(collect_orphans(now=timezone.now() + timedelta(days=9), delete=True)) == []


@in_bucket
def test_a_page_and_a_program_ask_alike(carol, alice, mallory, sign_in, rung):
    client = sign_in(carol)
    place = client.post(
        "/c/havblik/receipts/upload/direct/", {"client_key": "p", "name": "a.jpg", "size": len(PHOTO)}
    ).json()
    assert put(place["url"], place["fields"]) in (200, 204)
    assert sign_in(alice).post(place["done"]).status_code == 404
    assert sign_in(mallory).post(place["done"]).status_code == 404
    told = client.post(place["done"], headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["status"]) == (201, "received")
    for size in ("", "-1", "x", "9" * 30, "٣"):
        assert client.post("/c/havblik/receipts/upload/direct/", {"size": size}).status_code == 422
    secret = create_token(membership=carol, name="t", scopes=["receipts.upload"], by=alice).secret
    headers: Any = {"Authorization": f"Bearer {secret}"}
    asked = client.post(
        "/api/v1/receipts/direct", {"size": len(PHOTO)}, content_type="application/json", headers=headers
    ).json()
    assert put(asked["url"], asked["fields_before"]) in (200, 204)
    made = client.post(f"/api/v1/receipts/direct/{asked['id']}", content_type="application/json", headers=headers)
    assert (made.status_code, made.json()["source"]) == (201, "api")


@in_bucket
def test_the_page_names_the_way_and_the_policy_lets_the_browser_go_there(carol, sign_in, settings):
    page = sign_in(carol).get("/c/havblik/receipts/upload/")
    assert 'data-direct="/c/havblik/receipts/upload/direct/"' in page.content.decode()
    call_command("bucket_cors")


@pytest.mark.skipif(bool(os.environ.get("S3_BUCKET")), reason="about an installation without a bucket")
def test_without_a_bucket_files_come_to_us(carol, sign_in):
    with pytest.raises(NoDirectUpload):
        allow(carol)
    assert sign_in(carol).post("/c/havblik/receipts/upload/direct/", {"size": 5}).status_code == 409
    assert "data-direct" not in sign_in(carol).get("/c/havblik/receipts/upload/").content.decode()
    with pytest.raises(CommandError):
        call_command("bucket_cors")
