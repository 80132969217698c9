"""Amounts, dates and percentages as people of a region write them, and amounts read back from what people type.

Region (two-letter country) decides separators, the currency's sign and its place, and the clock; language decides words. Both
are separate settings of a person. The active region is set per request, as Django does for language and time zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import NumberPattern, format_decimal, get_currency_symbol, get_territory_currencies, parse_pattern
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext

from pleo.lib.errors import DomainError
from pleo.lib.money import MAX_AMOUNT, Money, exponent

MINUS = "\N{MINUS SIGN}"
NBSP = "\N{NO-BREAK SPACE}"
DEFAULT_REGION = "GB"

active_region: ContextVar[str] = ContextVar("active_region", default=DEFAULT_REGION)


@contextmanager
def region(code: str) -> Iterator[None]:
    """Write amounts and dates as in a country for the length of a block: a mail, a statement, a task."""
    token = active_region.set(code or DEFAULT_REGION)
    try:
        yield
    finally:
        active_region.reset(token)


@cache
def number_locale(code: str) -> Locale:
    """Return the locale whose numbers a country writes; a code that nobody knows writes as Britain does."""
    try:
        return Locale.parse(f"und_{code}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


@cache
def date_locale(code: str, language: str) -> Locale:
    """Return the locale for words in `language` ordered as in country `code`; the plain language where CLDR has no such pair."""
    short = language.split("-")[0]
    if short == "en":  # CLDR's other English regions lack the long forms.
        return Locale.parse("en_US" if code == "US" else "en_GB")
    try:
        return Locale.parse(f"{short}_{code}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(short)


@cache
def home_currency(code: str) -> str:
    """Return the currency that people of a country mean when they write a sign and no code; empty when unknown."""
    found = get_territory_currencies(code)
    return found[-1] if found else ""


@dataclass(frozen=True, slots=True)
class AmountParts:
    """A written amount in pieces, so that a page can set the minor units lighter. `minor` begins with its separator."""

    sign: str
    before: str
    major: str
    minor: str
    after: str

    def __str__(self) -> str:
        return f"{self.sign}{self.before}{self.major}{self.minor}{self.after}"


def amount_parts(value: Money, *, region: str = "", unit: bool = True, sign: str = "") -> AmountParts:
    """Write an amount: the region's own currency with its sign and place, any other with its ISO code, always all decimals.

    `sign` stands before a positive amount ("+" for refunds); a negative one carries U+2212. Spaces inside do not break.
    """
    code = region or active_region.get()
    locale = number_locale(code)
    digits = exponent(value.currency)
    written = format_decimal(abs(value).decimal, format=_pattern(digits), locale=locale)
    point = written.rfind(locale.number_symbols["latn"]["decimal"]) if digits else -1
    major, minor = (written[:point], written[point:]) if point >= 0 else (written, "")
    before, after = _unit(value.currency, code, locale) if unit else ("", "")
    mark = MINUS if value.amount < 0 else sign if value.amount > 0 else ""
    return AmountParts(mark, before, major, minor, after)


@cache
def _pattern(digits: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * digits if digits else ""))


@lru_cache(maxsize=1024)
def _unit(currency: str, code: str, locale: Locale) -> tuple[str, str]:
    """Return what stands before and after the number, with its no-break space."""
    pattern = locale.currency_formats["standard"].pattern
    leads = pattern.index("¤") < pattern.index("0")
    if currency != home_currency(code):
        return (f"{currency}{NBSP}", "") if leads else ("", f"{NBSP}{currency}")
    symbol = get_currency_symbol(currency, locale=locale)
    glued = leads and not re.search(r"¤\s", pattern) and not symbol[-1].isalpha()
    return (symbol if glued else f"{symbol}{NBSP}", "") if leads else ("", f"{NBSP}{symbol}")


def amount(value: Money, *, region: str = "", unit: bool = True, sign: str = "") -> str:
    """Write an amount as one text. See `amount_parts`."""
    return str(amount_parts(value, region=region, unit=unit, sign=sign))


def percent(share: Decimal | int, *, region: str = "", decimals: int = 0) -> str:
    """Write a percentage (25 means 25 %): `25 %` with a no-break space, `25%` where that is the custom."""
    locale = number_locale(region or active_region.get())
    rounded = Decimal(share).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    number = format_decimal(rounded, format="#,##0" + ("." + "#" * decimals if decimals else ""), locale=locale)
    gap = "" if locale.percent_formats[None].pattern.endswith("0%") else NBSP
    return f"{number.replace('-', MINUS)}{gap}%"


def plain(number: Decimal | int | str, *, region: str = "") -> str:
    """Write a number with the decimals it needs and no more, as 12.5 or 0.0134."""
    value = Decimal(number).normalize()
    places = max(0, -int(value.as_tuple().exponent))
    form = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, format=form, locale=number_locale(region or active_region.get())).replace("-", MINUS)


def count(number: int, *, region: str = "") -> str:
    """Write a whole number with the region's thousands."""
    return format_decimal(number, locale=number_locale(region or active_region.get())).replace("-", MINUS)


