"""The date and time of a purchase, among all the dates that a receipt may show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any

from receipts.reading import words
from receipts.reading.rows import Row

_MONTHS = {
    1: "january januar janvier enero gennaio janeiro januari januar jan ene gen leden stycznia tammikuu ocak",
    2: "february februar fevrier febrero febbraio fevereiro februari feb fev fevr unora lutego helmikuu subat",
    3: "march marz maerz mars marzo marco maart marts mar mrt mrz brezna marca maaliskuu mart",
    4: "april avril abril aprile apr avr abr dubna kwietnia huhtikuu nisan",
    5: "may mai mayo maggio maio mei maj mag kvetna maja toukokuu mayis",
    6: "june juni juin junio giugno junho jun giu cervna czerwca kesakuu haziran",
    7: "july juli juillet julio luglio julho jul juil lug cervence lipca heinakuu temmuz",
    8: "august aout agosto augustus augusti aug ago srpna sierpnia elokuu agustos",
    9: "september septembre septiembre settembre setembro sep sept set zari wrzesnia syyskuu eylul",
    10: "october oktober octobre octubre ottobre outubro oct okt ott out rijna pazdziernika lokakuu ekim",
    11: "november novembre noviembre novembro nov listopadu listopada marraskuu kasim",
    12: "december dezember decembre diciembre dicembre dezembro dec dez dic des prosince grudnia joulukuu aralik",
}
MONTHS = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))

_ISO = re.compile(r"(?<!\d)(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})(?=\d\d:\d\d|\D|$)")
_NUMBERS = re.compile(
    r"(?<![\d.,])(\d{1,2})\s?([./\-'’])\s?(\d{1,2})\s?[./\-'’]\s?((?:20\d\d)|\d\d)(?=\d{1,2}:\d\d|[^\d.,:]|[.,](?!\d)|$)"
)
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\.?[\s\-/.]*(?:de |of )?({_NAMES})\.?[\s\-/.,']*(?:de )?(20\d\d|\d\d)(?=\d\d?:\d\d|\D|$)"
)
_NAME_DAY = re.compile(
    rf"(?<![a-z])({_NAMES})\.?[\s\-/]*(\d{{1,2}})(?:st|nd|rd|th)?[\s\-/.,']+(20\d\d|\d\d)(?=[^\d:]|$)"
)
_NAME_DAY_TIME = re.compile(rf"(?<![a-z])({_NAMES})\.?\s?(\d{{1,2}}),?\s\d\d?:\d\d(?::\d\d)?\s?(?:[ap]m)?\s?(20\d\d)")
_NAME_GLUED = re.compile(rf"(?<![a-z])({_NAMES})(\d\d)(\d\d)(?!\d)")
_COMPACT = re.compile(r"(?:dat(?:um|e|o)|fecha|data)\D{0,4}(20\d\d)(\d\d)(\d\d)(?!\d)")
_TIME = re.compile(
    r"(?<![\d:.,])([01]?\d|2[0-3])\s?[:.hH]\s?([0-5]\d)(?:\s?[:.]\s?([0-5]\d))?\s?([ap]\.?\s?m\b)?(?![\d.,%:]|\s?(?:kg|eur|€))"
)
_GLUED_TIME = re.compile(r"(?:20\d\d|[./-]\d\d)([01]\d|2[0-3]):([0-5]\d)")
# Badly printed dates, believed only where no good one stands: any mark or gap between the numbers, or none before the year.
_LOOSE = re.compile(
    r"(?<![\d.,])([0-3]?\d)(?:[ ./\-:,'’|]{1,2})([01]?\d)(?:[ ./\-:,'’|]{1,2})(20\d\d|\d\d)(?![\d.:,]\d|\d)"
    r"|(?<!\d)([0-3]\d)[./-]?([01]\d)[./-]?(20\d\d)(?!\d)"
)
_LOOSE_ISO = re.compile(r"(?<!\d)(20\d\d)[ ./\-:,]?([01]\d)[ ./\-:,]?([0-3]\d)(?!\d)")
_LOOSE_MONTH = re.compile(r"(?<!\d)([0-3]?\d)[\s\-/.]{0,2}([a-z0-9]{3})[\s\-/.,']{0,2}(20\d\d)(?!\d)")
_DIGITS = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "s": "5", "b": "8", "z": "2"})
_LETTERS = str.maketrans({"0": "o", "1": "l", "5": "s", "8": "b", "4": "a"})
# From one day to another: what was supplied, not when it was billed.
_PERIOD = re.compile(r"\d\s?(?:-|–|bis|to|til|au|al|t/m|tot)\s?\d{1,2}[./]\d{1,2}[./]\d{2}")
OLDEST = date(2000, 1, 1)


@dataclass
class Day:
    """A date read in a row, with the other way to read it when day and month could change places."""

    value: date
    row: Row
    score: float
    other: date | None = None
    reasons: list[str] = field(default_factory=list)


def _make(year: int, month: int, day: int, newest: date) -> date | None:
    year += 2000 if year < 100 else 0
    try:
        value = date(year, month, day)
    except ValueError:
        return None
    return value if OLDEST <= value <= newest else None


def find(text: str, *, month_first: bool, newest: date, year_first: bool = False) -> Iterator[tuple[date, date | None]]:
    """Yield each date of a folded text, with the other reading of an ambiguous one.

    `year_first` reads 26-04-23 as Swedes write it: the 23rd of April 2026.
    """
    for match in _ISO.finditer(text):
        if value := _make(int(match[1]), int(match[2]), int(match[3]), newest):
            yield value, None
    for match in _COMPACT.finditer(text):
        if value := _make(int(match[1]), int(match[2]), int(match[3]), newest):
            yield value, None
    for pattern, day, month in ((_DAY_NAME, 1, 2), (_NAME_DAY, 2, 1), (_NAME_GLUED, 2, 1), (_NAME_DAY_TIME, 2, 1)):
        for match in pattern.finditer(text):
            if value := _make(int(match[3]), MONTHS[match[month]], int(match[day]), newest):
                yield value, None
    for match in _NUMBERS.finditer(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        by_year = _make(first, second, year, newest) if year_first and match[2] == "-" and len(match[4]) == 2 else None
        if by_year:
            yield by_year, None
            continue
        by_day, by_month = _make(year, second, first, newest), _make(year, first, second, newest)
        us = month_first and match[2] != "."
        value, other = (by_month, by_day) if us else (by_day, by_month)
        if value is None:
            value, other = other, None
        if value is None and len(match[4]) == 2:
            value = _make(first, second, year, newest)  # 20-04-23 is year first where nothing else fits.
        if value:
            yield value, other if other != value else None


def find_loosely(text: str, *, month_first: bool, newest: date) -> Iterator[tuple[date, date | None]]:
    """Yield dates of a folded text of which letters or marks were misread: "O5/06/2018", "25,06.2018", "25-0ct-2018"."""
    mended = re.sub(
        r"(?<![a-z])[\dolisbz|]{1,4}(?=[ ./\-:,'’][\dolisbz|])|(?<=[./\-:,'’\d])[\dolisbz|]{1,4}(?![a-z])",
        lambda match: match[0].translate(_DIGITS),
        text,
    )
    for match in _LOOSE_ISO.finditer(mended):
        if value := _make(int(match[1]), int(match[2]), int(match[3]), newest):
            yield value, None
    for match in _LOOSE.finditer(mended):
        first, second, year = (
            int(group) for group in (match[1] or match[4], match[2] or match[5], match[3] or match[6])
        )
        by_day, by_month = _make(year, second, first, newest), _make(year, first, second, newest)
        value, other = (by_month, by_day) if month_first else (by_day, by_month)
        if value or other:
            yield value or other, other if value and other != value else None  # type: ignore[misc]
    for match in _LOOSE_MONTH.finditer(text):
        name = match[2].translate(_LETTERS)
        near = {month for known, month in MONTHS.items() if len(known) == 3 and sum(map(str.__ne__, known, name)) <= 1}
        if len(near) == 1 and (value := _make(int(match[3]), near.pop(), int(match[1]), newest)):
            yield value, None


def looks_month_first(rows: list[Row], currency: str, country: str, newest: date) -> bool:
    """Say whether 9/1/2016 is the first of September here: other dates decide, then the currency and the country."""
    for row in rows:
        for match in _NUMBERS.finditer(row.folded):
            first, second = int(match[1]), int(match[3])
            if match[2] != "." and first <= 12 < second <= 31:
                return True
            if second <= 12 < first <= 31:
                return False
    if currency:
        return currency == "USD"
    return country == "US"


def days(rows: list[Row], *, month_first: bool, newest: date, year_first: bool = False) -> list[Day]:
    """Return the dates that could be the purchase's, best first. Badly printed ones count only where no good one stands."""
    well = _scored(rows, find, 0.0, month_first=month_first, newest=newest, year_first=year_first)
    return well or _scored(rows, find_loosely, -1.0, month_first=month_first, newest=newest)


