"""A real server behind a line that breaks: cut half-way, busy, slow, with clocks apart. Told, tried again, nothing lost or twice."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import botocore.auth
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.files.storage import storages
from django.utils import timezone

from pleo.lib import files
from pleo.lib.s3 import client_config
from pleo.lib.storage_down import StorageDown, failed_lately
from receipts import direct_upload, tasks
from receipts.collect_half_sent import collect_half_sent
from receipts.collect_orphans import collect_orphans
from receipts.direct_upload import NotArrived, allow_direct_upload, collect_abandoned, finish_direct_upload
from receipts.ingest import ingest
from receipts.models import DirectUpload, Receipt
from receipts.process import process
from tests.receipts.bad_line import Line, line_to
from tests.receipts.conftest import image_bytes, stored, upload
from tests.receipts.test_direct_upload import put
from tests.receipts.test_storage_down import QUICK, bucket

pytestmark = [pytest.mark.django_db, pytest.mark.s3]
ENFORCED = pytest.mark.skipif(os.environ.get("S3_SERVER") == "moto", reason="moto looks at no clock")
# As the product is set, but for how long it waits in vain.
PATIENT = client_config(addressing_style="path").merge(QUICK.__class__(read_timeout=3, connect_timeout=1))
SMALL = image_bytes("BMP", size=(300, 400))
# Sent in parts: beyond 8 MB.
LARGE = SMALL + os.urandom(1024) * 11_000
PAGE = "/c/havblik/receipts/upload/"
# Beyond `100 Continue`, within the answer that says it is stored.
WITHIN_THE_ANSWER = 30


@pytest.fixture
def line() -> Iterator[Line]:
    cache.delete("storage-down")
    with line_to(django_settings.S3_ENDPOINT) as made:
        yield made
    cache.delete("storage-down")


@contextmanager
def over(line: Line, monkeypatch: pytest.MonkeyPatch, config: Any = QUICK) -> Iterator[None]:
    """Let the product reach its bucket by this line alone."""
    with bucket(monkeypatch, config, endpoint_url=line.address):
        yield


def post(client: Any, content: bytes, key: str = "k") -> Any:
    told = {"file": upload(content), "client_key": key}
    return client.post(PAGE, told, headers={"Accept": "application/json"})


def half_sent(company_id: Any) -> list[str]:
    storage: Any = storages["default"]
    found = storage.bucket.meta.client.list_multipart_uploads(Bucket=storage.bucket_name)
    return [each["Key"] for each in found.get("Uploads", []) if each["Key"].startswith(f"{company_id}/")]


def whole(receipt: Receipt) -> bytes:
    with files.read(receipt.key) as original:
        return original.read()


@pytest.mark.parametrize(("content", "after"), [(SMALL, 100_000), (LARGE, 6_000_000)], ids=["small", "in parts"])
def test_a_line_that_is_cut_while_a_file_is_sent(content, after, line, carol, sign_in, rung, monkeypatch):
    client, line.cuts_sent, line.after = sign_in(carol), None, after
    with over(line, monkeypatch):
        told = post(client, content)
        assert (told.status_code, told.json()["error"]["code"]) == (503, "storage_down")
        assert "Keep the file" in told.json()["error"]["message"]
        assert not Receipt.objects.exists()
        assert failed_lately()
        assert stored(carol.company_id) == [], "a file is there as a whole or not at all"
    line.mend()
    with over(line, monkeypatch):
        assert post(client, content).status_code == 201
    assert whole(Receipt.objects.get()) == content
    assert not failed_lately()


def test_a_line_that_is_cut_once_is_not_even_noticed(line, carol, sign_in, rung, monkeypatch):
    client, line.cuts_sent, line.after = sign_in(carol), 1, 100_000
    with over(line, monkeypatch, PATIENT):
        assert post(client, SMALL).status_code == 201
    assert line.connections > 1
    assert whole(Receipt.objects.get()) == SMALL


def test_what_was_half_sent_by_a_process_that_died_is_given_up(carol, send):
    storage: Any = storages["default"]
    client, name = storage.bucket.meta.client, storage.bucket_name
    ours, others = f"{carol.company_id}/2026/r/original", "somebody-else/file"
    for key in (ours, others):
        begun = client.create_multipart_upload(Bucket=name, Key=key)
        client.upload_part(Bucket=name, Key=key, UploadId=begun["UploadId"], PartNumber=1, Body=b"x" * 6_000_000)
    now = timezone.now()
    receipt = send(SMALL)
    collect_half_sent(now=now)
    assert half_sent(carol.company_id) == [ours]
    assert collect_half_sent(now=now + timedelta(days=3)) >= 1
    assert half_sent(carol.company_id) == []
    assert collect_half_sent(now=now + timedelta(days=3)) == 0
    left = client.list_multipart_uploads(Bucket=name)["Uploads"]
    assert [each["Key"] for each in left] == [others], "not ours to judge"
    client.abort_multipart_upload(Bucket=name, Key=others, UploadId=left[0]["UploadId"])
    assert whole(receipt) == SMALL
    tasks.collect_orphans.run()


def test_an_answer_that_is_lost_makes_no_second_receipt(line, carol, sign_in, rung, monkeypatch):
    """The file is stored and nobody heard of it: the person sends it again, and what was stored first is collected."""
    client, line.cuts_answered, line.after = sign_in(carol), None, WITHIN_THE_ANSWER
    with over(line, monkeypatch):
        assert post(client, SMALL).status_code == 503
        line.mend()
        assert post(client, SMALL).status_code == 201
        assert post(client, SMALL).status_code == 201
    receipt = Receipt.objects.get()
    assert whole(receipt) == SMALL
    orphans = list(collect_orphans(now=timezone.now() + timedelta(days=3), delete=True))
    assert len(orphans) == 1 and receipt.key not in orphans
    assert stored(carol.company_id) == ["original"]


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "in parts"])
def test_a_busy_server_is_asked_again_and_nobody_notices(content, line, carol, sign_in, rung, monkeypatch):
    line.busy = 2
    with over(line, monkeypatch, PATIENT):
        assert post(sign_in(carol), content).status_code == 201
    assert line.busy == 0
    assert whole(Receipt.objects.get()) == content
    assert not failed_lately()


def test_a_server_that_stays_busy_is_told(line, carol, sign_in, rung, monkeypatch, caplog):
    client, line.busy = sign_in(carol), None
    with over(line, monkeypatch), caplog.at_level(logging.ERROR):
        told = post(client, SMALL)
    assert (told.status_code, told.json()["error"]["code"]) == (503, "storage_down")
    assert "too much to do" in caplog.text
    assert not Receipt.objects.exists()


def test_a_slow_server_is_waited_for(line, carol, sign_in, reader, rung, monkeypatch):
    line.pause = 0.8
    with over(line, monkeypatch, PATIENT):
        assert post(sign_in(carol), SMALL).status_code == 201
        process(receipt_id=Receipt.objects.get().pk, now=timezone.now())
    assert Receipt.objects.get().status == "ready"


def test_a_server_slower_than_our_patience_is_told_in_time(line, carol, sign_in, rung, monkeypatch):
    client, line.pause = sign_in(carol), 30.0
    began = timezone.now()
    with over(line, monkeypatch):
        assert post(client, SMALL).status_code == 503
    assert timezone.now() - began < timedelta(seconds=15)
    assert not Receipt.objects.exists()
    assert post(client, SMALL).status_code == 201


@pytest.mark.parametrize("fault", ["cuts_answered", "cuts_sent", "busy"])
def test_a_worker_lives_through_a_line_that_breaks(fault, line, send, reader, monkeypatch):
    """Once: it tries again by itself. For good: the receipt waits, and is read when the line is back."""
    receipt, now = send(SMALL), timezone.now()
    setattr(line, fault, None)
    line.after = 400 if fault == "cuts_sent" else 60_000
    with over(line, monkeypatch):
        for _ in range(4):
            process(receipt_id=receipt.pk, now=now)
            now += timedelta(hours=1)
        receipt.refresh_from_db()
        assert (receipt.status, receipt.last_error) == ("received", {"code": "storage_down"})
        line.mend()
        setattr(line, fault, 1)
    with over(line, monkeypatch, PATIENT):
        process(receipt_id=receipt.pk, now=now)
    receipt.refresh_from_db()
    assert (receipt.status, receipt.pages.count()) == ("ready", 1)
    assert stored(receipt.company_id) == ["original", "page-1", "small-1", "thumb-1"]
    assert whole(receipt) == SMALL


@ENFORCED
@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_that_differ_are_told_to_who_runs_it(hours, carol, send, reader, rung, sign_in, monkeypatch, caplog):
    receipt, now = send(SMALL), timezone.now()
    real = botocore.auth.get_current_datetime
    with monkeypatch.context() as skewed, caplog.at_level(logging.ERROR):
        skewed.setattr("botocore.auth.get_current_datetime", lambda *a, **k: real(*a, **k) + timedelta(hours=hours))
        told = post(sign_in(carol), image_bytes())
        process(receipt_id=receipt.pk, now=now)
    assert (told.status_code, told.json()["error"]["code"]) == (503, "storage_down")
    assert "clock" in caplog.text
    assert Receipt.objects.get().last_error == {"code": "storage_down"}
    process(receipt_id=receipt.pk, now=now + timedelta(hours=1))
    assert Receipt.objects.get().status == "ready"


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"bucket_name": "there-is-no-such-bucket"}, "does not exist"),
        pytest.param({"access_key": "nobody"}, "does not know S3_ACCESS_KEY", marks=ENFORCED),
        pytest.param({"secret_key": "wrong"}, "is not that of S3_ACCESS_KEY", marks=ENFORCED),
    ],
    ids=["no bucket", "no such key", "wrong secret"],
)
def test_the_log_says_what_to_do(options, advice, carol, sign_in, rung, monkeypatch, caplog):
    with bucket(monkeypatch, **options), caplog.at_level(logging.ERROR):
        assert post(sign_in(carol), SMALL).status_code == 503
    assert advice in caplog.text


def allowed_for(by: Any, content: bytes = SMALL) -> Any:
    return allow_direct_upload(by=by, name="a.bmp", size=len(content), source="web", client_key="d", now=timezone.now())


def test_a_browser_that_is_cut_off_on_the_way_to_the_bucket_sends_again(line, carol, rung, monkeypatch):
    line.cuts_sent, line.after = None, 100_000
    with over(line, monkeypatch):
        allowed = allowed_for(carol)
        with pytest.raises(OSError):
            put(allowed.url, allowed.fields, SMALL)
        line.mend()
        with pytest.raises(NotArrived):
            finish_direct_upload(upload=allowed.upload, now=timezone.now())
        assert put(allowed.url, allowed.fields, SMALL) in (200, 204)
        receipt = finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert whole(receipt) == SMALL
    assert not failed_lately()


def test_a_direct_upload_waits_while_the_bucket_is_away(line, carol, rung, monkeypatch):
    allowed = allowed_for(carol)
    put(allowed.url, allowed.fields, SMALL)
    line.busy = None
    with over(line, monkeypatch), pytest.raises(StorageDown):
        finish_direct_upload(upload=allowed.upload, now=timezone.now())
    with bucket(monkeypatch, bucket_name="there-is-no-such-bucket"), pytest.raises(StorageDown):
        finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert not Receipt.objects.exists()
    assert whole(finish_direct_upload(upload=allowed.upload, now=timezone.now())) == SMALL


def test_a_file_that_is_replaced_while_we_look_at_it_is_no_outage(carol, rung, monkeypatch):
    """Who holds the policy may post again within its ten minutes: that must not tell finance that the storage is down."""
    cache.delete("storage-down")
    allowed = allowed_for(carol)
    put(allowed.url, allowed.fields, SMALL)
    real = direct_upload.StoredUpload.store_as

    def replaced(self: Any, key: str, media_type: str) -> None:
        files.put(self.key, io.BytesIO(b"x" * len(SMALL)), "application/octet-stream")
        real(self, key, media_type)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("receipts.direct_upload.StoredUpload.store_as", replaced)
        with pytest.raises(NotArrived):
            finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert not failed_lately()
    assert not Receipt.objects.exists()
    assert stored(carol.company_id) == []


def test_what_arrived_stays_arrived_when_tidying_up_fails(carol, rung, monkeypatch):
    allowed = allowed_for(carol)
    put(allowed.url, allowed.fields, SMALL)
    real = files.delete

    def down(key: str) -> None:
        raise StorageDown

    with monkeypatch.context() as broken:
        broken.setattr("pleo.lib.files.delete", down)
        receipt = finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert DirectUpload.objects.get().receipt == receipt
    assert whole(receipt) == SMALL
    collect_abandoned(now=timezone.now() + timedelta(hours=3))
    with pytest.raises(FileNotFoundError):
        files.read(allowed.upload.key)
    assert files.delete is real


def test_the_second_of_two_at_once_is_answered_although_its_copy_cannot_be_removed(carol, send, rung, monkeypatch):
    first = send(SMALL, key="same")
    rows = Receipt.objects

    class Late:
        """Finds the row only after the insert has failed, as whoever comes second at the same moment does."""

        asked = 0

        def filter(self, **given: Any) -> Any:
            Late.asked += 1
            return rows.none() if Late.asked == 1 else rows.filter(**given)

    def down(key: str) -> None:
        raise StorageDown

    monkeypatch.setattr("receipts.ingest.Receipt.objects", Late())
    monkeypatch.setattr("pleo.lib.files.delete", down)
    again = ingest(by=carol, file=upload(SMALL), source="web", client_key="same", now=timezone.now())
    assert again == first
    monkeypatch.undo()
    assert Receipt.objects.count() == 1


def test_a_copy_with_another_mark_is_looked_at(carol, rung, monkeypatch):
    """Servers that encrypt give each copy a mark of its own: what counts is the content."""
    allowed = allowed_for(carol)
    put(allowed.url, allowed.fields, SMALL)
    storage: Any = storages["default"]
    client = storage.bucket.meta.client
    real = client.copy_object

    def copied(**options: Any) -> Any:
        return {**real(**options), "CopyObjectResult": {"ETag": '"another"'}}

    with monkeypatch.context() as encrypted:
        encrypted.setattr(client, "copy_object", copied)
        receipt = finish_direct_upload(upload=allowed.upload, now=timezone.now())
    assert whole(receipt) == SMALL