class AmountUnreadable(DomainError):
    """The text is not an amount, or has more decimals than its currency."""

    code = "amount_unreadable"
    field = "amount"

    def message(self) -> str:
        return gettext("Write it as %(long)s or %(short)s.") % self.params


class AmountTooLarge(DomainError):
    """The amount is beyond what a wallet can hold; nearly always a slip of the finger."""

    code = "amount_too_large"
    field = "amount"

    def message(self) -> str:
        return gettext("That is more than anyone can spend here. Check the number of digits.")


_SPACES = re.compile(r"[\s'’\u00a0\u2009\u202f]+")


def parse_amount(text: str, currency: str, *, region: str = "") -> Money:
    """Read what a person typed: `1200`, `1.200,00`, `1,200.00`, `1 200`; `1.200` is read as the region writes it.

    Raises AmountUnreadable with an example in the region's own form, AmountTooLarge beyond the bound of all amounts.
    """
    code = region or active_region.get()
    digits = exponent(currency)
    example = amount(Money.of(1200, currency), region=code, unit=False)
    wrong = AmountUnreadable(long=example, short="1200")
    bare = _SPACES.sub("", text)[:60].replace(MINUS, "-")
    for unit in {currency, get_currency_symbol(currency, locale=number_locale(code)), "kr.", "kr"}:
        bare = re.sub(rf"^(-?){re.escape(unit)}|{re.escape(unit)}$", r"\1", bare, flags=re.IGNORECASE)
    match = re.fullmatch(r"(-?)([0-9.,]*[0-9][0-9.,]*)", bare)
    if not match:
        raise wrong
    whole, fraction = _split(match[2], number_locale(code).number_symbols["latn"]["decimal"], digits, wrong)
    if fraction[digits:].strip("0"):
        raise wrong
    minor = int(whole or "0") * 10**digits + int((fraction[:digits] or "0").ljust(digits, "0") if digits else "0")
    if minor > MAX_AMOUNT:
        raise AmountTooLarge
    return Money(-minor if match[1] else minor, currency)


def _split(number: str, decimal: str, digits: int, wrong: AmountUnreadable) -> tuple[str, str]:
    """Split digits with `.` and `,` into whole and fraction. The last separator is the decimal one unless it must group.

    `1.200` where the point is decimal could be either; guessing about money is worse than asking, so it is refused.
    """
    marks = [mark for mark in number if mark in ".,"]
    if not marks:
        return number, ""
    last = marks[-1]
    head, _, tail = number.rpartition(last)
    thousand = len(set(marks)) == 1 and len(tail) == 3 and bool(head.strip("0"))
    if thousand and marks.count(last) == 1 and last == decimal and digits != 3:
        raise wrong
    groups = marks.count(last) > 1 or (thousand and last != decimal)
    if not groups:
        other = "," if last == "." else "."
        return _ungroup(head, other, wrong), tail
    if len(set(marks)) > 1:
        raise wrong
    return _ungroup(number, last, wrong), ""


