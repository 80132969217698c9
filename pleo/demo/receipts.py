"""Draws the demo's receipts: till slips and A4 invoices in the manner of the country they come from.

Each drawing knows what it says and where it says it, so a receipt of the demo arrives already read. The same slip gives the same
bytes. Drawn with Bitstream Vera, which reportlab brings along under its own free licence and which has ø, Å, ß and €.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont

from pleo.lib import format
from pleo.lib.money import Money

WIDTH = 720
A4_HEIGHT = 1018
TALLEST = 1400
THUMBNAIL_WIDTH = 360
INK, FAINT, RULE, PAPER = 24, 104, 200, 255

WORDS: dict[str, dict[str, str]] = {
    "DK": {
        "total": "I ALT", "subtotal": "Subtotal", "tip": "Drikkepenge", "card": "Betalt med kort", "tax": "Moms",
        "tax_number": "CVR-nr.", "net": "Netto", "gross": "Brutto", "number": "Bon", "thanks": "Tak for besøget",
        "invoice": "FAKTURA", "invoice_number": "Fakturanr.", "date": "Dato", "to": "Faktureres til", "paid": "Betalt med kort",
        "text": "Beskrivelse", "amount": "Beløb", "refund": "KREDITNOTA",
    },
    "DE": {
        "total": "SUMME", "subtotal": "Zwischensumme", "tip": "Trinkgeld", "card": "Kartenzahlung", "tax": "MwSt",
        "tax_number": "USt-IdNr.", "net": "Netto", "gross": "Brutto", "number": "Bon-Nr.", "thanks": "Vielen Dank für Ihren Besuch",
        "invoice": "RECHNUNG", "invoice_number": "Rechnungsnr.", "date": "Datum", "to": "Rechnung an", "paid": "Bezahlt mit Karte",
        "text": "Beschreibung", "amount": "Betrag", "refund": "GUTSCHRIFT",
    },
    "GB": {
        "total": "TOTAL", "subtotal": "Subtotal", "tip": "Tip", "card": "Card payment", "tax": "VAT",
        "tax_number": "VAT Reg No", "net": "Net", "gross": "Gross", "number": "Receipt", "thanks": "Thank you for your visit",
        "invoice": "INVOICE", "invoice_number": "Invoice no.", "date": "Date", "to": "Invoice to", "paid": "Paid by card",
        "text": "Description", "amount": "Amount", "refund": "CREDIT NOTE",
    },
}  # fmt: skip
DATES = {"DK": "%d.%m.%Y", "DE": "%d.%m.%Y", "GB": "%d/%m/%Y"}


@dataclass(frozen=True)
class Slip:
    """What a receipt says. Amounts are gross minor units of `currency`; the items and the tip sum to `total`."""

    merchant: str
    address: tuple[str, ...]
    tax_number: str
    country: str
    region: str
    at: datetime
    currency: str
    items: tuple[tuple[str, int], ...]
    total: int
    tax_rate: Decimal
    number: str
    customer: tuple[str, ...] = ()
    tip: int = 0
    last_four: str = ""
    is_invoice: bool = False
    is_refund: bool = False

    def __post_init__(self) -> None:
        assert sum(amount for _, amount in self.items) + self.tip == self.total, "what a slip lists sums to its total"

    @property
    def taxed(self) -> Money:
        """What the tax is in: a tip is given, not sold."""
        return Money(self.total - self.tip, self.currency)

    @property
    def tax(self) -> Money:
        return self.taxed.share(self.tax_rate / (100 + self.tax_rate))


@dataclass
class Drawn:
    """A drawn receipt: its files, and what stands on it in the form that readings have."""

    page: bytes
    thumbnail: bytes
    width: int
    height: int
    lines: list[str]
    boxes: dict[str, list[float]]
    amounts: list[int]


@cache
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the demo's type at a size. Basic layout: Latin text needs no shaping, and it is quicker."""
    name = "VeraBd.ttf" if bold else "Vera.ttf"
    folder = Path(reportlab.__file__).parent / "fonts"
    return ImageFont.truetype(str(folder / name), size, layout_engine=ImageFont.Layout.BASIC)


