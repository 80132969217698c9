"""Files in a bucket: the same receipts, links that the server itself lets end, and the move from the disk."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from pleo.lib import files
from pleo.lib.files import DiskStorage
from pleo.lib.s3 import BucketStorage, client_config
from receipts.models import Receipt
from receipts.process import process
from tests.receipts.conftest import fetch, image_bytes

in_bucket = pytest.mark.s3
ENFORCED = pytest.mark.skipif(os.environ.get("S3_SERVER") == "moto", reason="moto checks no signature and no expiry")


@pytest.fixture
def folder(tmp_path: Path, settings) -> Iterator[Path]:
    """A disk with three files on it, while the product itself already uses the bucket."""
    disk = DiskStorage(location=tmp_path / "old")
    base = uuid4()
    for name, content in (("original", image_bytes()), ("page-1", b"page"), ("thumb-1", b"thumb")):
        disk.save(f"{base}/2026/r/{name}", ContentFile(content))
    yield tmp_path / "old"


def keys(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@in_bucket
def test_a_receipt_lives_in_the_bucket(send, reader):
    assert isinstance(storages["default"], BucketStorage)
    receipt = send()
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    assert receipt.status == "ready"
    page = receipt.pages.get()
    status, content, headers = fetch(files.signed_url(page.image_key, media_type="image/jpeg"))
    assert (status, content[:3], headers["Content-Type"]) == (200, b"\xff\xd8\xff", "image/jpeg")
    assert (
        urlsplit(files.signed_url(page.image_key, media_type="image/jpeg")).netloc
        == urlsplit(django_settings.S3_ENDPOINT).netloc
    )


@in_bucket
@pytest.mark.parametrize(
    "claimed", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript"]
)
def test_the_link_fixes_type_and_name(claimed):
    key = f"{uuid4()}/original"
    files.put(key, b"<script>alert(1)</script>", claimed)
    _, _, headers = fetch(files.signed_url(key, media_type=claimed, name="x.html"))
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == 'attachment; filename="x.html"'
    _, _, headers = fetch(files.signed_url(key, media_type="application/pdf", name="bon.pdf", download=True))
    assert headers["Content-Type"] == "application/pdf"


@in_bucket
@ENFORCED
def test_nobody_reads_without_a_link_that_we_signed():
    key = f"{uuid4()}/original"
    files.put(key, b"secret", "image/jpeg")
    url = files.signed_url(key, media_type="image/jpeg")
    assert fetch(url)[0] == 200
    assert fetch(url.partition("?")[0])[0] == 403
    assert fetch(url.replace("image%2Fjpeg", "text%2Fhtml"))[0] == 403
    assert fetch(url[:-1] + ("0" if url[-1] != "0" else "1"))[0] == 403


@in_bucket
@ENFORCED
def test_a_link_ends():
    key = f"{uuid4()}/original"
    files.put(key, b"secret", "image/jpeg")
    storage = storages["default"]
    url = storage.url(key, expire=1)
    assert fetch(url)[0] == 200
    time.sleep(2.5)
    assert fetch(url)[0] == 403


@in_bucket
def test_writing_again_replaces_and_a_missing_file_is_told():
    key = f"{uuid4()}/page-1"
    files.put(key, b"one", "image/jpeg")
    files.put(key, b"two", "image/jpeg")
    with files.read(key) as stored:
        assert stored.read() == b"two"
    files.delete(key)
    files.delete(key)
    with pytest.raises(FileNotFoundError):
        files.read(key)


@in_bucket
def test_a_file_of_many_parts_arrives_whole():
    key, content = f"{uuid4()}/original", os.urandom(1024) * 12_000
    files.put(key, io.BytesIO(content), "application/pdf")
    with files.read(key) as stored:
        assert files.sha256(stored) == files.sha256(io.BytesIO(content))


@in_bucket
def test_files_move_from_disk_to_bucket_once(folder, db, capsys):
    call_command("move_files", "--from", str(folder), "--dry-run")
    assert "3 would be copied" in capsys.readouterr().out
    first, *_ = keys(folder)
    with pytest.raises(FileNotFoundError):
        files.read(first)
    call_command("move_files", "--from", str(folder))
    assert "3 copied" in capsys.readouterr().out
    for key in keys(folder):
        with files.read(key) as stored:
            assert stored.read() == (folder / key).read_bytes()
    call_command("move_files", "--from", str(folder))
    assert "0 copied (0 bytes), 3 were there already, 0 failed" in capsys.readouterr().out


@in_bucket
def test_moving_goes_on_where_it_stopped_and_mends_a_wrong_copy(folder, db, capsys):
    one, two, _ = keys(folder)
    files.put(one, (folder / one).read_bytes(), "image/jpeg")
    files.put(two, b"x" * (folder / two).stat().st_size, "image/jpeg")
    call_command("move_files", "--from", str(folder), "--delete")
    assert "2 copied" in capsys.readouterr().out
    with files.read(two) as stored:
        assert stored.read() == b"page"
    assert keys(folder) == []


@in_bucket
def test_an_original_that_is_not_what_was_received_is_not_moved(folder, send, capsys):
    receipt = send()
    key = next(key for key in keys(folder) if key.endswith("original"))
    Receipt.objects.filter(pk=receipt.pk).update(key=key, sha256="0" * 64)
    with pytest.raises(CommandError, match="run it again"):
        call_command("move_files", "--from", str(folder), "--delete")
    assert "not what was received" in capsys.readouterr().err
    assert (folder / key).exists()


@pytest.mark.skipif(bool(os.environ.get("S3_BUCKET")), reason="about an installation without a bucket")
def test_without_a_bucket_there_is_nowhere_to_move(tmp_path, db):
    with pytest.raises(CommandError, match="S3_BUCKET names no bucket"):
        call_command("move_files", "--from", str(tmp_path))
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("move_files", "--from", str(tmp_path / "none"))


def test_clients_try_a_few_times_and_wait_a_bounded_time():
    config = client_config(addressing_style="path")
    assert config.retries == {"mode": "standard", "total_max_attempts": 4} or config.retries["max_attempts"] == 4
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.request_checksum_calculation == "when_required"
