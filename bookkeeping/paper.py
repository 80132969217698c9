"""Writes a PDF page by page into a file: nothing but the pages' numbers stays in memory, and the same pages give the same bytes.

Letters are those of Windows-1252 in the viewer's own Helvetica (ISO 32000-1, 9.6.2.2: the standard fonts need not be embedded);
what the set lacks is written by the rule of `formats/encoding.py`. Pictures are JPEG files as they are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics

from bookkeeping.formats.encoding import Changes, Encoder

WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 48.0, A4[0] - 48.0, A4[1] - 56.0, 56.0
PLAIN, STRONG = "Helvetica", "Helvetica-Bold"
PIECE = 1 << 16


@dataclass
class Sheet:
    """One page in the making: text, lines and at most one picture, in points from the lower left corner."""

    paper: Paper
    parts: list[str] = field(default_factory=list)
    picture: int | None = None

    def text(self, x: float, y: float, text: str, *, size: float = 9, strong: bool = False, width: float = 0) -> None:
        """Write a line that begins at x, cut to a width with three dots."""
        shown = self.paper.fitted(text, width, size, strong=strong) if width else self.paper.known(text)
        self._show(x, y, shown, size, strong)

    def right(self, x: float, y: float, text: str, *, size: float = 9, strong: bool = False) -> None:
        """Write a line that ends at x."""
        shown = self.paper.known(text)
        self._show(x - pdfmetrics.stringWidth(shown, STRONG if strong else PLAIN, size), y, shown, size, strong)

    def rule(self, y: float, *, left: float = LEFT, right: float = RIGHT) -> None:
        """Draw a thin line across."""
        self.parts.append(f"0.5 w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S")

    def place(self, picture: int, x: float, y: float, width: float, height: float) -> None:
        """Show a picture that `Paper.picture` wrote."""
        self.picture = picture
        self.parts.append(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {y:.2f} cm /Im Do Q")

    def _show(self, x: float, y: float, text: str, size: float, strong: bool) -> None:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self.parts.append(f"BT /F{2 if strong else 1} {size:g} Tf {x:.2f} {y:.2f} Td ({escaped}) Tj ET")


class Paper:
    """A PDF on its way into a file. Objects 1 to 4 are the catalogue, the list of pages and the two fonts."""

    def __init__(self, target: BinaryIO, *, title: str) -> None:
        self._target, self._at, self._title = target, 0, title
        self._offsets: dict[int, int] = {}
        self._pages: list[int] = []
        self._next = 5
        self._encoder = Encoder("cp1252", Changes())
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def __len__(self) -> int:
        return len(self._pages)

    def known(self, text: str) -> str:
        """Return a text in the letters there are."""
        return self._encoder.fit(text.replace("\u2212", "-").replace("\u202f", "\u00a0"))

    def fitted(self, text: str, width: float, size: float = 9, *, strong: bool = False) -> str:
        """Return a text cut to a width."""
        shown, font = self.known(text), STRONG if strong else PLAIN
        if pdfmetrics.stringWidth(shown, font, size) <= width:
            return shown
        while shown and pdfmetrics.stringWidth(shown + "...", font, size) > width:
            shown = shown[:-1]
        return shown.rstrip() + "..."

    def lines(self, text: str, width: float, size: float = 9) -> list[str]:
        """Break a text into lines of a width."""
        found, line = list[str](), ""
        for word in self.known(text).split(" "):
            longer = f"{line} {word}" if line else word
            if line and pdfmetrics.stringWidth(longer, PLAIN, size) > width:
                found.append(line)
                line = word
            else:
                line = longer
        return [*found, line] if line else found

    def sheet(self) -> Sheet:
        """Begin a page; `add` writes it."""
        return Sheet(self)

    def picture(self, jpeg: BinaryIO, length: int, width: int, height: int, colours: int) -> int:
        """Write a JPEG as it is and return its number. `colours` is 1 (grey), 3 (RGB) or 4 (CMYK)."""
        space = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}[colours]
        number = self._begin()
        head = (
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /{space}"
            f" /BitsPerComponent 8 /Filter /DCTDecode /Length {length} >>\nstream\n"
        )
        self._write(head.encode())
        while piece := jpeg.read(PIECE):
            self._write(piece)
        self._write(b"\nendstream\nendobj\n")
        return number

    def add(self, sheet: Sheet) -> None:
        """Write a page."""
        content = "\n".join(sheet.parts).encode("cp1252")
        stream = self._begin()
        self._write(b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream\nendobj\n")
        page = self._begin()
        shown = f" /XObject << /Im {sheet.picture} 0 R >>" if sheet.picture else ""
        self._write(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:.2f} {HEIGHT:.2f}] /Contents {stream} 0 R"
            f" /Resources << /Font << /F1 3 0 R /F2 4 0 R >>{shown} >> >>\nendobj\n".encode()
        )
        self._pages.append(page)

    def finish(self) -> None:
        """Write what holds the pages together. The file is a PDF from here on."""
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(1, "<< /Type /Catalog /Pages 2 0 R >>")
        self._object(2, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        for number, font in ((3, PLAIN), (4, STRONG)):
            self._object(number, f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>")
        title = self._next
        self._next += 1
        named = f"\ufeff{self._title}".encode("utf-16-be").hex()
        self._object(title, f"<< /Title <{named}> /Producer (Pleo) >>")
        mark, count = hashlib.sha256(self._title.encode()).hexdigest()[:32], self._next
        start = self._at
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
        for number in range(1, count):
            self._write(f"{self._offsets[number]:010d} 00000 n \n".encode())
        tail = f"trailer\n<< /Size {count} /Root 1 0 R /Info {title} 0 R /ID [<{mark}> <{mark}>] >>\n"
        self._write(f"{tail}startxref\n{start}\n%%EOF\n".encode())

    def _begin(self) -> int:
        number = self._next
        self._next += 1
        self._offsets[number] = self._at
        self._write(f"{number} 0 obj\n".encode())
        return number

    def _object(self, number: int, body: str) -> None:
        self._offsets[number] = self._at
        self._write(f"{number} 0 obj\n{body}\nendobj\n".encode())

    def _write(self, piece: bytes) -> None:
        self._target.write(piece)
        self._at += len(piece)
