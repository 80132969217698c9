"""The virus scanner: what is infected reaches nobody, and what nobody looked at waits where the installation says so."""

from __future__ import annotations

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from receipts.explain import explain
from receipts.ingest import ingest
from receipts.models import Receipt
from receipts.process import process
from receipts.scan_virus import ScannerDown, scan_virus
from receipts.viewer import NotServed, original_link
from tests.conftest import Cast

# The harmless file that every scanner takes for a virus (eicar.org), written so that none takes this test for one.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """A scanner that speaks INSTREAM and knows one virus. `say` makes it answer something else."""

    def __init__(self, door: socket.socket) -> None:
        self.door, self.say, self.seen = door, b"", b""
        door.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            with line:
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        stream = line.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", stream.read(4))[0]:
            content += stream.read(size)
        self.seen = content
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        line.sendall(self.say or found)


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    door = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD, settings.CLAMD_SECONDS = f"tcp://127.0.0.1:{door.getsockname()[1]}", 5.0
    yield Clamd(door)
    door.close()


@pytest.fixture
def nobody(settings: Any) -> None:
    """A scanner's address where nobody listens."""
    door = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD, settings.CLAMD_SECONDS = f"tcp://127.0.0.1:{door.getsockname()[1]}", 1.0
    door.close()


@pytest.fixture
def send(cast: Cast, monkeypatch: Any) -> Callable[..., Receipt]:
    monkeypatch.setattr("pleo.lib.work.enqueue", lambda *_, **__: None)

    def sent(extra: bytes = b"") -> Receipt:
        picture = io.BytesIO()
        Image.new("RGB", (60, 90), "white").save(picture, "JPEG")
        file = SimpleUploadedFile("slip.jpg", picture.getvalue() + extra)
        receipt = ingest(by=cast.carol, file=file, source="web", client_key=extra.hex()[:20] or "k", now=timezone.now())
        process(receipt_id=receipt.pk, now=timezone.now())
        return Receipt.objects.get(pk=receipt.pk)

    return sent


@pytest.fixture(autouse=True)
def _no_recognition(settings: Any) -> None:
    settings.RECEIPT_ENGINE = "none"


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def test_the_protocol_sends_every_byte(clamd: Clamd, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    assert scan_virus(written(tmp_path, content)).is_clean
    assert clamd.seen == content
    verdict = scan_virus(written(tmp_path, b"x" * 70_000 + EICAR))
    assert not verdict.is_clean and verdict.name == "Eicar-Test-Signature"


def test_a_socket_file_will_do(settings: Any, tmp_path: Path) -> None:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(tmp_path / "s"))
    settings.CLAMD = f"unix://{tmp_path / 's'}"
    Clamd(door)
    assert not scan_virus(written(tmp_path, EICAR)).is_clean
    door.close()


@pytest.mark.parametrize(
    "said", [b"INSTREAM size limit exceeded. ERROR\0", b"\0", b"stream: OK but\0", b"\xff\xfe" * 3000]
)
def test_nonsense_is_no_verdict(clamd: Clamd, tmp_path: Path, said: bytes) -> None:
    clamd.say = said
    with pytest.raises(ScannerDown):
        scan_virus(written(tmp_path, b"x"))


@pytest.mark.django_db
def test_off_by_default(send: Callable[..., Receipt]) -> None:
    receipt = send(EICAR)
    assert (receipt.status, receipt.scan) == ("ready", "") and original_link(receipt)


@pytest.mark.django_db
def test_a_clean_file_goes_its_way(send: Callable[..., Receipt], clamd: Clamd) -> None:
    receipt = send()
    assert (receipt.status, receipt.scan) == ("ready", "clean") and original_link(receipt)


@pytest.mark.django_db
def test_an_infected_file_reaches_nobody(cast: Cast, send: Callable[..., Receipt], clamd: Clamd, sign_in: Any) -> None:
    receipt = send(EICAR)
    assert (receipt.status, receipt.scan, receipt.pages.count()) == ("unreadable", "infected", 0)
    assert "Eicar-Test-Signature" in explain(receipt.last_error)
    with pytest.raises(NotServed):
        original_link(receipt)
    where = {"company": "havblik", "receipt_id": receipt.pk}
    response = sign_in(cast.dave).get(reverse("receipt-original", kwargs=where))
    assert response.status_code == 409 and "virus" in response.content.decode()
    assert sign_in(cast.carol).get(reverse("receipt", kwargs=where)).status_code == 200


@pytest.mark.django_db
def test_without_an_answer_it_goes_on_unscanned(send: Callable[..., Receipt], nobody: None) -> None:
    receipt = send()
    assert (receipt.status, receipt.scan) == ("ready", "") and original_link(receipt)


@pytest.mark.django_db
def test_where_it_is_required_it_waits_and_is_not_given_out(
    send: Callable[..., Receipt], nobody: None, settings: Any
) -> None:
    settings.CLAMD_REQUIRED = True
    receipt = send()
    assert (receipt.status, receipt.last_error["code"], receipt.pages.count()) == ("received", "scanner_down", 0)
    with pytest.raises(NotServed):
        original_link(receipt)
    for _ in range(6):
        Receipt.objects.filter(pk=receipt.pk).update(lease_until=None)
        process(receipt_id=receipt.pk, now=timezone.now())
    assert Receipt.objects.get(pk=receipt.pk).status == "received", "an outage uses up no tries"
    door = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD = f"tcp://127.0.0.1:{door.getsockname()[1]}"
    Clamd(door)
    Receipt.objects.filter(pk=receipt.pk).update(lease_until=None)
    process(receipt_id=receipt.pk, now=timezone.now())
    door.close()
    receipt.refresh_from_db()
    assert (receipt.status, receipt.scan) == ("ready", "clean") and original_link(receipt)
