"""Files under keys that we make, on disk or in a bucket, shown by links that are signed and soon end.

A key holds no text from people. Both storages write a key as a whole or not at all, and writing it again replaces it, so that
work done twice leaves one result.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core import signing
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.urls import reverse
from django.utils.http import content_disposition_header

from pleo.lib.storage_down import telling_storage_faults

# Only these are shown inside a page. Whatever else somebody uploads is saved by the browser, never run on our origin.
SHOWN_INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
SAVED_AS_IS = frozenset(
    {
        "application/pdf",
        "application/zip",
        "text/csv",
        "text/plain",
        "image/tiff",
        "image/heic",
        "image/avif",
        "image/bmp",
    }
)
_SALT = "pleo.files"
_BLOCK = 256 * 1024


class DiskStorage(FileSystemStorage):
    """Local files: written beside their place, synced, then renamed into it. Links are signed by us."""

    def _save(self, name: str, content: Any) -> str:
        place = Path(self.path(name))
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        handle, unfinished = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(unfinished, settings.FILE_UPLOAD_PERMISSIONS)
            os.replace(unfinished, place)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def signed_url(self, key: str, *, media_type: str, name: str, download: bool) -> str:
        """Return a link on our own origin that ends within FILE_URL_SECONDS."""
        fact = {"k": key, "t": media_type, "n": name, "d": download}
        return reverse("file", args=[_Signer(salt=_SALT).sign_object(fact, compress=True)])


class _Signer(signing.TimestampSigner):
    """Signs with the start of the current half-life, so that a page drawn again has the same links and loads nothing twice."""

    def timestamp(self) -> str:
        half = max(settings.FILE_URL_SECONDS // 2, 1)
        return signing.b62_encode(int(time.time()) // half * half)


def put(key: str, source: IO[bytes] | bytes, media_type: str) -> None:
    """Store bytes or a file from its beginning under a key, replacing what stood there. Raises StorageDown."""
    content: Any = ContentFile(source) if isinstance(source, bytes) else File(source)
    content.seek(0)
    content.content_type = media_type
    with telling_storage_faults():
        saved = default_storage.save(key, content)
    assert saved == key, "a storage that renames files would lose them"


def read(key: str) -> IO[bytes]:
    """Open a stored file. Raises FileNotFoundError, StorageDown."""
    with telling_storage_faults():
        return default_storage.open(key, "rb")


def fetch(key: str, to: Path) -> None:
    """Copy a stored file to a local path. Raises FileNotFoundError, StorageDown."""
    with telling_storage_faults(), read(key) as source, to.open("wb") as target:
        for block in blocks(source):
            target.write(block)


def delete(key: str) -> None:
    """Remove a stored file; one that is not there is fine. Raises StorageDown."""
    with telling_storage_faults():
        default_storage.delete(key)


def blocks(source: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in pieces that fit into memory."""
    while block := source.read(_BLOCK):
        yield block


def sha256(source: IO[bytes]) -> str:
    """Return the checksum of a file read to its end."""
    digest = hashlib.sha256()
    for block in blocks(source):
        digest.update(block)
    return digest.hexdigest()


def signed_url(key: str, *, media_type: str, name: str = "", download: bool = False) -> str:
    """Return a link to a stored file that needs no sign-in and ends within FILE_URL_SECONDS.

    The caller has checked that the person may see the file. `name` is what the browser saves it as.
    """
    return str(default_storage.signed_url(key, media_type=media_type, name=name, download=download))  # type: ignore[attr-defined]


def open_signed(token: str) -> dict[str, Any] | None:
    """Return `{"k": key, "t": media type, "n": name, "d": download}` of a link of ours, or None when it ended or was changed."""
    try:
        fact = _Signer(salt=_SALT).unsign_object(token, max_age=settings.FILE_URL_SECONDS)
    except signing.BadSignature:
        return None
    return fact if isinstance(fact, dict) else None


def headers(media_type: str, name: str, *, download: bool) -> tuple[str, str]:
    """Return the Content-Type and Content-Disposition under which a file may leave our origin or bucket."""
    inline = media_type in SHOWN_INLINE and not download
    shown = media_type if media_type in SHOWN_INLINE | SAVED_AS_IS else "application/octet-stream"
    return shown, content_disposition_header(not inline, name or "file") or "attachment"


def clean_name(name: str, *, limit: int = 120) -> str:
    """Return what somebody called a file, fit to be shown: no folders, no control characters, no text that turns direction."""
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    bare = "".join(letter for letter in bare if unicodedata.category(letter)[0] != "C")
    bare = re.sub(r"\s+", " ", bare).strip(" .")
    if len(bare) <= limit:
        return bare
    stem, dot, extension = bare.rpartition(".")
    if not dot or len(extension) > 10:
        return bare[:limit]
    return f"{stem[: limit - len(extension) - 1]}.{extension}"
