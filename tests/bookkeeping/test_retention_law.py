"""How long the law wants receipts kept, and on which day their time is over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.retention_law import LAWS, UNKNOWN, CountedFrom, Period, law_of

CALENDAR, FISCAL, AFTER = CountedFrom.CALENDAR_YEAR, CountedFrom.FISCAL_YEAR, CountedFrom.YEAR_OF_FISCAL_END


def test_what_the_laws_ask_for():
    years = {country: law.years for country, law in LAWS.items()}
    assert years == {"DE": 8, "DK": 5, "SE": 7, "FR": 10, "NL": 7, "ES": 6, "GB": 6}
    assert law_of("XX") is UNKNOWN and UNKNOWN.years == 10
    assert all(law.source for law in LAWS.values())


@pytest.mark.parametrize(
    ("period", "day", "due"),
    [
        (Period(8, CALENDAR), date(2026, 1, 1), date(2035, 1, 1)),
        (Period(8, CALENDAR), date(2026, 12, 31), date(2035, 1, 1)),
        # The German year is the calendar's, whatever the company's own is.
        (Period(8, CALENDAR, 7), date(2026, 8, 1), date(2035, 1, 1)),
        (Period(5, FISCAL), date(2026, 5, 4), date(2032, 1, 1)),
        (Period(5, FISCAL, 7), date(2026, 6, 30), date(2031, 7, 1)),
        (Period(5, FISCAL, 7), date(2026, 7, 1), date(2032, 7, 1)),
        (Period(6, FISCAL, 4), date(2026, 3, 31), date(2032, 4, 1)),
        # A Swedish fiscal year from July 2026 ends in 2027, and seven whole years follow that year.
        (Period(7, AFTER, 7), date(2026, 7, 1), date(2035, 1, 1)),
        (Period(7, AFTER, 7), date(2026, 6, 30), date(2034, 1, 1)),
        (Period(7, AFTER), date(2026, 6, 30), date(2034, 1, 1)),
        (Period(5, FISCAL, 3), date(2024, 2, 29), date(2029, 3, 1)),
        (Period(5, FISCAL, 3), date(2023, 2, 28), date(2028, 3, 1)),
    ],
)
def test_when_it_is_over(period, day, due):
    assert period.due_on(day) == due


periods = st.builds(Period, st.integers(1, 30), st.sampled_from(list(CountedFrom)), st.integers(1, 12))
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@given(periods, days)
def test_nothing_goes_before_its_whole_time(period, day):
    due = period.due_on(day)
    assert due.year - day.year >= period.years
    assert period.counts_from(day) >= day
    assert due - timedelta(days=period.years * 365) > day


@given(periods, days, days)
def test_older_receipts_never_stay_longer(period, one, other):
    first, second = sorted((one, other))
    assert period.due_on(first) <= period.due_on(second)


@given(periods, days)
def test_the_last_day_that_is_due_is_the_last(period, today):
    last = period.last_due(today)
    assert period.due_on(last) <= today
    assert period.due_on(last + timedelta(days=1)) > today