@dataclass
class Pen:
    """Writes down a page, and remembers each line and where the words that matter stand."""

    draw: ImageDraw.ImageDraw
    words: dict[str, str]
    slip: Slip
    y: int = 56
    margin: int = 56
    rows: list[str] = field(default_factory=list)
    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    amounts: list[int] = field(default_factory=list)

    def money(self, amount: int) -> str:
        self.amounts.append(amount)
        return format.amount(Money(amount, self.slip.currency), region=self.slip.region, unit=False).replace(
            format.NBSP, " "
        )

    def text(
        self, words: str, size: int = 24, *, x: int | None = None, right: int | None = None, bold: bool = False, ink: int = INK,
        named: str = "",
    ) -> None:  # fmt: skip
        """Write one piece on the current line: from `x`, ending at `right`, or centred."""
        face = font(size, bold)
        width = int(face.getlength(words))
        left = x if x is not None else (right - width if right is not None else (WIDTH - width) // 2)
        self.draw.text((left, self.y), words, ink, font=face)
        if named:
            self.boxes[named] = (left, self.y, left + width, self.y + size)

    def row(self, *pieces: str, step: int) -> None:
        """End the current line, which reads as `pieces`."""
        self.rows.append(" ".join(piece for piece in pieces if piece))
        self.y += step

    def pair(
        self, words: str, amount: str, size: int = 24, *, bold: bool = False, ink: int = INK, named: str = ""
    ) -> None:
        """Write words at the left and an amount at the right."""
        self.text(words, size, x=self.margin, bold=bold, ink=ink)
        self.text(amount, size, right=WIDTH - self.margin, bold=bold, ink=ink, named=named)
        self.row(words, amount, step=int(size * 1.55))

    def rule(self, *, above: int = 6, below: int = 14) -> None:
        self.y += above
        self.draw.line((self.margin, self.y, WIDTH - self.margin, self.y), fill=RULE, width=2)
        self.y += below


def draw(slip: Slip) -> Drawn:
    """Draw a receipt: the page as JPEG, its thumbnail as WebP. Quick enough for thousands: grey, no texture."""
    image = Image.new("L", (WIDTH, A4_HEIGHT if slip.is_invoice else TALLEST), PAPER)
    pen = Pen(ImageDraw.Draw(image), WORDS[slip.country if slip.country in WORDS else "GB"], slip)
    if slip.is_invoice:
        _invoice(pen)
    else:
        _till_slip(pen)
        image = image.crop((0, 0, WIDTH, pen.y + 20))
    height = image.height
    boxes = {
        name: [round(left / WIDTH, 4), round(top / height, 4), round(right / WIDTH, 4), round(bottom / height, 4)]
        for name, (left, top, right, bottom) in pen.boxes.items()
    }
    thumbnail = image.reduce(WIDTH // THUMBNAIL_WIDTH)
    return Drawn(
        _bytes(image, "JPEG", 50),
        _bytes(thumbnail, "WEBP", 45),
        WIDTH,
        height,
        pen.rows,
        boxes,
        sorted(set(pen.amounts)),
    )


def _bytes(image: Image.Image, kind: str, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, quality=quality, method=0)
    return out.getvalue()


def _date(slip: Slip) -> str:
    return slip.at.strftime(DATES.get(slip.country, "%d/%m/%Y"))


def _head(pen: Pen) -> None:
    slip = pen.slip
    size = 40 if len(slip.merchant) < 22 else 30
    pen.text(slip.merchant, size, bold=True, named="merchant")
    pen.row(slip.merchant, step=int(size * 1.5))
    for line in slip.address:
        pen.text(line, 22, ink=FAINT)
        pen.row(line, step=34)
    if slip.tax_number:
        line = f"{pen.words['tax_number']} {slip.tax_number}"
        pen.text(line, 22, ink=FAINT)
        pen.row(line, step=34)


def _till_slip(pen: Pen) -> None:
    slip, words = pen.slip, pen.words
    _head(pen)
    pen.y += 14
    number, day, clock = f"{words['number']} {slip.number}", _date(slip), slip.at.strftime("%H:%M")
    pen.text(number, 22, x=pen.margin, ink=FAINT)
    pen.text(clock, 22, right=WIDTH - pen.margin, ink=FAINT, named="time")
    pen.text(day, 22, right=WIDTH - pen.margin - 90, ink=FAINT, named="date")
    pen.row(number, day, clock, step=34)
    pen.rule()
    _items(pen)
    pen.rule()
    if slip.is_refund:
        pen.text(words["refund"], 26, x=pen.margin, bold=True)
        pen.row(words["refund"], step=40)
    if slip.tip:
        pen.pair(words["subtotal"], pen.money(slip.total - slip.tip))
        pen.pair(words["tip"], pen.money(slip.tip))
    pen.pair(f"{words['total']} {slip.currency}", pen.money(slip.total), 34, bold=True, named="total")
    if slip.last_four:
        pen.pair(f"{words['card']} •••• {slip.last_four}", pen.money(slip.total), 22, ink=FAINT, named="card_last_four")
    if slip.tax_rate:
        pen.y += 14
        _tax_table(pen)
    pen.y += 30
    pen.text(words["thanks"], 22, ink=FAINT)
    pen.row(words["thanks"], step=34)


def _items(pen: Pen) -> None:
    for words, amount in pen.slip.items:
        pen.pair(words, pen.money(amount))


def _tax_table(pen: Pen) -> None:
    """One line of VAT: rate, net, tax, gross."""
    slip, words = pen.slip, pen.words
    columns = (pen.margin, 330, 490, WIDTH - pen.margin)
    heads = (f"{words['tax']} %", words["net"], words["tax"], words["gross"])
    values = (
        format.percent(slip.tax_rate, region=slip.region).replace(format.NBSP, " "),
        pen.money(slip.taxed.amount - slip.tax.amount),
        pen.money(slip.tax.amount),
        pen.money(slip.taxed.amount),
    )
    for cells, ink in ((heads, FAINT), (values, INK)):
        pen.text(cells[0], 21, x=columns[0], ink=ink)
        for cell, right in zip(cells[1:], columns[1:], strict=True):
            named = "vat" if ink == INK and right == columns[2] else ""
            pen.text(cell, 21, right=right, ink=ink, named=named)
        pen.row(*cells, step=32)


def _invoice(pen: Pen) -> None:
    slip, words = pen.slip, pen.words
    pen.margin = 64
    edge = WIDTH - pen.margin
    title = words["refund"] if slip.is_refund else words["invoice"]
    pen.text(title, 16, right=edge, ink=FAINT)
    pen.row(title, step=30)
    pen.text(slip.merchant, 28, x=pen.margin, bold=True, named="merchant")
    pen.row(slip.merchant, step=44)
    for line in (*slip.address, f"{words['tax_number']} {slip.tax_number}" if slip.tax_number else ""):
        if line:
            pen.text(line, 16, x=pen.margin, ink=FAINT)
            pen.row(line, step=25)
    pen.y += 36
    top = pen.y
    pen.text(words["to"], 16, x=pen.margin, ink=FAINT)
    pen.row(words["to"], step=26)
    for line in slip.customer:
        pen.text(line, 18, x=pen.margin)
        pen.row(line, step=27)
    bottom, pen.y = pen.y, top
    for label, value, name in (
        (words["invoice_number"], slip.number, "number"),
        (words["date"], _date(slip), "date"),
    ):
        pen.text(label, 16, x=400, ink=FAINT)
        pen.text(value, 18, right=edge, named=name)
        pen.row(label, value, step=28)
    pen.y = max(bottom, pen.y) + 40
    pen.pair(words["text"], words["amount"], 16, ink=FAINT)
    pen.rule(above=0)
    for text, amount in slip.items:
        pen.pair(text, pen.money(amount), 19)
    pen.rule()
    if slip.tip:
        pen.pair(words["tip"], pen.money(slip.tip), 19)
    pen.pair(f"{words['total']} {slip.currency}", pen.money(slip.total), 26, bold=True, named="total")
    pen.y += 12
    if slip.tax_rate:
        _tax_table(pen)
        pen.y += 12
    if slip.last_four:
        pen.text(f"{words['paid']} •••• {slip.last_four}", 16, x=pen.margin, ink=FAINT, named="card_last_four")
        pen.row(f"{words['paid']} •••• {slip.last_four}", step=24)


def items_of(texts: Sequence[str], total: int, weights: Sequence[int]) -> tuple[tuple[str, int], ...]:
    """Spread a total over items by weights, so that they sum to it exactly. Amounts in minor units."""
    parts = Money(total, "EUR").allocate(weights)
    return tuple((text, part.amount) for text, part in zip(texts, parts, strict=True) if part)