# What the law lets a receipt say, and when: Malaysia had a GST from April 2015 and its registration numbers on receipts
# until it ended in 2018; German tills sign since 2020.
_ERAS: tuple[tuple[str, re.Pattern[str], date, date], ...] = (
    ("MYR", re.compile(r"(?<![a-z])gst(?![a-z])"), date(2015, 4, 1), date(2018, 12, 31)),
    ("EUR", re.compile(r"(?<![a-z])tse(?![a-z])|kassensichv"), date(2020, 1, 1), date.max),
)
# Digits that thermal print and recognition take for one another, likeliest first.
_ALIKE = {"3": "85", "8": "36", "5": "68", "6": "58", "1": "7", "7": "1", "0": "86", "9": "8", "2": "7", "4": "1"}


def within_its_era(days: list[Day], rows: list[Row], currency: str) -> list[Day]:
    """Mend the year of the best date when the receipt shows a tax that did not exist then, and one digit explains it."""
    if not days:
        return days
    for code, sign, first, last in _ERAS:
        if code != currency or first <= days[0].value <= last or not any(sign.search(row.folded) for row in rows):
            continue
        year = str(days[0].value.year)
        for place, other in ((3, like) for like in _ALIKE[year[3]]):
            mended = _make(int(year[:place] + other), days[0].value.month, days[0].value.day, last)
            if mended and mended >= first:
                return [replace(days[0], value=mended, other=days[0].value, reasons=["era"]), *days[1:]]
    return days


