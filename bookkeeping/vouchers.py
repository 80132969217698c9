"""Numbers of vouchers: without gaps, in one range or in one for each fiscal year.

The items of a batch are in the order of their days, so each fiscal year is one run of them; where two batches are made at
once, a year has several. Numbers are taken from the year's counter in the transaction that makes their entries.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Company
from accounts.numbering import next_number, peek_number
from bookkeeping.models import BookSettings, Export
from bookkeeping.months import booking_day

# Range of a counter, how many numbers, the first there may be -> the first of them.
Take = Callable[[str, int, int], int]


@dataclass(frozen=True, slots=True)
class Run:
    """From this position on vouchers are numbered from `first`, in a series (empty: in none)."""

    position: int
    first: int
    series: str = ""


def rules_of(settings: BookSettings) -> dict[str, Any]:
    """Return how a company numbers its vouchers, to be kept with an export."""
    return {
        "series": settings.voucher_series,
        "start": settings.voucher_start,
        "yearly": settings.voucher_yearly,
        "fiscal_month": settings.fiscal_year_start_month,
    }


def fiscal_year(day: date, month: int) -> str:
    """Return the name of a fiscal year: 2026, or 2026/27 as 2026 by the year in which it begins."""
    return str(day.year if day.month >= month else day.year - 1)


def numbered(days: Sequence[date], rules: dict[str, Any], take: Take) -> list[Run]:
    """Return the runs of a batch whose items are booked on these days, in order. Each takes its numbers by `take`."""
    prefix, start = str(rules.get("series", "")), int(rules.get("start", 1))
    if not rules.get("yearly"):
        return [Run(0, take(f"voucher {prefix}".rstrip(), len(days), start), prefix)]
    runs, position = [], 0
    years = [fiscal_year(day, int(rules["fiscal_month"])) for day in days]
    while position < len(years):
        series = f"{prefix}{years[position]}"
        count = next((n for n, year in enumerate(years[position:]) if year != years[position]), len(years) - position)
        runs.append(Run(position, take(f"voucher {series}", count, start), series))
        position += count
    return runs


def take_numbers(export: Export, start: int, days: Iterable[date]) -> list[Run]:
    """Take the numbers of the vouchers of some items of an export, whose positions begin at `start`, for facts of these days;
    return all its runs so far. They are given back when the transaction rolls back.

    Nothing is taken for items that are not written in the same transaction: a batch that is given up half-way leaves no gap.
    """

    def take(range: str, count: int, start: int) -> int:
        return next_number(company=export.company, range=range, count=count, start=start)

    runs = runs_of(export) if start else []
    for run in numbered(booked_on(export, days), export.options.get("vouchers", {}), take):
        position = start + run.position
        if not runs or voucher_at(runs, position) != (run.series, run.first):
            runs.append(Run(position, run.first, run.series))
    return runs


def look_ahead(export: Export, days: Iterable[date]) -> list[Run]:
    """Return the runs that an export would get now. Takes nothing."""

    def take(range: str, count: int, start: int) -> int:
        return peek_number(company=export.company, range=range, start=start)

    return numbered(booked_on(export, days), export.options.get("vouchers", {}), take)


def booked_on(export: Export, days: Iterable[date]) -> list[date]:
    """Return the days that vouchers are dated for facts of these days."""
    kept = export.options.get("open_from")
    opens = date.fromisoformat(kept) if kept else None
    return [booking_day(day, opens) for day in days]


def runs_of(export: Export) -> list[Run]:
    """Return the runs of an export whose numbers were taken."""
    kept = export.options.get("runs")
    return [Run(*one) for one in kept] if kept else [Run(0, export.first_voucher or 1)]


def voucher_at(runs: Sequence[Run], position: int) -> tuple[str, int]:
    """Return series and number of the voucher of the item at a position."""
    run = runs[bisect_right([one.position for one in runs], position) - 1]
    return run.series, run.first + position - run.position


def span_of(export: Export) -> str:
    """Return the vouchers of an export as people say them: 17 to 29, or 2025-90 to 2026-4."""
    runs = runs_of(export)
    ends = [voucher_at(runs, 0), voucher_at(runs, export.item_count - 1)]
    return " – ".join(dict.fromkeys(f"{series}-{number}" if series else str(number) for series, number in ends))


def next_voucher(company: Company, settings: BookSettings, day: date) -> str:
    """Return the number that the next voucher of a day would get, as people say it."""
    export = Export(company=company, options={"vouchers": rules_of(settings)})
    series, number = voucher_at(look_ahead(export, [day]), 0)
    return f"{series}-{number}" if series else str(number)
