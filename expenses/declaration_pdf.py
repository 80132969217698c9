"""A declaration as a PDF: who paid what, when and where, why there is no receipt, and the signature."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pleo.lib.pdf import PLAIN, STRONG, fitted, known, load_letters, wrapped

LEFT, RIGHT, TOP = 56.0, A4[0] - 56.0, A4[1] - 64.0
VALUE_AT = LEFT + 150
LINE = 14.0


@dataclass(frozen=True)
class SelfReceipt:
    """What stands on the paper, already in words. `pairs` are label and text, in the order they are read."""

    title: str
    company: str
    pairs: Sequence[tuple[str, str]]
    amount: tuple[str, str]
    vat: str
    oath: str
    signature: Sequence[tuple[str, str]]
    foot: str


def self_receipt_pdf(paper: SelfReceipt) -> bytes:
    """Return the file, always one page. The same paper makes the same bytes."""
    load_letters()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle(known(paper.title))
    canvas.setProducer("Pleo")
    y = _head(canvas, paper)
    y = _pairs(canvas, paper.pairs, y)
    y = _amount(canvas, paper, y - 6)
    y = _text(canvas, paper.oath, y - 10)
    _signature(canvas, paper.signature, y - 30)
    canvas.setFont(PLAIN, 7)
    canvas.drawString(LEFT, 40, fitted(paper.foot, RIGHT - LEFT, PLAIN, 7))
    canvas.save()
    return target.getvalue()


def _head(canvas: Canvas, paper: SelfReceipt) -> float:
    canvas.setFont(STRONG, 18)
    canvas.drawString(LEFT, TOP, fitted(paper.title, RIGHT - LEFT, STRONG, 18))
    y = TOP - 18
    for line in wrapped(paper.company, RIGHT - LEFT)[:2]:
        canvas.setFont(PLAIN, 9)
        canvas.drawString(LEFT, y, line)
        y -= LINE
    canvas.setLineWidth(0.5)
    canvas.line(LEFT, y, RIGHT, y)
    return y - 22


def _pairs(canvas: Canvas, pairs: Sequence[tuple[str, str]], y: float) -> float:
    """Draw the facts one below the other. What people wrote is cut to eight lines each, so that one page is enough."""
    for label, text in pairs:
        canvas.setFont(PLAIN, 9)
        canvas.drawString(LEFT, y, fitted(label, VALUE_AT - LEFT - 8, PLAIN, 9))
        canvas.setFont(PLAIN, 10)
        for line in wrapped(text, RIGHT - VALUE_AT, PLAIN, 10)[:8]:
            canvas.drawString(VALUE_AT, y, line)
            y -= LINE
        y -= 4
    return y


def _amount(canvas: Canvas, paper: SelfReceipt, y: float) -> float:
    canvas.setFont(PLAIN, 9)
    canvas.drawString(LEFT, y, fitted(paper.amount[0], VALUE_AT - LEFT - 8, PLAIN, 9))
    canvas.setFont(STRONG, 14)
    canvas.drawString(VALUE_AT, y, fitted(paper.amount[1], RIGHT - VALUE_AT, STRONG, 14))
    return _text(canvas, paper.vat, y - 20, at=VALUE_AT)


def _text(canvas: Canvas, text: str, y: float, *, at: float = LEFT) -> float:
    canvas.setFont(PLAIN, 9)
    for line in wrapped(text, RIGHT - at):
        canvas.drawString(at, y, line)
        y -= LINE
    return y


def _signature(canvas: Canvas, rows: Sequence[tuple[str, str]], y: float) -> None:
    canvas.setLineWidth(0.7)
    canvas.line(LEFT, y, RIGHT, y)
    for label, text in rows:
        y -= LINE
        canvas.setFont(PLAIN, 8)
        canvas.drawString(LEFT, y, fitted(label, VALUE_AT - LEFT - 8))
        canvas.drawString(VALUE_AT, y, fitted(text, RIGHT - VALUE_AT))
