"""The name above the door, as far as print and logo tell it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from rapidfuzz import fuzz, process

from receipts.reading import words
from receipts.reading.amounts import Amount
from receipts.reading.rows import Row, fold

HEADER = 0.45
SURE = 4.0


# Chains whose names are no words: their own app, card or address names them further down when the logo could not be read.
_DISTINCT = frozenset(
    [
        "aldi",
        "lidl",
        "rewe",
        "edeka",
        "kaufland",
        "hornbach",
        "ikea",
        "carrefour",
        "mercadona",
        "mcdonalds",
        "starbucks",
        "rossmann",
        "decathlon",
        "mediamarkt",
        "bilka",
        "fotex",
        "rema",
        "1000",
        "tesco",
        "billa",
    ]
)


@dataclass
class Name:
    """A candidate for the merchant's name."""

    text: str
    rows: list[Row]
    score: float


@cache
def chains() -> dict[str, str]:
    """Return chains whose logos read badly: folded name to name as people write it."""
    text = Path(__file__).with_name("chains.txt").read_text(encoding="utf-8")
    longest_first = sorted(filter(None, text.splitlines()), key=len, reverse=True)
    return {_letters(name): name for name in longest_first}


def _letters(text: str) -> str:
    """Return folded text of letters, digits and single spaces: what is left of "McDonald's" when a printer writes MCDONALDS."""
    return " ".join(re.sub(r"[^a-z0-9 ]", "", fold(text)).split())


def names(rows: list[Row], amounts: list[Amount]) -> list[Name]:
    """Return candidates, best first: rows above the first amount, lines with a legal form, and chains known by name."""
    header = _header(rows, amounts)
    if not rows:
        return []
    usual = median(row.letter_height for row in rows)
    found = []
    for place, row in enumerate(header):
        score = _score(row, usual) - 0.45 * min(place, 8)
        found.append(Name(_tidy(row.text), [row], score))
        if place + 1 < len(header) and _continues(row, header[place + 1]):
            both = f"{_tidy(row.text)} {_tidy(header[place + 1].text)}"
            best = max(score, _score(header[place + 1], usual) - 0.45 * min(place, 8))
            found.append(Name(both, [row, header[place + 1]], best + 0.3))
    _weigh_letter(found, rows, header)
    found += _holders(rows)
    found += _logos(header, usual)
    found += _chains_in(rows, header)
    return sorted((name for name in found if len(name.text) >= 2), key=lambda name: -name.score)


def _header(rows: list[Row], amounts: list[Amount]) -> list[Row]:
    priced = {id(amount.row) for amount in amounts}
    header: list[Row] = []
    for row in rows:
        if id(row) in priced and len(header) >= 2:
            break
        if row.page > 1 or (row.depth > HEADER and len(header) >= 3):
            break
        if id(row) not in priced:
            header.append(row)
    return header[:14]


