"""Turn a file from a stranger into upright pages without metadata, in a process of its own that may be killed."""

from __future__ import annotations

import json
import logging
import signal
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from receipts.media import HEAD_BYTES, MAIL, Kind, kind_of
from receipts.sandbox import Overdue, run_alone

logger = logging.getLogger(__name__)
PROGRAM = Path(__file__).with_name("decoder.py")
PAGES_KEPT = 20
# The decoder bounds its own processor time; this bounds waiting on a machine that is busy with other things.
WAIT_SECONDS = 75


class Unreadable(Exception):
    """The file will never become pages. `code` and `params` are stored and explained by `receipts.explain`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Interrupted(Exception):
    """The decoder was killed from outside, as by a machine out of memory; the next try may work."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page and its thumbnails as files in the work folder. `texts` are [text, left, top, right, bottom] in pixels."""

    number: int
    width: int
    height: int
    texts: list[Any]
    image: Path
    thumbnail: Path
    small: Path


@dataclass(frozen=True, slots=True)
class Normalised:
    """What the decoder made. `page_count` is that of the file and may exceed the number of pages kept."""

    pages: list[PageFile]
    page_count: int
    image_hash: str
    attachments: list[Path] = field(default_factory=list)


def normalise(*, original: Path, kind: Kind, folder: Path) -> Normalised:
    """Run the decoder on a file. Raises Unreadable when the file is at fault, Interrupted when the machine is.

    Of a mail the attachments that are receipts count; only without any is its text the receipt.
    """
    made = _run(original, kind, folder)
    inside = [made_of for part in _parts(folder) if (made_of := _part(part)) is not None] if kind is MAIL else []
    if not inside:
        return made
    pages = [
        replace(page, number=number) for number, page in enumerate((page for one in inside for page in one.pages), 1)
    ]
    attachments = [attachment for one in inside for attachment in one.attachments]
    return Normalised(pages[:PAGES_KEPT], sum(one.page_count for one in inside), inside[0].image_hash, attachments)


def _parts(folder: Path) -> list[Path]:
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return [folder / name for name in result.get("parts", [])]


def _part(part: Path) -> Normalised | None:
    """Return the pages of a mail's attachment, or None when it is no receipt or a broken one; mails in mails are left out."""
    with part.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    if kind is None or kind is MAIL:
        return None
    folder = part.with_name(f"{part.name}-pages")
    folder.mkdir()
    try:
        return _run(part, kind, folder)
    except Unreadable as error:
        logger.info("part of a mail: %s", error.code)
        return None


def _run(original: Path, kind: Kind, folder: Path) -> Normalised:
    try:
        code = run_alone(PROGRAM, str(original), kind.decoder, str(folder), seconds=WAIT_SECONDS)
    except Overdue:
        raise Unreadable("too_slow") from None
    return _result(code, folder)


def turn(page: PageFile, *, degrees: int) -> PageFile:
    """Turn a page that we made ourselves clockwise, when reading it showed that the camera lay on its side."""
    if not degrees:
        return page
    from PIL import Image

    how = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}[degrees]
    for path, form in ((page.image, "JPEG"), (page.thumbnail, "WEBP"), (page.small, "WEBP")):
        with Image.open(path, formats=[form]) as picture:
            turned = picture.transpose(how)
        turned.save(path, form, quality=85)
    width, height = (page.width, page.height) if degrees == 180 else (page.height, page.width)
    return replace(page, width=width, height=height)


def _result(code: int, folder: Path) -> Normalised:
    if code == -signal.SIGXCPU:
        raise Unreadable("too_slow")
    if code in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
        raise Interrupted(code)
    if code != 0:
        raise Unreadable("broken")
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if "error" in result:
        raise Unreadable(**result["error"])
    pages = [
        PageFile(
            page["number"],
            page["width"],
            page["height"],
            page["texts"],
            folder / f"page-{page['number']}",
            folder / f"thumb-{page['number']}",
            folder / f"small-{page['number']}",
        )
        for page in result["pages"]
    ]
    attachments = [folder / name for name in result["attachments"]]
    return Normalised(pages, result["page_count"], result["image_hash"], attachments)
