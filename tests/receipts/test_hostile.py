"""Every hostile file and five hundred damaged ones through the product's own way, with the real engine, by workers that never restart."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from pleo.processes import Child
from receipts.reading.rapid import LONGEST, THINNEST, RapidEngine
from tests.installation import Installation

needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is counted by /proc")
DAMAGED, FIRST_SEED = 500, 10_000
READERS = 2
PATIENCE = 3_600


def start_workers(installation: Installation, noted: Path) -> Child:
    """Start the readers with their decoders noted, a worker for what follows a reading, and the clock; return the readers."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
    worker = ("celery", "-A", "pleo", "worker", *quiet)
    installation.start("default", *worker, "-n", "default@%h", "-Q", "default,exports", "-c", "1")
    installation.start(
        "beat", "celery", "-A", "pleo", "beat", "--pidfile", "", "--schedule", str(installation.folder / "beat")
    )
    return installation.start(
        "readers", "tests.receipts.noting_worker", str(noted), *worker[1:], "-n", "receipts@%h", "-Q", "receipts",
        "-c", str(READERS), OMP_NUM_THREADS="1", RECEIPT_ENGINE="rapidocr",
    )  # fmt: skip


def children(pid: int) -> list[int]:
    return sorted(int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def most_held(pid: int) -> int:
    """Return the most memory that a process ever held, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def wait_for_the_end(installation: Installation, log: Path) -> float:
    """Wait until every receipt has ended; return how many seconds that took, and write down how far it is."""
    began = time.monotonic()
    while True:
        rows: list[tuple[Any, ...]] = installation.rows("SELECT status, count(*) FROM receipts_receipt GROUP BY status")
        spent = time.monotonic() - began
        with log.open("a") as progress:
            print(round(spent), sorted(rows), file=progress)
        if not {"received", "processing"} & {status for status, _ in rows}:
            return spent
        assert spent < PATIENCE, rows
        time.sleep(5)


def live_through(installation: Installation, damaged: int) -> None:
    noted, copies = installation.folder / "noted", installation.folder / "copies"
    noted.touch()
    copies.mkdir()
    sent = installation.script(f"""
        from pathlib import Path
        from tests.receipts.hostile import send
        result = send({damaged}, {FIRST_SEED}, Path({str(copies)!r}))
    """)
    readers = start_workers(installation, noted)
    seconds = wait_for_the_end(installation, installation.folder / "log" / "hostile.log")
    living = children(readers.process.pid)
    held = [most_held(pid) for pid in living]
    found = installation.script(f"""
        from pathlib import Path
        from tests.receipts.hostile import look
        result = look({sent["sent"]!r}, Path({str(copies)!r}))
    """)
    decoders = [int(line) for line in noted.read_text().split()]
    told = {"files": len(sent["sent"]), "refused": len(sent["refused"]), **found, "readers": held}
    print({**told, "decoder": max(decoders), "decoders": len(decoders), "seconds": round(seconds)})
    assert sent["odd"] + found["odd"] == []
    assert len(sent["sent"]) + len(sent["refused"]) >= damaged
    assert sum(found["ends"].values()) == len(sent["sent"])
    assert found["ends"]["ready"] and found["ends"]["unreadable: broken"]
    assert "Pool process" not in readers.so_far() and "raised unexpected" not in readers.so_far()
    assert len(decoders) >= len(sent["sent"])
    assert max(decoders) < 512
    assert len(held) == READERS and max(held) < 1_400


@needs_linux
@pytest.mark.long
def test_hostile_files_never_hurt_a_worker(installation: Installation) -> None:
    live_through(installation, DAMAGED)


@pytest.mark.parametrize(
    "size", [(1, 1600), (1600, 2), (THINNEST, 1600), (1600, THINNEST), (150, 1600), (400, 1600), (1, 1)]
)
def test_the_detector_never_sees_a_strip(size: tuple[int, int], tmp_path: Path) -> None:
    """It enlarges the short side to 736 pixels: the strip of 1 x 4000 pixels cost a worker more than six gigabytes."""
    seen: list[tuple[int, ...]] = []
    engine = RapidEngine.__new__(RapidEngine)
    engine._read = lambda pixels: seen.append(pixels.shape[:2]) or SimpleNamespace(txts=(), scores=(), boxes=None)  # type: ignore[assignment, func-returns-value]
    Image.new("RGB", size, "white").save(tmp_path / "strip.png")
    picture = engine.read(tmp_path / "strip.png")
    assert not picture.boxes
    assert len(seen) == (min(size) >= THINNEST)
    for height, width in seen:
        assert max(height, width) <= LONGEST * min(height, width)
        assert (picture.width, picture.height) == size, "the margin is not the receipt's"
        assert (width, height) == size or min(width, height) > min(size)
