"""A model of one's own choice, somewhere else, that turns pictures into words: RECEIPT_ENGINE=remote. Off unless somebody sets it.

Each page is posted to RECEIPT_ENGINE_URL as `image/jpeg`, at most 1600 pixels, without metadata, with RECEIPT_ENGINE_TOKEN as bearer.
It answers 200 with JSON, boxes in the pixels of the picture as it got it:

    {"name": "…", "version": "…", "turned": 0, "boxes": [{"text": "TOTAL 12,00", "score": 0.98, "quad": [[x, y], [x, y], [x, y], [x, y]]}]}

`quad` has the corners of the text, clockwise from its start; `turned` says by how many degrees clockwise (0, 90, 180, 270) the page must be
turned to stand upright, and then the boxes are those of the turned page. What it says is believed no more than any other engine: the same
rules look for totals and days in it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image

from pleo.lib.outbound import AddressRefused, NoAnswer, NotReached, call
from receipts.reading.engine import UNREAD, Box, EngineDown, Picture

MOST_BOXES = 5_000
LONGEST = 2_000
_ODD = 100_000


class RemoteEngine:
    """Asks the model of RECEIPT_ENGINE_URL. Its name and version are told by its first answer."""

    name = "remote"
    version = "1"

    def read(self, image: Path) -> Picture:
        """Return what the model saw; nothing where it says that it cannot read this picture. Raises EngineDown."""
        headers = {"Content-Type": "image/jpeg", "Accept": "application/json"}
        if settings.RECEIPT_ENGINE_TOKEN:
            headers["Authorization"] = f"Bearer {settings.RECEIPT_ENGINE_TOKEN}"
        try:
            answer = call(
                "POST", settings.RECEIPT_ENGINE_URL, headers=headers, body=image.read_bytes(),
                seconds=settings.RECEIPT_ENGINE_SECONDS, allow_private=True,
            )  # fmt: skip
        except (AddressRefused, NotReached, NoAnswer) as error:
            raise EngineDown(f"{type(error).__name__} {error}") from error
        if answer.status in (415, 422):
            return UNREAD
        if answer.status != 200:
            raise EngineDown(f"it answered {answer.status}")
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise EngineDown("its answer is no JSON, or longer than a megabyte") from error
        with Image.open(image) as picture:
            size = picture.size
        return self._picture(said, size)

    def _picture(self, said: Any, size: tuple[int, int]) -> Picture:
        if not isinstance(said, dict) or not isinstance(said.get("boxes"), list):
            raise EngineDown("its answer has no boxes")
        for name in ("name", "version"):
            if isinstance(said.get(name), str):
                setattr(self, name, _clean(said[name])[:30] or getattr(self, name))
        turned = said.get("turned", 0)
        if turned not in (0, 90, 180, 270):
            raise EngineDown("it turns pages by an odd angle")
        width, height = size if turned in (0, 180) else (size[1], size[0])
        boxes = [box for each in said["boxes"][:MOST_BOXES] if (box := _box(each)) is not None]
        return Picture(boxes, width, height, int(turned))


def _box(said: Any) -> Box | None:
    """Return a box, or None for one that makes no sense: a model may stammer, and the rest still counts."""
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        return None
    text, quad = _clean(said["text"])[:LONGEST], said.get("quad")
    if not text or not isinstance(quad, list) or len(quad) != 4:
        return None
    corners = [_corner(each) for each in quad]
    score = said.get("score", 0.0)
    if None in corners or not _is_number(score):
        return None
    return Box(text, min(max(float(score), 0.0), 1.0), tuple(corners))  # type: ignore[arg-type]


def _corner(said: Any) -> tuple[float, float] | None:
    if not isinstance(said, list) or len(said) != 2 or not all(_is_number(each) for each in said):
        return None
    x, y = float(said[0]), float(said[1])
    return (x, y) if abs(x) < _ODD and abs(y) < _ODD else None


def _is_number(said: Any) -> bool:
    return isinstance(said, (int, float)) and not isinstance(said, bool) and abs(said) < _ODD and math.isfinite(said)


def _clean(text: str) -> str:
    """Return what of a text can be seen: databases refuse the rest."""
    from receipts.reading.read import printable

    return printable(text)
