"""A statement as a PDF file: opening balance, every movement, closing balance."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = Path(reportlab.__file__).parent / "fonts"
PLAIN, STRONG = "PleoVera", "PleoVeraBold"
LEFT, RIGHT, TOP, BOTTOM = 48.0, A4[0] - 48.0, A4[1] - 56.0, 64.0
LINE = 15.0
# Where the columns begin, or end where figures stand.
TEXT_AT, AMOUNT_AT, BALANCE_AT = LEFT + 76, RIGHT - 100, RIGHT


@dataclass(frozen=True)
class Paper:
    """What stands on a statement besides its lines, already in the reader's language and region."""

    title: str
    subtitle: str
    figures: Sequence[tuple[str, str]]
    heads: tuple[str, str, str, str]
    page: str
    foot: str


def statement_pdf(paper: Paper, rows: Iterable[tuple[str, str, str, str]]) -> bytes:
    """Return the file. The same paper and rows make the same bytes; rows are (day, text, amount, balance).

    Pages are drawn one after another, so the time grows with the number of rows and no faster.
    """
    _load()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle(_known(paper.title))
    canvas.setProducer("Pleo")
    pages = _pages(canvas, paper)
    y = next(pages)
    for day, text, amount, balance in rows:
        if y < BOTTOM + LINE:
            y = next(pages)
        y -= LINE
        canvas.setFont(PLAIN, 8)
        canvas.drawString(LEFT, y, _known(day))
        canvas.drawString(TEXT_AT, y, _fitted(text, AMOUNT_AT - TEXT_AT - 84))
        canvas.drawRightString(AMOUNT_AT, y, _known(amount))
        canvas.drawRightString(BALANCE_AT, y, _known(balance))
    canvas.save()
    return target.getvalue()


def _pages(canvas: Canvas, paper: Paper) -> Iterator[float]:
    """Begin a page each time that one is asked for, and yield where its rows begin."""
    number = 1
    while True:
        y = TOP
        if number > 1:
            canvas.showPage()
        else:
            y = _first(canvas, paper)
        canvas.setFont(STRONG, 8)
        for place, word in zip((LEFT, TEXT_AT), paper.heads[:2], strict=True):
            canvas.drawString(place, y, _known(word))
        for place, word in zip((AMOUNT_AT, BALANCE_AT), paper.heads[2:], strict=True):
            canvas.drawRightString(place, y, _known(word))
        canvas.setLineWidth(0.5)
        canvas.line(LEFT, y - 4, RIGHT, y - 4)
        canvas.setFont(PLAIN, 7)
        canvas.drawString(LEFT, BOTTOM - 24, _fitted(paper.foot, RIGHT - LEFT - 60))
        canvas.drawRightString(RIGHT, BOTTOM - 24, _known(f"{paper.page} {number}"))
        number += 1
        yield y - 4


def _first(canvas: Canvas, paper: Paper) -> float:
    """Draw the head of the statement and return where its table begins."""
    canvas.setFont(STRONG, 16)
    canvas.drawString(LEFT, TOP - 4, _fitted(paper.title, RIGHT - LEFT, STRONG, 16))
    canvas.setFont(PLAIN, 9)
    canvas.drawString(LEFT, TOP - 22, _fitted(paper.subtitle, RIGHT - LEFT, PLAIN, 9))
    y, width = TOP - 56, (RIGHT - LEFT) / max(len(paper.figures), 1)
    for place, (label, value) in enumerate(paper.figures):
        canvas.setFont(PLAIN, 8)
        canvas.drawString(LEFT + place * width, y, _known(label))
        canvas.setFont(STRONG, 11)
        canvas.drawString(LEFT + place * width, y - 15, _known(value))
    return y - 48


def _load() -> None:
    for name, file in ((PLAIN, "Vera.ttf"), (STRONG, "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))


def _known(text: str) -> str:
    """Return a text in letters that the typeface has: others without their accents, or as a question mark."""
    has = pdfmetrics.getFont(PLAIN).face.charToGlyph
    shown = []
    for letter in text.replace("\u2212", "-").replace("\u202f", "\u00a0"):
        base = letter if ord(letter) in has else unicodedata.normalize("NFKD", letter)[:1]
        shown.append(base if base and ord(base) in has else "?")
    return "".join(shown)


def _fitted(text: str, width: float, font: str = PLAIN, size: float = 8) -> str:
    """Return a text cut to a width, with three dots where something was left out."""
    shown = _known(" ".join(text.split()))
    if pdfmetrics.stringWidth(shown, font, size) <= width:
        return shown
    while shown and pdfmetrics.stringWidth(shown + "...", font, size) > width:
        shown = shown[:-1]
    return shown + "..."
