"""The port to whatever turns a picture of text into words: one small protocol, chosen by the setting RECEIPT_ENGINE."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Point = tuple[float, float]
ENGINES = {
    "rapidocr": "receipts.reading.rapid:RapidEngine",
    "remote": "receipts.reading.remote:RemoteEngine",
    "none": "receipts.reading.engine:NoEngine",
}


class EngineDown(Exception):
    """The engine does not answer, or not with anything of use: no fault of the receipt, which waits."""


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of text and where it stands: four corners in pixels, clockwise from the start of the text."""

    text: str
    score: float
    quad: tuple[Point, Point, Point, Point]

    @property
    def centre(self) -> Point:
        return sum(x for x, _ in self.quad) / 4, sum(y for _, y in self.quad) / 4

    @property
    def width(self) -> float:
        return math.dist(self.quad[0], self.quad[1])

    @property
    def height(self) -> float:
        return math.dist(self.quad[0], self.quad[3])

    @property
    def angle(self) -> float:
        """The direction of the text in radians; 0 is level, positive turns clockwise on the page."""
        (x0, y0), (x1, y1) = self.quad[0], self.quad[1]
        return math.atan2(y1 - y0, x1 - x0)


@dataclass(frozen=True, slots=True)
class Picture:
    """What an engine saw on one page: the boxes, the size they are measured in, and how far it turned the page clockwise."""

    boxes: Sequence[Box]
    width: int
    height: int
    turned: int = 0


UNREAD = Picture((), 1, 1)


class Engine(Protocol):
    """Reads one upright page. Holds its models; made once per worker process."""

    name: str
    version: str

    def read(self, image: Path) -> Picture:
        """Return the text of an image file that we made ourselves. An image without text gives no boxes. Raises EngineDown."""
        ...


class NoEngine:
    """Reads nothing, for installations without text recognition: pages are shown and people type."""

    name = "none"
    version = "1"

    def read(self, image: Path) -> Picture:
        return UNREAD


@cache
def _make(name: str) -> Engine:
    if name not in ENGINES:
        raise ImproperlyConfigured(f"RECEIPT_ENGINE is {name!r}; known are {', '.join(sorted(ENGINES))}")
    module, _, attribute = ENGINES[name].partition(":")
    factory: Callable[[], Engine] = getattr(import_module(module), attribute)
    return factory()


def engine() -> Engine:
    """Return the engine of this process, loading its models at the first call. Raises ImproperlyConfigured."""
    return _make(settings.RECEIPT_ENGINE)