def _tidy(text: str) -> str:
    """Return a name without ornaments, and without the address that letterheads set behind it on one line."""
    first = re.split(r"\s[•·|]\s|\s-\s(?=.*\d{4})", text)[0]
    text = first if words.LEGAL_FORM.search(fold(first)) else text
    text = re.sub(
        r"^(?:welcome to|willkommen (?:bei|im)|velkommen til|valkommen till|bienvenue chez|sold by ?:)\s+(?=\S)",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = _NUMBERED.sub("", text)
    text = re.sub(r"^[^\w(]+|[^\w).!'’&]+$", "", text)
    return re.sub(r"\s+", " ", text).strip()


# Numbers of the company register and of the branch, which some shops print behind their name.
_NUMBERED = re.compile(
    r"\s*\((?=[^)]*\d)[^)]*\)|\s+(?:store|shop|no\.?|nr\.?)?\s?#\s?\d+\s*$|\s+\d{5,}(?:-\w)?\s*$", re.IGNORECASE
)


def _weigh_letter(found: list[Name], rows: list[Row], header: list[Row]) -> None:
    """Let the rest of a letter speak: its web address and its foot name the sender, lines after "bill to" the customer."""
    own = "".join(row.folded for row in rows)
    domains = {match.replace("-", "") for match in _DOMAIN.findall(own) if match not in _MAILERS and len(match) >= 4}
    customer: set[int] = set()
    for row in header:
        if _CUSTOMER.search(row.folded):
            customer = {id(other) for other in header if 0 < other.y - row.y <= 5 * row.letter_height}
    for name in found:
        bare = _letters(name.text).replace(" ", "")
        if len(bare) >= 4 and any(domain in bare or bare in domain for domain in domains):
            name.score += 2.0 if any(domain in bare for domain in domains) else 1.0
        if _is_letterhead(name):
            name.score += 2.5
        if any(id(row) in customer for row in name.rows):
            name.score -= 3.0


_DOMAIN = re.compile(r"(?:www\.|@|https?://(?:www\.)?)([a-z0-9-]{3,30})\.[a-z]{2,6}(?![a-z])")
_MAILERS = frozenset(
    {"gmail", "hotmail", "yahoo", "outlook", "gmx", "web", "icloud", "live", "example", "facebook", "instagram"}
)
_CUSTOMER = re.compile(
    r"(?:bill|ship|sold|invoice)\s?(?:ed)?\s?to|factuuradres|afleveradres|rechnungsadresse|lieferadresse|rechnung an|kunde:|factur\w* a\b|"
    r"faktureres til|leveres til|faktureringsadress|cliente|destinatario|nom de l.abonne|customer name|guest name"
)
_HOLDER = re.compile(
    r"(?:titulaire du compte|kontoinhaber|account (?:holder|name)|kontohaver|sold by|verkocht door|vendu par|payment received by|in fav(?:ou)?r of)\s*:?\s*([^:;,|]{3,48}?)(?:\s(?:paid|bank|iban).*)?$",
    re.IGNORECASE,
)


def _is_letterhead(name: Name) -> bool:
    """Say whether a name was cut from the line above the address window: name, street and town with marks between them."""
    row = name.rows[0]
    cut = len(name.rows) == 1 and len(name.text) < 0.7 * len(row.text) and words.LEGAL_FORM.search(fold(name.text))
    return bool(cut and re.search(r"\d{4,5}", row.text) and re.search(r"\s[•·|,-]\s", row.text))


def _holders(rows: list[Row]) -> list[Name]:
    """Find who the account or the payment belongs to, which letters without a printed name tell."""
    found = []
    for row in rows:
        if match := _HOLDER.search(row.text):
            found.append(Name(_tidy(match[1]), [row], 4.2))
    return found


def _score(row: Row, usual: float) -> float:
    text = row.folded
    counted = _NUMBERED.sub("", text) if words.LEGAL_FORM.search(text) else text
    letters = sum(letter.isalpha() for letter in counted)
    digits = sum(letter.isdigit() for letter in counted)
    score = 3.0
    if letters < 3:
        score -= 4.0
    if digits > letters / 2:
        score -= 4.0
    elif digits:
        score -= 0.8
    if words.ADDRESS.search(text + " "):
        score -= 2.5
    if words.NOT_A_NAME.search(text) or text in ("cash", "sale", "visa"):
        score -= 2.5
    if words.NOT_A_NAME.fullmatch(re.sub(r"[^a-z ]", "", text).strip()):
        score -= 2.0
    if re.fullmatch(r"[a-z .'-]{4,} \d{1,3} ?[a-z]?", text):
        score -= 1.5
    if words.GENERIC.fullmatch(text):
        score -= 1.5
    if words.LEGAL_FORM.search(text):
        score += 2.0
    score += min(max(row.letter_height / max(usual, 1.0) - 1.0, -0.5), 1.5) * 1.2
    score -= (1.0 - row.score) * 3.0
    if len(text) > 42:
        score -= 1.0
    return score


def _continues(row: Row, following: Row) -> bool:
    """A name on two lines: the second is only a legal form, or the first ends as none does."""
    near = following.y - row.y <= 2.6 * max(row.letter_height, following.letter_height)
    if near and (words.GENERIC.fullmatch(row.folded) or words.GENERIC.fullmatch(following.folded)):
        rest = fold(_tidy(following.text))
        return not words.ADDRESS.search(f"{row.folded} {rest} ") and not any(map(str.isdigit, rest))
    form = words.LEGAL_FORM.search(following.folded)
    short = form is not None and len(following.folded) - len(form[0]) <= 14 and not words.LEGAL_FORM.search(row.folded)
    return bool(short or row.folded.endswith((" &", " and", " und", " of", " de")))


def _logos(header: list[Row], usual: float) -> list[Name]:
    """Names set in large letters over several lines, a word or two in each, as logos are."""
    found = []
    for start, first in enumerate(header[:4]):
        stack = [first]
        for row in header[start + 1 : start + 4]:
            last = stack[-1]
            high, low = max(row.letter_height, last.letter_height), min(row.letter_height, last.letter_height)
            if high > 1.7 * low or row.y - last.y > 2.0 * high:
                break
            stack.append(row)
        stack = [row for row in stack if _is_of_logo(row, usual)]
        if len(stack) >= 2 and stack[0] is first:
            text = " ".join(_tidy(row.boxes[0].text) for row in stack)
            found.append(Name(text, stack, max(_score(row, usual) for row in stack) + 0.4 - 0.45 * start))
    return found


def _is_of_logo(row: Row, usual: float) -> bool:
    text = row.boxes[0].text
    is_large = row.letter_height > 1.35 * usual and row.boxes[0].height > 1.35 * usual
    clean = not any(map(str.isdigit, text)) and not words.ADDRESS.search(fold(text) + " ")
    return is_large and clean and len(text.split()) <= 2 and sum(map(str.isalpha, text)) >= 3


def _chains_in(rows: list[Row], header: list[Row]) -> list[Name]:
    """Find chains by name: nearly right in the header, exactly right as a word elsewhere beside a legal form."""
    found = []
    for place, row in enumerate(header[:6]):
        text = _letters(row.text)
        if match := _chain(text):
            found.append(Name(match, [row], 6.5 - 0.3 * place))
    for row in rows:
        if row in header[:6]:
            continue
        formal = words.LEGAL_FORM.search(row.folded)
        for chain, name in chains().items():
            if (formal or chain in _DISTINCT) and re.search(
                rf"(?<![a-z]){re.escape(chain)}(?![a-z])", _letters(row.text)
            ):
                found.append(Name(name, [row], 5.2 if formal else 2.6))
    return found


def _chain(text: str) -> str:
    squeezed = text.replace(" ", "")
    for chain, name in chains().items():
        if squeezed == chain.replace(" ", ""):
            return name
        # Names of two or three letters are also states, units and words: they must begin a short line.
        is_short = len(chain) <= 3
        if is_short and not (text.startswith(f"{chain} ") and len(text.split()) <= 3):
            continue
        if re.search(rf"(?<![a-z0-9]){re.escape(chain)}(?![a-z0-9])", text):
            return name
    if 4 <= len(squeezed) <= 24:
        best = process.extractOne(
            squeezed, list(chains()), scorer=fuzz.ratio, score_cutoff=84 if len(squeezed) > 5 else 88
        )
        return chains()[best[0]] if best else ""
    return ""
