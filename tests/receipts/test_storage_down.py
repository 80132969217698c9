"""The bucket on its bad days: gone, refusing, slow, broken half-way. Nothing is lost and everybody is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from django.core.files.storage import storages
from django.utils import timezone

from accounts.create_token import create_token
from pleo.lib import files
from pleo.lib.s3 import BucketStorage
from pleo.lib.storage_down import StorageDown
from receipts.models import Receipt
from receipts.process import process
from tests.receipts.conftest import upload

pytestmark = [pytest.mark.django_db, pytest.mark.s3]
QUICK = Config(
    retries={"mode": "standard", "max_attempts": 1}, connect_timeout=1, read_timeout=1, signature_version="s3v4",
    s3={"addressing_style": "path"}, request_checksum_calculation="when_required", response_checksum_validation="when_required",
)  # fmt: skip


@contextmanager
def serving(answer: bytes, *, hold: bool = False) -> Iterator[str]:
    """A server that says one thing to everybody, or nothing for as long as it is asked."""
    door = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                visitor, _ = door.accept()
            except OSError:
                return
            held.append(visitor)
            if not hold:
                visitor.recv(65536)
                visitor.sendall(answer)
                visitor.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        door.close()
        for each in held:
            each.close()


@contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch, config: Config = QUICK, **changed: Any) -> Iterator[None]:
    """Let the product use another bucket for a while, with one try a request unless told otherwise."""
    real: Any = storages["default"]
    kept = {
        name: getattr(real, name) for name in ("bucket_name", "endpoint_url", "access_key", "secret_key", "region_name")
    }
    other = BucketStorage(
        **{**kept, **changed}, client_config=config, querystring_auth=True, default_acl=None, file_overwrite=True
    )
    with monkeypatch.context() as swapped:
        swapped.setattr("pleo.lib.files.default_storage", other)
        swapped.setattr("receipts.direct_upload.default_storage", other)
        yield


UNAVAILABLE = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
CUT = b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nETag: "x"\r\nContent-Type: image/jpeg\r\n\r\nonly this'
FAULTS: dict[str, dict[str, Any]] = {
    "no bucket": {"bucket_name": "there-is-no-such-bucket"},
    "wrong keys": {"access_key": "wrong", "secret_key": "wrong"},
    "nobody there": {"endpoint_url": "http://127.0.0.1:9"},
    "5xx": {"answer": UNAVAILABLE},
    "cut off": {"answer": CUT},
    "slow": {"hold": True},
}


@contextmanager
def fault(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the product the bucket of one fault."""
    options = dict(FAULTS[name])
    if "answer" not in options and "hold" not in options:
        with bucket(monkeypatch, **options):
            yield
        return
    with (
        serving(options.get("answer", b""), hold="hold" in options) as address,
        bucket(monkeypatch, endpoint_url=address),
    ):
        yield


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "cut off"])
def test_who_sends_is_told_and_no_row_promises_a_file(name, carol, sign_in, rung, monkeypatch):
    client = sign_in(carol)
    with fault(name, monkeypatch):
        told = client.post("/c/havblik/receipts/upload/", {"file": upload()}, headers={"Accept": "application/json"})
        page = client.post("/c/havblik/receipts/upload/", {"file": upload()})
    assert (told.status_code, told.json()["error"]["code"]) == (503, "storage_down")
    assert "Keep the file" in page.content.decode()
    assert not Receipt.objects.exists()
    assert client.post("/c/havblik/receipts/upload/", {"file": upload()}).status_code == 303


def test_the_api_says_503(carol, alice, client, rung, monkeypatch):
    secret = create_token(membership=carol, name="t", scopes=["receipts.upload"], by=alice).secret
    with fault("5xx", monkeypatch):
        told = client.post("/api/v1/receipts", {"file": upload()}, headers={"Authorization": f"Bearer {secret}"})
    assert (told.status_code, told.json()["error"]["code"]) == (503, "storage_down")


@pytest.mark.parametrize("name", list(FAULTS))
def test_the_worker_waits_however_long_it_takes(name, send, reader, monkeypatch):
    receipt, now = send(), timezone.now()
    with fault(name, monkeypatch):
        for _ in range(5):
            process(receipt_id=receipt.pk, now=now)
            now += timedelta(minutes=30)
    receipt.refresh_from_db()
    assert (receipt.status, receipt.last_error) == ("received", {"code": "storage_down"})
    process(receipt_id=receipt.pk, now=now)
    receipt.refresh_from_db()
    assert receipt.status == "ready"
    assert receipt.pages.count() == 1


def test_a_bucket_that_dies_while_pages_are_stored_is_waited_for(send, reader, monkeypatch):
    receipt, now = send(), timezone.now()
    real, calls = files.put, []

    def dying(key: str, *rest: Any) -> None:
        calls.append(key)
        if len(calls) == 2:
            raise StorageDown
        real(key, *rest)

    with monkeypatch.context() as broken:
        broken.setattr("receipts.process.files.put", dying)
        process(receipt_id=receipt.pk, now=now)
    receipt.refresh_from_db()
    assert (receipt.status, receipt.pages.count()) == ("received", 0)
    process(receipt_id=receipt.pk, now=now + timedelta(minutes=30))
    receipt.refresh_from_db()
    assert receipt.status == "ready"


def test_a_missing_file_is_no_outage_but_a_missing_bucket_is(send, reader, monkeypatch):
    receipt = send()
    with fault("no bucket", monkeypatch), pytest.raises(StorageDown):
        files.read(receipt.key)
    files.delete(receipt.key)
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    assert (receipt.status, receipt.last_error) == ("unreadable", {"code": "original_missing"})
