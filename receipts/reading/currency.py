"""The currency of a receipt: by its code or sign, else by what else is printed."""

from __future__ import annotations

import re
from collections import Counter

from receipts.reading.rows import Row

# TRY is left out: it is also a word.
_CODES = (
    "EUR",
    "USD",
    "GBP",
    "DKK",
    "SEK",
    "NOK",
    "CHF",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "MYR",
    "SGD",
    "ISK",
    "JPY",
    "AUD",
    "CAD",
    "AED",
    "THB",
    "INR",
)
_CODE = re.compile(rf"(?<![a-z])({'|'.join(_CODES).lower()})(?![a-z])|(?<=\d)({'|'.join(_CODES).lower()})(?![a-z])")
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"€", "EUR"),
    (r"(?<![a-z])euros?(?![a-z])", "EUR"),
    (r"£", "GBP"),
    (r"(?<![a-z])rm\s?\d|\(rm\)|(?<![a-z])rm(?![a-z])", "MYR"),
    (r"(?<![a-z])zl(?![a-z])", "PLN"),
    (r"(?<![a-z])kc(?![a-z])", "CZK"),
    (r"₺|\d\s?tl(?![a-z])|(?<![a-z])tl\s?\d", "TRY"),
    (r"(?<![a-z])ft(?![a-z])", "HUF"),
    (r"(?<![a-z])lei(?![a-z])", "RON"),
    (r"¥|円", "JPY"),
    (r"(?<![a-z])(?:sfr|fr)\.(?=\s?\d)", "CHF"),
    (r"₹|(?<![a-z])rs\.?(?![a-z])", "INR"),
)
_DOLLAR = re.compile(r"(?<![a-z])(us|a|c|s|hk|nz)?\$")
_DOLLARS = {"us": "USD", "a": "AUD", "c": "CAD", "s": "SGD", "hk": "HKD", "nz": "NZD"}
_HOME_DOLLAR = {"AU": "AUD", "CA": "CAD", "SG": "SGD", "NZ": "NZD", "HK": "HKD"}
_CROWN = re.compile(r"(?<![a-z])kr\.?(?![a-z])|\d\s?:-|\d,-")
# Words that stand on receipts of one country only; each is worth one sighting of a sign.
_COUNTRIES: tuple[tuple[str, str], ...] = (
    (r"danmark|denmark|cvr|dankort|kvittering|heraf moms|byttepenge|\bi alt\b|kobenhavn|\.dk\b", "DKK"),
    (r"sverige|sweden|org\.?\s?,?nr|kvitto|vaxel|swish|stockholm|goteborg|att betala|\.se\b|oppet kop", "SEK"),
    (r"norge|norway|\bmva\b|foretaksregisteret|vipps|oslo|\.no\b|bankaxept", "NOK"),
    (
        r"sdn\.?\s?bhd|\bjalan\b|\bjln\b|selangor|kuala lumpur|shah alam|malaysia|gst (?:id|no|reg)|johor|\btaman\b|\bbandar\b|\bringgit\b",
        "MYR",
    ),
    (r"mwst|u\.?st-?id|steuernummer|girocard|ec-?karte|gmbh|rechnung", "EUR"),
    (
        r"\biva\b|\btva\b|\bbtw\b|\balv\b|siret|\btotale\b|ristorante|scontrino|\bcoperto\b|\bfactura\b|\bfatura\b|\byhteensa\b",
        "EUR",
    ),
    (r"\bptu\b|paragon fiskalny|\bnip\b", "PLN"),
    (r"\bdph\b|\bico\b|\bdic\b", "CZK"),
    (
        r"\b(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy]),? \d{5}(?:-\d{4})?\b"
        r"|(?:sales|state|local|city) tax|\(\d{3}\)\s?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4}\b|\bgratuity\b|\bguests?: ?\d|\bsuite\b|\bchk:? ?\d",
        "USD",
    ),
    (r"topkdv|\bkdv\b", "TRY"),
    (r"united kingdom|vat no\.? ?(?:gb)?\s?\d{3}|\.co\.uk|london", "GBP"),
)
_CROWNS = ("DKK", "SEK", "NOK")
_HOME_CROWN = {"DK": "DKK", "SE": "SEK", "NO": "NOK"}


# What is paid where a VAT number comes from; the euro's countries share one.
_OF_COUNTRY = {"DK": "DKK", "SE": "SEK", "NO": "NOK", "GB": "GBP", "PL": "PLN", "CZ": "CZK", "HU": "HUF", "RO": "RON", "CH": "CHF", "MY": "MYR"}  # fmt: skip
_EURO = frozenset({"DE", "AT", "FR", "NL", "BE", "ES", "PT", "IT", "FI", "IE"})


def currency_of(rows: list[Row], country: str, seller: str = "") -> tuple[str, bool, Row | None]:
    """Return the currency, whether it is printed (else it is a guess), and where; empty when nothing tells.

    `seller` is the country of a VAT number that is printed, if any.
    """
    code, printed = _told(rows, country, seller)
    return code, printed, _row_of(rows, code) if printed else None


def _row_of(rows: list[Row], code: str) -> Row | None:
    """Return the first row that shows the code or a sign of the currency."""
    signs = [pattern for pattern, known in _SIGNS if known == code]
    if code in _CROWNS:
        signs.append(_CROWN.pattern)
    if code.endswith("D"):
        signs.append(_DOLLAR.pattern)
    shown = re.compile("|".join([rf"(?<![a-z]){code.lower()}(?![a-z])", *(f"(?:{sign})" for sign in signs)]))
    return next((row for row in rows if shown.search(row.folded)), None)


def _told(rows: list[Row], country: str, seller: str) -> tuple[str, bool]:
    text = "\n".join(row.folded for row in rows)
    seen: Counter[str] = Counter()
    for match in _CODE.finditer(text):
        seen[(match[1] or match[2]).upper()] += 2
    for pattern, code in _SIGNS:
        seen[code] += len(re.findall(pattern, text))
    for match in _DOLLAR.finditer(text):
        seen[_DOLLARS.get(match[1] or "", _HOME_DOLLAR.get(country, "USD"))] += 1
    hints = Counter({code: len(re.findall(pattern, text)) for pattern, code in _COUNTRIES})
    if abroad := "EUR" if seller in _EURO else _OF_COUNTRY.get(seller, ""):
        hints[abroad] += 3
    if crowns := len(_CROWN.findall(text)):
        seen[_crown(seen, hints, country)] += crowns
    seen += Counter()
    if seen:
        best = max(seen, key=lambda code: (seen[code], hints[code]))
        return best, True
    hints += Counter()
    if not hints:
        return "", False
    return max(hints, key=lambda code: hints[code]), False


def _crown(seen: Counter[str], hints: Counter[str], country: str) -> str:
    named = [code for code in _CROWNS if seen[code]]
    if named:
        return max(named, key=lambda code: seen[code])
    told = max(_CROWNS, key=lambda code: hints[code])
    return told if hints[told] else _HOME_CROWN.get(country, "DKK")