def _scored(
    rows: list[Row], finder: Callable[..., Iterator[tuple[date, date | None]]], start: float, **how: Any
) -> list[Day]:
    newest = how["newest"]
    found: list[Day] = []
    for row in rows:
        text = row.folded
        for value, other in finder(text, **how):
            score = start
            if words.DATE_OF_INVOICE.search(text):
                score += 5
            elif words.DATE.search(text):
                score += 2.5
            if time_in(row.text):
                score += 2
            if words.DATE_OTHER.search(text):
                score -= 4
            if _PERIOD.search(text):
                score -= 3
            if value > newest - timedelta(days=1):
                score -= 0.5
            found.append(Day(value, row, score, other))
    seen = Counter(day.value for day in found)
    for place, day in enumerate(found):
        day.score += 1.5 * min(seen[day.value] - 1, 2) - 0.05 * place
    return sorted(found, key=lambda day: -day.score)


def time_in(text: str) -> time | None:
    """Return the time of day that a text shows."""
    text = text.casefold()
    glued = _GLUED_TIME.search(text)
    if glued:
        return time(int(glued[1]), int(glued[2]))
    for match in _TIME.finditer(re.sub(r"\d{1,2}[./-]\d{1,2}[./-](?:20)?\d\d|20\d\d-\d\d-\d\d", " ", text)):
        hour, minute, half = int(match[1]), int(match[2]), match[4] or ""
        colon = ":" in match[0] or half or "uhr" in text
        if half.startswith("p") and hour < 12:
            hour += 12
        elif half.startswith("a") and hour == 12:
            hour = 0
        if colon and hour < 24:
            return time(hour, minute)
    return None


def time_near(rows: list[Row], day: Day | None) -> tuple[time, Row] | None:
    """Return the time on the date's row, else on a row beside it, else the first of the page."""
    order = rows
    if day:
        place = rows.index(day.row)
        order = [day.row, *rows[place + 1 : place + 3], *rows[max(place - 2, 0) : place], *rows]
    for row in order:
        if words.DATE_OTHER.search(row.folded) or re.search(r"mo\.?\s?-|mon\s?-|offn|open", row.folded):
            continue
        if value := time_in(row.text):
            return value, row
    return None
