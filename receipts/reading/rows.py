"""Boxes to rows, along the direction that the text itself has: a photo is never quite level and paper is never quite flat."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median

from receipts.reading.engine import Box, Picture

# How far, in heights of its text, a box may lie off the line of its left neighbour.
OFF_LINE = 0.52


def fold(text: str) -> str:
    """Return text for comparing with words: no case, no accents (ø, æ, ß, ł spelled out), one space."""
    text = text.casefold().translate(_LETTERS)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", bare).strip()


_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "ı": "i", "œ": "oe"})


@dataclass
class Row:
    """Boxes that stand on one line, from left to right. `y` is where it stands on the levelled page, 0 at the top."""

    boxes: list[Box]
    page: int = 1
    y: float = 0.0
    width: int = 1
    height: int = 1
    places: list[tuple[float, float]] = field(default_factory=list, repr=False)

    @cached_property
    def text(self) -> str:
        text = self.boxes[0].text
        for before, box in pairwise(self.boxes):
            text += box.text if _is_spaced_word(before, box) else f" {box.text}"
        return text

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def letter_height(self) -> float:
        return median(box.height for box in self.boxes)

    @property
    def score(self) -> float:
        return min(box.score for box in self.boxes)

    @property
    def box(self) -> list[float]:
        return box_of(self.boxes, self.width, self.height)

    @property
    def depth(self) -> float:
        """How far down the page, from 0 to 1."""
        return self.y / max(self.height, 1)


def _is_spaced_word(before: Box, box: Box) -> bool:
    """Say whether two boxes are neighbouring letters of a heading set with gaps ("I N V O I C E")."""
    single = len(before.text) == len(box.text) == 1 and before.text.isalpha() and box.text.isalpha()
    return single and box.quad[0][0] - before.quad[1][0] < 0.5 * box.height


def box_of(boxes: Sequence[Box], width: int, height: int) -> list[float]:
    """Return left, top, right, bottom of boxes as fractions of the page."""
    xs = [x for box in boxes for x, _ in box.quad]
    ys = [y for box in boxes for _, y in box.quad]
    edges = (min(xs) / width, min(ys) / height, max(xs) / width, max(ys) / height)
    return [round(min(max(edge, 0.0), 1.0), 4) for edge in edges]


def slope(boxes: Sequence[Box]) -> float:
    """Return the direction of the text in radians, by its long boxes."""
    angles = [box.angle for box in boxes if len(box.text) >= 5 and box.width > 2 * box.height]
    return median(angles) if angles else 0.0


def rows_of(picture: Picture, page: int = 1) -> list[Row]:
    """Group the boxes of a page into rows, from top to bottom.

    Boxes are taken from left to right; each joins the row whose last box points at it, else begins a row. Following the last
    box and not the row's mean keeps rows together on paper that curls.
    """
    angle = slope(picture.boxes)
    cos, sin = math.cos(-angle), math.sin(-angle)
    placed = []
    for box in picture.boxes:
        x, y = box.centre
        placed.append((x * cos - y * sin - box.width / 2, x * sin + y * cos, box))
    placed.sort(key=lambda item: item[0])
    rows: list[Row] = []
    for left, y, box in placed:
        row = _row_for(rows, left, y, box)
        if row is None:
            row = Row([], page, 0.0, picture.width, picture.height)
            rows.append(row)
        row.boxes.append(box)
        row.places.append((left + box.width, y))
    for row in rows:
        row.y = median(y for _, y in row.places)
    return sorted(rows, key=lambda row: row.y)


def _row_for(rows: list[Row], left: float, y: float, box: Box) -> Row | None:
    best, nearest = None, math.inf
    for row in rows:
        end, last = row.places[-1]
        reach = OFF_LINE * min(box.height, row.boxes[-1].height)
        if end - left > 0.5 * min(box.width, row.boxes[-1].width):
            continue
        off = abs(y - last)
        if off <= reach and off < nearest:
            best, nearest = row, off
    return best
