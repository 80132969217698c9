"""Amounts as receipts print them, in minor units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from receipts.reading.engine import Box
from receipts.reading.rows import Row
from receipts.reading.words import TOTAL_FINAL, TOTAL_PLAIN

_TOTAL = re.compile(f"{TOTAL_FINAL.pattern}|{TOTAL_PLAIN.pattern}")

# 12,34  1.234,56  1,234.56  1 234,56  12 ,34  -1,00  1,00-; never part of a date, a time, a rate or a weight.
_AMOUNT = re.compile(
    r"""(?<![\d.,:/#xX-])(?<![\d*][*])(?P<minus>[-−–]\s?)?
        (?P<whole>\d{1,3}(?:(?P<mark>[.,'’ ])\d{3})(?:(?P=mark)\d{3})*|\d{1,7})
        (?:\s?(?P<point>[.,])\s?|\s(?=\d{2}(?:\s?(?:€|eur|kr|\$|dm|$))))(?P<cents>\d{2})
        (?![\d%]|[.,:/-]\d|\s?%|\s?(?:kg|g|l|ml|cl|cm|mm|km|h)\b|\s?(?:€|eur)?/(?:kg|l|st|kwh))
        (?P<after>\s?[-−](?![\w-])|\s?cr\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
# Amounts without minor units are believed only beside a sign of money: 450 kr, kr 450, 450,-, ¥1200, 1 234 Ft.
_WHOLE = re.compile(
    r"""(?:(?:kr\.?|dkk|sek|nok|isk|huf|¥|jpy|chf|€|eur|£|gbp|₹|inr|rs\.?)\s?(?P<led>\d{1,3}(?:[ .]\d{3})+|\d{1,6})(?![\d.,:/%]|\s?%))
       |(?:(?<![\d.,:/#*-])(?P<tail>\d{1,3}(?:[ .]\d{3})+|\d{1,6})\s?(?:,-|[.:]-|,—|kr\b|sek\b|dkk\b|nok\b|ft\b|huf\b|isk\b|円))""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount where it stands. `value` is in minor units, negative where the print says so; `glued` ones are doubtful."""

    value: int
    row: Row
    box: Box
    start: int
    whole: bool = False
    glued: bool = False


def parse(text: str) -> Iterator[tuple[int, int]]:
    """Yield (minor units, place in the text) of each amount with two decimals."""
    for match in _AMOUNT.finditer(text):
        point, mark = match["point"], match["mark"]
        if mark and mark == point:
            continue
        digits = re.sub(r"\D", "", match["whole"])
        value = int(digits) * 100 + int(match["cents"])
        yield (-value if match["minus"] or match["after"] else value), match.start()


def parse_whole(text: str) -> Iterator[tuple[int, int]]:
    """Yield (minor units, place) of amounts printed without minor units beside a sign of money."""
    for match in _WHOLE.finditer(text):
        digits = re.sub(r"\D", "", match["led"] or match["tail"])
        yield int(digits) * 100, match.start()


# "49,801" is 49,80 and a tax code 1 that stand close together.
_GLUED = re.compile(r"^(?P<whole>\d{1,4}),(?P<cents>\d{2})[0-9A-Z]\s?$")


# A badly printed point: "22-60", "20 00", "19:90". Believed only at the end of a row that is called a total.
_BROKEN = re.compile(r"(?<![\d.,:/-])(\d{1,5})\s?[-:_ *'•·]\s?(\d{2})\D{0,4}$")


def amounts_of(rows: list[Row]) -> list[Amount]:
    """Return all amounts of rows in reading order."""
    found: list[Amount] = []
    for row in rows:
        known = len(found)
        for box in row.boxes:
            seen = False
            for value, start in parse(box.text):
                found.append(Amount(value, row, box, start))
                seen = True
            if seen:
                continue
            for value, start in parse_whole(box.text):
                found.append(Amount(value, row, box, start, whole=True))
                seen = True
            glued = None if seen else _GLUED.match(box.text)
            if glued:
                found.append(Amount(int(glued["whole"]) * 100 + int(glued["cents"]), row, box, 0, glued=True))
        broken = _BROKEN.search(row.boxes[-1].text) if len(found) == known and _TOTAL.search(row.folded) else None
        if broken:
            found.append(Amount(int(broken[1]) * 100 + int(broken[2]), row, row.boxes[-1], broken.start(), glued=True))
    return found