def _ungroup(number: str, mark: str, wrong: AmountUnreadable) -> str:
    first, *rest = number.split(mark)
    if any(len(group) != 3 for group in rest) or (rest and not 1 <= len(first) <= 3) or not (first + "0").isdigit():
        raise wrong
    return first + "".join(rest)


def _language() -> str:
    return translation.get_language() or "en"


def _skeleton(skeleton: str, value: date) -> str:
    return _dated(skeleton, value, date_locale(active_region.get(), _language()))


@lru_cache(maxsize=4096)
def _dated(skeleton: str, value: date, locale: Locale) -> str:
    """Keep what was written: the rows of a list share a few days."""
    return format_skeleton(skeleton, value, locale=locale)


def _local(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def day(value: date | datetime, *, weekday: bool = False, today: date | None = None) -> str:
    """Write a date: `20 Nov` this year, `20 Nov 2025` else, `Fri 27 Nov` where a person plans."""
    when = _local(value)
    this_year = when.year == (today or timezone.localdate()).year
    written = _skeleton(("" if this_year else "y") + ("MMMEd" if weekday else "MMMd"), when)
    return written.replace(",", "", 1) if weekday else written


def month(value: date | datetime, *, short: bool = False) -> str:
    """Write a month with its year: `November 2026`, or `Nov 2026`."""
    return _skeleton("yMMM" if short else "yMMMM", _local(value))


def short_month(value: date) -> str:
    """Write a month without its year: `Nov`."""
    return _skeleton("MMM", value)


def shortened(value: Money) -> str:
    """Write an amount in whole units as short as an axis wants it: `900`, `120k`, `1.5M`."""
    units = value.amount // 10 ** exponent(value.currency)
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(units) >= size:
            written = format_decimal(Decimal(units) / size, format="#,##0.#", locale=number_locale(active_region.get()))
            return f"{written}{letter}"
    return count(units)


def long_day(value: date | datetime) -> str:
    """Write the day as a heading: `Friday 20 November`."""
    locale = date_locale(active_region.get(), _language())
    # CLDR has no long day without a year in every language, so the year is cut from the full date.
    pattern = re.sub(r"[\s,]*('[^']*'\s*)?y+[\s.]*$", "", locale.date_formats["full"].pattern).replace(",", "")
    return format_date(_local(value), pattern, locale=locale)


def full_day(value: date | datetime) -> str:
    """Write a date whole, as on a document: `18 November 2026`."""
    return _skeleton("yMMMMd", _local(value))


def clock(value: datetime) -> str:
    """Write the time of day: 24 hours, or 12 in regions that use them."""
    local = timezone.localtime(value)
    twelve = "a" in number_locale(active_region.get()).time_formats["short"].pattern
    return format_skeleton("hm", local, tzinfo=local.tzinfo, locale="en_US") if twelve else f"{local:%H:%M}"


def moment(value: datetime, *, now: datetime | None = None) -> str:
    """Write when something happened: `just now`, `today, 09:06`, `yesterday, 09:06`, `18 Nov, 09:06`."""
    present = now or timezone.now()
    if timedelta(0) <= present - value < timedelta(minutes=1):
        return gettext("just now")
    passed = (timezone.localtime(present).date() - timezone.localtime(value).date()).days
    if passed == 0:
        return gettext("today, %(time)s") % {"time": clock(value)}
    if passed == 1:
        return gettext("yesterday, %(time)s") % {"time": clock(value)}
    return gettext("%(day)s, %(time)s") % {"day": day(value), "time": clock(value)}


def near_day(value: date | datetime, *, today: date | None = None) -> str:
    """Write a day of the recent past as people say it: `Today`, `Yesterday`, else as a heading."""
    when, present = _local(value), today or timezone.localdate()
    if when == present:
        return gettext("Today")
    if when == present - timedelta(days=1):
        return gettext("Yesterday")
    return capfirst(long_day(when) if when.year == present.year else day(when, weekday=True, today=present))
