"""Stored files leave only by links that we signed, that end soon, and never as a web page."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.test import Client

from pleo.lib import files
from pleo.lib.storage_down import StorageDown

pytestmark = pytest.mark.skipif(bool(os.environ.get("S3_BUCKET")), reason="about local files")


def get(url: str, **headers: str):
    return Client().get(url, headers=headers)


@pytest.fixture
def url() -> str:
    files.put("c/2026/r/page-1", b"picture", "image/jpeg")
    return files.signed_url("c/2026/r/page-1", media_type="image/jpeg", name="bon.jpg")


def test_a_link_shows_a_picture(url):
    answer = get(url)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"picture"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == 'inline; filename="bon.jpg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private, max-age=")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", ""])
def test_nothing_is_ever_shown_as_a_page(media_type):
    files.put("k", b"<script>alert(1)</script>", media_type)
    answer = get(files.signed_url("k", media_type=media_type, name="x.html"))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_an_original_is_saved_under_its_own_name():
    files.put("k", b"%PDF-", "application/pdf")
    answer = get(files.signed_url("k", media_type="application/pdf", name='køb "1".pdf', download=True))
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''k%C3%B8b%20%221%22.pdf"


def test_a_changed_link_leads_nowhere(url):
    token = url.rstrip("/").rpartition("/")[2]
    for place in (0, len(token) // 2, len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        assert get(f"/files/{token[:place]}{other}{token[place + 1 :]}/").status_code == 404
    assert get("/files/made-up/").status_code == 404
    assert get("/files/..%2f..%2fetc%2fpasswd/").status_code == 404


def test_a_link_of_another_signer_leads_nowhere():
    token = signing.TimestampSigner(salt="elsewhere").sign_object({"k": "k", "t": "image/jpeg", "n": "", "d": False})
    assert get(f"/files/{token}/").status_code == 404


def test_a_link_ends(url, settings, monkeypatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + settings.FILE_URL_SECONDS / 2 - 2)
    assert get(url).status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + settings.FILE_URL_SECONDS + 1)
    assert get(url).status_code == 404


def test_a_page_drawn_again_has_the_same_links(url, monkeypatch, settings):
    half = settings.FILE_URL_SECONDS // 2
    start = int(time.time()) // half * half
    links = []
    for later in (1, half - 2, half + 1):
        monkeypatch.setattr(time, "time", lambda later=later: start + later)
        links.append(files.signed_url("k", media_type="image/jpeg"))
    assert links[0] == links[1] != links[2]


def test_a_file_that_is_gone_is_not_found(url):
    files.delete("c/2026/r/page-1")
    assert get(url).status_code == 404
    files.delete("c/2026/r/page-1")


def test_only_reading_is_allowed(url):
    assert Client().post(url).status_code == 405
    assert Client().head(url).status_code == 200


def test_a_key_outside_the_folder_is_refused():
    from django.core.exceptions import SuspiciousOperation

    with pytest.raises(SuspiciousOperation):
        files.read("../../etc/passwd")


def test_writing_again_replaces_and_leaves_no_scraps(settings):
    files.put("a/b", b"one", "image/jpeg")
    files.put("a/b", io.BytesIO(b"two"), "image/jpeg")
    assert files.read("a/b").read() == b"two"
    assert [path.name for path in (Path(settings.MEDIA_ROOT) / "a").iterdir()] == ["b"]


def test_a_write_that_fails_leaves_the_old_file(settings):
    files.put("a/b", b"one", "image/jpeg")

    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError("gone")

    with pytest.raises(StorageDown):
        files.put("a/b", Broken(b"two"), "image/jpeg")
    assert files.read("a/b").read() == b"one"
    assert [path.name for path in (Path(settings.MEDIA_ROOT) / "a").iterdir()] == ["b"]


def test_files_are_kept_and_faults_told_while_the_cache_is_away(settings, monkeypatch):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    files.put("a/b", b"one", "image/jpeg")
    with files.read("a/b") as stored:
        assert stored.read() == b"one"

    class Gone:
        def save(self, *_):
            raise OSError("no route to host")

    monkeypatch.setattr("pleo.lib.files.default_storage", Gone())
    with pytest.raises(StorageDown):
        files.put("a/b", b"two", "image/jpeg")


def test_links_stay_on_our_origin(url):
    assert urlsplit(url).netloc == "" and url.startswith("/files/")
