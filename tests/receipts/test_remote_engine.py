"""A model of one's own reads pictures, at an address: what it says is checked, and receipts wait while it says nothing."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from pleo.checks import check_engine
from receipts.models import ReceiptStatus
from receipts.process import process
from receipts.reading import engine as engines
from receipts.reading.engine import EngineDown
from receipts.reading.remote import RemoteEngine
from tests.receipts.conftest import LINES, image_bytes


def boxes(lines: tuple[str, ...] = LINES) -> list[dict[str, Any]]:
    return [
        {
            "text": line,
            "score": 0.97,
            "quad": [[10, 20 + 30 * n], [200, 20 + 30 * n], [200, 40 + 30 * n], [10, 40 + 30 * n]],
        }
        for n, line in enumerate(lines)
    ]


class Model:
    """What the stand-in answers, and what it was sent."""

    status = 200
    body: Any = None
    sent: list[tuple[dict[str, str], bytes]]


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    told = Model()
    told.sent, told.body = [], {"name": "own-model", "version": "3", "boxes": boxes()}

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            told.sent.append((dict(self.headers), content))
            body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.RECEIPT_ENGINE, settings.RECEIPT_ENGINE_TOKEN = "remote", "s3cret"
    settings.RECEIPT_ENGINE_URL = f"http://127.0.0.1:{server.server_port}/read"
    settings.RECEIPT_ENGINE_SECONDS = 5
    engines._make.cache_clear()
    yield told
    server.shutdown()
    server.server_close()
    engines._make.cache_clear()


@pytest.fixture
def page(tmp_path: Any) -> Any:
    path = tmp_path / "page.jpg"
    path.write_bytes(image_bytes())
    return path


def test_it_is_off_by_default(settings: Any) -> None:
    assert settings.RECEIPT_ENGINE == "rapidocr" and settings.RECEIPT_ENGINE_URL == ""


def test_a_receipt_is_read_by_it(send: Any, model: Model, db: None) -> None:
    receipt = send()
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    reading = receipt.readings.get()
    assert receipt.status == ReceiptStatus.READY and (reading.engine, reading.version[:2]) == ("own-model", "3+")
    assert reading.fields["total"]["value"] == 24000 and len(reading.fields["total"]["box"]) == 4
    (headers, content), *_ = model.sent
    assert headers["Authorization"] == "Bearer s3cret" and headers["Content-Type"] == "image/jpeg"
    assert content.startswith(b"\xff\xd8\xff") and b"Exif" not in content


FAULTS: dict[str, tuple[int, Any]] = {
    "down": (503, {}),
    "not let in": (401, {}),
    "sends on": (302, {}),
    "no JSON": (200, b"<html>"),
    "a list": (200, []),
    "no boxes": (200, {"name": "x"}),
    "odd boxes": (200, {"boxes": "many"}),
    "odd angle": (200, {"boxes": [], "turned": 45}),
    "endless": (200, b"[" * 200_000),
    "too long": (200, b'{"boxes": [' + b"{}," * 500_000 + b"{}]}"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_receipt_waits_while_it_says_nothing_of_use(send: Any, model: Model, db: None, fault: str) -> None:
    model.status, model.body = FAULTS[fault]
    receipt = send()
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    assert receipt.status == ReceiptStatus.RECEIVED and receipt.last_error == {"code": "engine_down"}
    assert receipt.lease_until is not None and not receipt.readings.exists()


def test_nobody_listens(settings: Any, page: Any) -> None:
    settings.RECEIPT_ENGINE_URL = "http://127.0.0.1:9/read"
    with pytest.raises(EngineDown, match="NotReached"):
        RemoteEngine().read(page)


@pytest.mark.parametrize("status", [415, 422])
def test_what_it_cannot_read_is_not_read(model: Model, page: Any, status: int) -> None:
    model.status = status
    assert RemoteEngine().read(page).boxes == ()


def test_boxes_that_make_no_sense_are_left_out(model: Model, page: Any) -> None:
    good = boxes(("TOTAL 12,00",))[0]
    model.body = {
        "boxes": [
            good, 7, None, {}, {**good, "text": ""}, {**good, "text": 5}, {**good, "quad": [[1, 2]]}, {**good, "score": "high"},
            {**good, "quad": [["a", 1], [1, 1], [1, 1], [1, 1]]}, {**good, "quad": [[1e300, 1], [1, 1], [1, 1], [1, 1]]},
            {**good, "quad": [[True, 1], [1, 1], [1, 1], [1, 1]]}, {**good, "text": "\x00\x07"}, {**good, "score": 7},
            {**good, "text": "KL\x00ITTEN"},
        ]
    }  # fmt: skip
    seen = RemoteEngine().read(page)
    assert [(box.text, box.score) for box in seen.boxes] == [
        ("TOTAL 12,00", 0.97),
        ("TOTAL 12,00", 1.0),
        ("KLITTEN", 0.97),
    ]


def test_a_page_that_it_turned_is_as_wide_as_it_was_high(model: Model, page: Any) -> None:
    model.body = {"boxes": boxes(), "turned": 90}
    seen = RemoteEngine().read(page)
    assert (seen.width, seen.height, seen.turned) == (400, 240, 90)


@pytest.mark.parametrize(
    ("engine", "url", "token", "found"),
    [
        ("rapidocr", "", "", []), ("remote", "", "", ["pleo.E023"]), ("remote", "file:///etc/passwd", "", ["pleo.E023"]),
        ("remote", "https://reader.example/read", "x", []), ("remote", "http://reader.example/read", "x", ["pleo.E024"]),
        ("remote", "http://reader.example/read", "", []), ("remote", "http://127.0.0.1:9000/", "x", []),
    ],
)  # fmt: skip
def test_what_would_fail_later_fails_at_the_start(
    settings: Any, engine: str, url: str, token: str, found: list[str]
) -> None:
    settings.RECEIPT_ENGINE, settings.RECEIPT_ENGINE_URL, settings.RECEIPT_ENGINE_TOKEN = engine, url, token
    assert [each.id for each in check_engine()] == found
