"""Numbers that identify: the seller's VAT number and the receipt's own number, as they are printed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from receipts.reading.rows import Row

# By country: the number as it stands, with the words that must stand on its row where the number alone could be anything.
_VAT: tuple[tuple[str, str, str], ...] = (
    ("DE", r"de\s?(\d{3}\s?\d{3}\s?\d{3})", ""),
    ("DK", r"(?:dk)?\s?-?(\d{2}\s?\d{2}\s?\d{2}\s?\d{2})", r"cvr|se-nr|dk\s?\d{8}"),
    ("SE", r"se\s?(\d{10}\s?01)", ""),
    ("NO", r"(?:no)?\s?(\d{3}\s?\d{3}\s?\d{3})\s?mva", ""),
    ("FR", r"fr\s?([0-9a-z]{2}\s?\d{3}\s?\d{3}\s?\d{3})", ""),
    ("NL", r"nl\s?(\d{9}\s?b\s?\d{2})", ""),
    ("ES", r"(?:es)?\s?-?([a-hjnp-sw]-?\d{7}[0-9a-j]|\d{8}-?[a-z])", r"nif|cif|n\.i\.f|c\.i\.f|iva"),
    ("PT", r"(?:pt)?\s?(\d{3}\s?\d{3}\s?\d{3})", r"nif|contribuinte|n\.?i\.?p\.?c"),
    ("IT", r"(?:it)?\s?(\d{11})", r"p\.?\s?iva|partita iva|it\d{11}"),
    ("GB", r"(?:gb)?\s?(\d{3}\s?\d{4}\s?\d{2})", r"vat"),
    ("AT", r"at\s?(u\s?\d{8})", ""),
    ("BE", r"be\s?([01]\d{3}[. ]?\d{3}[. ]?\d{3})", ""),
    ("FI", r"fi\s?(\d{8})(?!\d)", ""),
    ("FI", r"(\d{7}-\d)", r"y-?\s?tunnus"),
    ("PL", r"(\d{3}-?\d{3}-?\d{2}-?\d{2}|\d{3}-?\d{2}-?\d{2}-?\d{3})", r"nip"),
    ("CZ", r"cz\s?(\d{8,10})", ""),
    ("BG", r"bg\s?(\d{9,10})", ""),
    ("HU", r"(\d{8}-\d-\d{2})", ""),
    ("RO", r"ro\s?(\d{6,10})", ""),
    ("IE", r"ie\s?(\d[0-9a-z]\d{5}[a-z]{1,2})", ""),
    ("CH", r"che[- ]?(\d{3}[. ]?\d{3}[. ]?\d{3})", ""),
    ("MY", r"(\d{12})", r"gst|sst"),
)  # fmt: skip
_VAT_PATTERNS = [
    (country, re.compile(rf"(?<![a-z0-9]){number}(?![0-9])"), re.compile(words) if words else None)
    for country, number, words in _VAT
]
_LABELLED_ANYWHERE = re.compile(r"ust|uid|vat|mwst|tva|btw|iva|moms|alv|dph|mva|cvr|nip|gst")

_NUMBER_LABEL = re.compile(
    r"(?<![a-z])(?:(?:tax\s?)?invoice|receipt|bill|check|chk|doc(?:ument)?|slip|bon|beleg|rechnungs?|kassenbon|quittungs?|kvittering(?:s|en)?|kvittot?s?|faktura|bilag(?:s)?|"
    r"ticket|facture|factura|fatura|fattura|scontrino|factuur|kassabon|recibo|kuitti|paragon|uctenka|trans(?:action)?|order)"
    r"[\s.\-]{0,2}(?:nummer|number|numero|nr|no|num|n[°ºo]|#|id)?[\s.:#°º]{0,3}"
)
_VALUE = re.compile(r"[a-z]{0,4}[-/]?\d[\da-z]*(?:[-/.]\d[\da-z]*)*|\d+")


@dataclass(frozen=True, slots=True)
class Found:
    """A number and the row it stands on; `country` of a VAT number."""

    value: str
    row: Row
    country: str = ""


def vat_number(rows: list[Row]) -> Found | None:
    """Return the first VAT number of a page that has the form of one country and, where the form is common, the words too."""
    for row in rows:
        text = row.folded
        for country, pattern, needed in _VAT_PATTERNS:
            match = pattern.search(text)
            if match is None or (needed is not None and not needed.search(text)):
                continue
            bare = re.sub(r"[\s.]", "", match[1]).upper()
            is_local = country in ("HU", "MY", "NO", "PL", "FI") or needed is not None
            if needed is None and country in ("RO", "IE", "BE") and not _LABELLED_ANYWHERE.search(text):
                continue
            return Found(bare if is_local and not bare.startswith(country) else f"{country}{bare}", row, country)
    return None


def receipt_number(rows: list[Row]) -> Found | None:
    """Return the number that the receipt calls its own: after a word for it, on the same row."""
    for row in rows:
        for match in _NUMBER_LABEL.finditer(row.folded):
            rest = row.folded[match.end() :].lstrip(" :.#")
            value = _VALUE.match(rest)
            has_label = re.search(r"(?:nr|no|num\w*|nummer|#|°|º|id)[\s.:#]*$", match[0]) or ":" in match[0]
            if value and has_label and 2 <= len(value[0]) <= 30 and sum(map(str.isdigit, value[0])) >= 2:
                if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", value[0]):
                    continue
                return Found(value[0].upper().rstrip("-/."), row)
    return None
