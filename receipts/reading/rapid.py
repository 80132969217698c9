"""RapidOCR with the PP-OCRv6 models of its wheel: works without a network, one thread, about a second for a receipt.

Two threads cost twice the processor time and are slower than one on two cores; more receipts at once want more processes.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

import cv2
from rapidocr import RapidOCR

from receipts.reading.engine import UNREAD, Box, Picture

# Text that reads well although it lies on its side or its head gives itself away by geometry or by lower scores.
LONG_ENOUGH = 4
UPRIGHT_SCORE = 0.85
# The detector enlarges a picture until its short side has 736 pixels, so a strip of one pixel would take a worker gigabytes.
# Longer ones get a margin; the longest receipts measured are 3.9 times as long as wide.
LONGEST = 5
# Nobody prints letters this low.
THINNEST = 8
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class RapidEngine:
    """The models stay loaded (0.8 to 1.1 GB), so that only the first receipt of a worker waits for them."""

    name = "rapidocr"

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self.version = version("rapidocr")
        self._read = RapidOCR(
            params={
                "Global.use_cls": False,
                "Global.log_level": "error",
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, image: Path) -> Picture:
        pixels = cv2.imread(str(image), cv2.IMREAD_COLOR)
        if pixels is None or min(pixels.shape[:2]) < THINNEST:
            return UNREAD
        first = self._boxes(pixels)
        long = [box for box in first.boxes if len(box.text) >= LONG_ENOUGH]
        if not long:
            return first
        if sum(_lies(box) for box in long) * 2 > len(long):
            return max((self._boxes(pixels, turn) for turn in (90, 270)), key=_quality)
        if fmean(box.score for box in long) < UPRIGHT_SCORE:
            return max(first, self._boxes(pixels, 180), key=_quality)
        return first

    def _boxes(self, pixels: Any, turn: int = 0) -> Picture:
        seen = cv2.rotate(pixels, _TURNS[turn]) if turn else pixels
        height, width = seen.shape[:2]
        found: Any = self._read(_with_margin(seen))
        boxes = [
            Box(text.strip(), float(score), tuple((float(x), float(y)) for x, y in quad))  # type: ignore[arg-type]
            for text, score, quad in zip(found.txts or (), found.scores or (), _rows(found.boxes), strict=True)
            if text.strip()
        ]
        return replace(Picture(boxes, width, height), turned=turn)


def _with_margin(pixels: Any) -> Any:
    """Return a strip with white to its right or below it, which moves no box; other pictures as they are."""
    height, width = pixels.shape[:2]
    right, below = max(-(-height // LONGEST) - width, 0), max(-(-width // LONGEST) - height, 0)
    if not right and not below:
        return pixels
    return cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def _rows(boxes: Any) -> Any:
    return () if boxes is None else boxes


def _lies(box: Box) -> bool:
    xs, ys = [x for x, _ in box.quad], [y for _, y in box.quad]
    return max(ys) - min(ys) > max(xs) - min(xs)


def _quality(picture: Picture) -> float:
    """Mean score of the long texts, so that one lucky short one does not decide."""
    long = [box for box in picture.boxes if len(box.text) >= LONG_ENOUGH]
    return fmean(box.score for box in long) if long else 0.0
