"""Texts in the characters of a format. What a character set lacks is replaced by rule, and every replacement is listed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from anyascii import anyascii

from bookkeeping.formats.csv import neutral

# Control characters of C0 and C1 except tab and line ends, the surrogates, and the two that are no characters at all.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")

# How a Swede writes letters of his neighbours that code page 437 lacks.
_CP437 = str.maketrans({"ø": "ö", "Ø": "Ö", "õ": "ö", "Õ": "Ö", "€": "EUR"})


@dataclass
class Change:
    """A text that the file holds in other characters or shorter, where it first stood, and how often it did."""

    voucher: int
    before: str
    after: str
    times: int = 1


@dataclass
class Changes:
    """Every text that a file does not hold as it was written, once each."""

    found: dict[tuple[str, str], Change] = field(default_factory=dict)

    def note(self, before: str, after: str, voucher: int) -> None:
        known = self.found.get((before, after))
        if known:
            known.times += 1
        else:
            self.found[before, after] = Change(voucher, before, after)

    def __len__(self) -> int:
        return len(self.found)


def plain(text: str) -> str:
    """Return a text in one line: line ends, tabs and runs of spaces become one space, control characters go."""
    return _CONTROL.sub("", _SPACES.sub(" ", text)).strip()


class Encoder:
    """Writes texts in one character set, and notes what it had to change.

    Rule: what the set has stays. What it lacks is written, in this order: by the set's own table (code page 437: ø as ö, €
    as EUR), as the letter without its marks, in ASCII letters (ß as ss, Ж as Zh, 😀 as :grinning:), as a question mark.
    """

    BOUND = 20_000

    def __init__(self, codec: str, changes: Changes, *, swap: Mapping[str, str] | None = None) -> None:
        """`swap` names signs that the format uses itself, and what is written for them."""
        self.codec, self.changes = codec, changes
        self._swap = str.maketrans(dict(swap or {}))
        self._known: dict[str, str] = {}

    def fit(self, text: str, voucher: int = 0, *, most: int = 0) -> str:
        """Return a text that the set can hold, in one line, cut to `most` characters."""
        fitted = self._whole(text)
        if most and len(fitted) > most:
            fitted = fitted[:most].rstrip()
        if fitted != text:
            self.changes.note(text, fitted, voucher)
        return fitted

    def cell(self, text: str, voucher: int = 0, *, most: int = 0) -> str:
        """Return what `fit` does as a cell that no spreadsheet runs. The apostrophe for that has its place within `most`."""
        whole = self._whole(text)
        room = most - (len(neutral(whole)) - len(whole)) if most else 0
        return neutral(self.fit(text, voucher, most=room))

    def _whole(self, text: str) -> str:
        fitted = self._known.get(text)
        if fitted is None:
            if len(self._known) > self.BOUND:
                self._known.clear()
            fitted = self._known[text] = plain(self._fit(plain(text.translate(self._swap))))
        return fitted

    def _fit(self, text: str) -> str:
        if self._holds(text):
            return text
        if self.codec == "cp437":
            text = text.translate(_CP437)
        return "".join(sign if self._holds(sign) else self._other(sign) for sign in unicodedata.normalize("NFC", text))

    def _other(self, sign: str) -> str:
        bare = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
        for wanted in (bare, anyascii(sign)):
            if wanted and self._holds(wanted):
                return wanted
        # Signs that only join or colour others (variation selectors, joiners, skin tones) leave nothing behind.
        return "" if unicodedata.category(sign) in {"Cf", "Mn", "Me", "Cn"} else "?"

    def _holds(self, text: str) -> bool:
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True

    def miss(self, text: str, after: str, voucher: int) -> None:
        """Note what the format cannot say at all, and what stands there instead."""
        self.changes.note(text, after, voucher)

    def bytes(self, text: str) -> bytes:
        """Encode what was fitted before. Anything else is an error of ours and raises UnicodeEncodeError."""
        return text.encode(self.codec)
