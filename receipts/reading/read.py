"""Read a normalised receipt by the best source it has: the invoice for machines, the PDF's own text, else recognition."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from statistics import median
from typing import Any

from django.utils import timezone

from receipts.normalise import Normalised, PageFile
from receipts.reading import einvoice
from receipts.reading.engine import UNREAD, Box, Picture, engine
from receipts.reading.extract import CHECK, SURE, Facts, extract

logger = logging.getLogger(__name__)
# Rules of the extractor change what is read; the number goes up with them.
RULES = "2"
# A text layer with fewer letters is a stamp or a page number on a scan.
TEXT_LAYER_LETTERS = 30
# Recognition costs a second a page, so of a long scan only the first pages and the last one, with the sum, are read.
FIRST_PAGES = 3


@dataclass(frozen=True, slots=True)
class Read:
    """What was read and by what. `fields`, `amounts` and `lines` are as `receipts.models.Reading` keeps them.

    `turns` says by how many degrees clockwise a page must be turned to stand upright; boxes are those of the upright page.
    """

    engine: str
    version: str
    fields: dict[str, Any]
    amounts: list[int]
    lines: list[str]
    turns: dict[int, int] = field(default_factory=dict)


# What is known of a paper that nobody reads.
NOT_READ = Read("none", RULES, {}, [], [])


def read(made: Normalised, *, country: str) -> Read:
    """Return what a receipt says. Nothing found is an answer too: fields without values are absent."""
    today = timezone.now().date()
    turns: dict[int, int] = {}
    if has_text(made.pages):
        name, release = "pdf-text", version("pypdfium2")
        facts = extract([text_layer(page) for page in made.pages], country=country, today=today)
    else:
        reader = engine()
        last = made.pages[-1].number
        pictures = [
            reader.read(page.image) if page.number <= FIRST_PAGES or page.number == last else UNREAD
            for page in made.pages
        ]
        # A model elsewhere says what it is only when it answers.
        name, release = reader.name, reader.version
        facts = extract(pictures, country=country, today=today)
        turns = {
            page.number: picture.turned for page, picture in zip(made.pages, pictures, strict=False) if picture.turned
        }
    for attachment in made.attachments:
        if invoice := einvoice.parse(attachment.read_bytes()):
            overrule(facts, invoice)
            name, release = "e-invoice", "en16931"
            break
    return Read(name, f"{release}+{RULES}", facts.fields, facts.amounts, facts.lines, turns)


def has_text(pages: Sequence[PageFile]) -> bool:
    """Say whether the file brings its own text."""
    return sum(len(text[0]) for page in pages for text in page.texts) >= TEXT_LAYER_LETTERS


def printable(text: str) -> str:
    """Return what of a text can be seen."""
    return "".join(letter for letter in text if unicodedata.category(letter)[0] != "C").strip()


def text_layer(page: PageFile) -> Picture:
    """Return a PDF's own text as boxes. Control characters and halves of letters go: databases refuse them."""
    texts = [
        (text, left, top, right, bottom)
        for said, left, top, right, bottom in page.texts
        if right > left and bottom > top and (text := printable(said))
    ]
    if texts and sum(len(text[0]) for text in texts) < 2 * len(texts):
        texts = joined(texts)
    boxes = [
        Box(text, 1.0, ((left, top), (right, top), (right, bottom), (left, bottom)))
        for text, left, top, right, bottom in texts
    ]
    return Picture(boxes, page.width, page.height)


def joined(letters: list[Any]) -> list[Any]:
    """Return words and phrases of a text layer that places every letter by itself: [text, left, top, right, bottom].

    Letters stand on a line by their feet, since a point is as low as its line but not as high.
    """
    height = median(bottom - top for _, _, top, _, bottom in letters)
    lines: list[list[Any]] = []
    for letter in sorted(letters, key=lambda letter: letter[4]):
        if lines and letter[4] - median(other[4] for other in lines[-1][-8:]) <= 0.45 * height:
            lines[-1].append(letter)
        else:
            lines.append([letter])
    phrases: list[Any] = []
    for line in lines:
        fresh = True
        for text, left, top, right, bottom in sorted(line, key=lambda letter: letter[1]):
            last = None if fresh else phrases[-1]
            gap = left - last[3] if last else 0
            size = max(last[4] - last[2], height) if last else height
            if last is None or gap > 1.2 * size:
                phrases.append([text, left, top, right, bottom])
            else:
                space = " " if gap > 0.34 * size else ""
                phrases[-1] = [
                    f"{last[0]}{space}{text}",
                    last[1],
                    min(last[2], top),
                    max(last[3], right),
                    max(last[4], bottom),
                ]
            fresh = False
    return phrases


def overrule(facts: Facts, invoice: einvoice.Invoice) -> None:
    """Let the invoice for machines replace what was read by eye: it is the original in law."""
    values: dict[str, Any] = {
        "merchant": invoice.merchant,
        "date": invoice.date if date.fromisoformat(invoice.date or "1900-01-01").year > 1999 else "",
        "total": invoice.total,
        "currency": invoice.currency,
        "vat": invoice.vat,
        "number": invoice.number,
    }
    facts.fields.pop("credit", None)
    for name, value in values.items():
        if value not in ("", None, []):
            before = facts.fields.get(name, {})
            whole = name != "vat" or sum(line["gross"] for line in invoice.vat) == invoice.total
            facts.put(name, value, SURE if whole else CHECK, None)
            if before.get("value") == value:
                facts.fields[name] |= {"page": before["page"], "box": before["box"]}
    if invoice.credit:
        facts.put("credit", True, SURE, None)
    facts.amounts = sorted({*facts.amounts, invoice.total or 0} - {0})
