"""Every hostile file and five hundred damaged ones through the product's own way, with the real engine, by one process."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from receipts.reading.rapid import LONGEST, THINNEST, RapidEngine
from tests.installation import Installation

needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is counted by /proc")
DAMAGED = 500


def live_through(installation: Installation, damaged: int) -> None:
    log = installation.folder / "hostile.log"
    found = installation.script(f"""
        from tests.receipts.hostile import live_through
        result = live_through({damaged}, 10_000, {str(log)!r})
    """)
    print(found)
    assert found["odd"] == []
    assert sum(found["ends"].values()) >= damaged and found["ends"]["ready"] and found["ends"]["unreadable: broken"]
    assert found["decoders"] > 0.3 * damaged
    assert found["decoder"] < 512
    assert found["worker"] < 1_400


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
