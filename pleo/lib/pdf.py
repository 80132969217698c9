"""Letters on paper: the typeface of the PDF files we draw, and texts cut or wrapped to a width."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(reportlab.__file__).parent / "fonts"
PLAIN, STRONG = "PleoVera", "PleoVeraBold"


def load_letters() -> None:
    """Make the typeface known. Doing it twice changes nothing."""
    for name, file in ((PLAIN, "Vera.ttf"), (STRONG, "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))


def known(text: str) -> str:
    """Return a text in letters that the typeface has: others without their accents, or as a question mark."""
    has = pdfmetrics.getFont(PLAIN).face.charToGlyph
    shown = []
    for letter in text.replace("\u2212", "-").replace("\u202f", "\u00a0"):
        base = letter if ord(letter) in has else unicodedata.normalize("NFKD", letter)[:1]
        shown.append(base if base and ord(base) in has else "?")
    return "".join(shown)


def fitted(text: str, width: float, font: str = PLAIN, size: float = 8) -> str:
    """Return a text cut to a width, with three dots where something was left out."""
    shown = known(" ".join(text.split()))
    if pdfmetrics.stringWidth(shown, font, size) <= width:
        return shown
    while shown and pdfmetrics.stringWidth(shown + "...", font, size) > width:
        shown = shown[:-1]
    return shown + "..."


def wrapped(text: str, width: float, font: str = PLAIN, size: float = 9) -> list[str]:
    """Return a text as lines that fit a width. A word that is wider than the line is cut where the line ends."""
    found: list[str] = []
    line = ""
    for word in known(" ".join(text.split())).split(" "):
        if line and pdfmetrics.stringWidth(f"{line} {word}", font, size) > width:
            found.append(line)
            line = ""
        line = f"{line} {word}" if line else word
        while pdfmetrics.stringWidth(line, font, size) > width:
            cut = next(
                end
                for end in range(len(line), 0, -1)
                if end == 1 or pdfmetrics.stringWidth(line[:end], font, size) <= width
            )
            found.append(line[:cut])
            line = line[cut:]
    return [*found, line] if line or not found else found
