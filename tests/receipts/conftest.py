"""Receipts made on the spot, and an engine that reads what the test says."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import Membership
from pleo.lib.s3 import BucketStorage
from receipts.ingest import ingest
from receipts.models import Receipt
from receipts.reading import engine as engines
from receipts.reading.engine import Box, Picture

LINES = (
    "KLITTEN",
    "Havnegade 4, 8000 Aarhus",
    "18-11-2026 20:41",
    "Menu 200,00",
    "Vand 40,00",
    "I ALT DKK 240,00",
    "heraf moms 25% 48,00",
    "Dankort **** 4821",
)


def image_bytes(
    form: str = "JPEG", size: tuple[int, int] = (240, 400), lines: Sequence[str] = LINES, **options: Any
) -> bytes:
    """Draw a receipt."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for place, line in enumerate(lines):
        draw.text((12, 20 + 30 * place), line, fill="black")
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def upload(
    content: bytes | None = None, name: str = "receipt.jpg", content_type: str = "image/jpeg"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, image_bytes() if content is None else content, content_type)


def fetch(url: str) -> tuple[int, bytes, dict[str, str]]:
    """Follow a signed link as a browser would, to our own origin or to the bucket's."""
    if url.startswith("/files/") or "//testserver/" in url:
        answer = Client().get(url)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, content, dict(answer.headers)
    try:
        with urllib.request.urlopen(url, timeout=10) as remote:
            return remote.status, remote.read(), dict(remote.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def stored(company_id: Any) -> list[str]:
    """Return the last parts of the keys that are stored for a company, on the disk or in the bucket."""
    if isinstance(storages["default"], BucketStorage):
        found = [item.key for item in storages["default"].bucket.objects.filter(Prefix=f"{company_id}/")]
    else:
        found = [str(path) for path in (Path(settings.MEDIA_ROOT) / str(company_id)).rglob("*") if path.is_file()]
    return sorted(key.rpartition("/")[2] for key in found)


class FakeEngine:
    """Reads the lines it was given, whatever the picture shows."""

    name, version = "fake", "1"

    def __init__(self, lines: Sequence[str] = LINES) -> None:
        self.lines, self.calls = lines, 0

    def read(self, image: Path) -> Picture:
        self.calls += 1
        assert Image.open(image).format == "JPEG", "engines see only pictures that we made"
        boxes = [
            Box(
                line,
                0.99,
                (
                    (10, 20 + 30 * n),
                    (10 + 9 * len(line), 20 + 30 * n),
                    (10 + 9 * len(line), 40 + 30 * n),
                    (10, 40 + 30 * n),
                ),
            )
            for n, line in enumerate(self.lines)
        ]
        return Picture(boxes, 240, 400)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Replace recognition, which costs a second, by an engine that knows the answer."""
    fake = FakeEngine()
    monkeypatch.setattr(engines, "_make", lambda name: fake)
    return fake


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the receipts for which the bell was rung instead of ringing it."""
    ids: list[str] = []
    monkeypatch.setattr("receipts.tasks.process.apply_async", lambda kwargs, **_: ids.append(kwargs["receipt_id"]))
    return ids


@pytest.fixture
def send(carol: Membership, rung: list[str]) -> Callable[..., Receipt]:
    """Take in a file for Carol."""

    def take(
        content: bytes | None = None, *, name: str = "receipt.jpg", key: str = "", by: Membership | None = None
    ) -> Receipt:
        number = Receipt.objects.count()
        return ingest(
            by=by or carol,
            file=upload(content, name),
            source="web",
            client_key=key or f"key-{number}",
            now=timezone.now(),
        )

    return take
