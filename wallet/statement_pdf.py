"""A statement as a PDF file: opening balance, every movement, closing balance."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pleo.lib.pdf import PLAIN, STRONG, fitted, known, load_letters

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
    load_letters()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle(known(paper.title))
    canvas.setProducer("Pleo")
    pages = _pages(canvas, paper)
    y = next(pages)
    for day, text, amount, balance in rows:
        if y < BOTTOM + LINE:
            y = next(pages)
        y -= LINE
        canvas.setFont(PLAIN, 8)
        canvas.drawString(LEFT, y, known(day))
        canvas.drawString(TEXT_AT, y, fitted(text, AMOUNT_AT - TEXT_AT - 84))
        canvas.drawRightString(AMOUNT_AT, y, known(amount))
        canvas.drawRightString(BALANCE_AT, y, known(balance))
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
            canvas.drawString(place, y, known(word))
        for place, word in zip((AMOUNT_AT, BALANCE_AT), paper.heads[2:], strict=True):
            canvas.drawRightString(place, y, known(word))
        canvas.setLineWidth(0.5)
        canvas.line(LEFT, y - 4, RIGHT, y - 4)
        canvas.setFont(PLAIN, 7)
        canvas.drawString(LEFT, BOTTOM - 24, fitted(paper.foot, RIGHT - LEFT - 60))
        canvas.drawRightString(RIGHT, BOTTOM - 24, known(f"{paper.page} {number}"))
        number += 1
        yield y - 4


def _first(canvas: Canvas, paper: Paper) -> float:
    """Draw the head of the statement and return where its table begins."""
    canvas.setFont(STRONG, 16)
    canvas.drawString(LEFT, TOP - 4, fitted(paper.title, RIGHT - LEFT, STRONG, 16))
    canvas.setFont(PLAIN, 9)
    canvas.drawString(LEFT, TOP - 22, fitted(paper.subtitle, RIGHT - LEFT, PLAIN, 9))
    y, width = TOP - 56, (RIGHT - LEFT) / max(len(paper.figures), 1)
    for place, (label, value) in enumerate(paper.figures):
        canvas.setFont(PLAIN, 8)
        canvas.drawString(LEFT + place * width, y, known(label))
        canvas.setFont(STRONG, 11)
        canvas.drawString(LEFT + place * width, y - 15, known(value))
    return y - 48
