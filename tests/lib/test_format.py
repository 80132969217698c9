"""Amounts and dates as people of each region write and type them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from pleo.lib import format
from pleo.lib.money import MAX_AMOUNT, Money

NB = format.NBSP


@pytest.mark.parametrize(
    ("region", "value", "written"),
    [
        ("DK", Money(124900, "DKK"), f"1.249,00{NB}kr."),
        ("DE", Money(124900, "EUR"), f"1.249,00{NB}€"),
        ("GB", Money(124900, "GBP"), "£1,249.00"),
        ("DK", Money(8900, "EUR"), f"89,00{NB}EUR"),
        ("GB", Money(8900, "EUR"), f"EUR{NB}89.00"),
        ("DK", Money(-8900, "DKK"), f"−89,00{NB}kr."),
        ("GB", Money(-8900, "GBP"), "−£89.00"),
        ("DK", Money(1249, "JPY"), f"1.249{NB}JPY"),
        ("DK", Money(1249500, "KWD"), f"1.249,500{NB}KWD"),
        ("CH", Money(123456700, "CHF"), f"CHF{NB}1’234’567.00"),
        ("DK", Money(10**17, "DKK"), f"1.000.000.000.000.000,00{NB}kr."),
        ("ZZ", Money(124900, "GBP"), f"GBP{NB}1,249.00"),
    ],
)
def test_an_amount_is_written_as_the_region_does(region, value, written):
    assert format.amount(value, region=region) == written


def test_a_refund_carries_a_plus_and_nothing_carries_none():
    assert format.amount(Money(100, "GBP"), region="GB", sign="+") == "+£1.00"
    assert format.amount(Money(0, "GBP"), region="GB", sign="+") == "£0.00"


def test_a_column_of_one_currency_leaves_the_unit_out():
    assert format.amount(Money(124900, "DKK"), region="DK", unit=False) == "1.249,00"


def test_the_region_of_a_block_is_given_back():
    with format.region("DK"):
        assert format.amount(Money(100, "EUR")) == f"1,00{NB}EUR"
    assert format.amount(Money(100, "EUR")) == f"EUR{NB}1.00"


@pytest.mark.parametrize(
    ("text", "region", "minor"),
    [
        ("1200", "DK", 120000),
        ("1.200,00", "DK", 120000),
        ("1.200,00", "GB", 120000),
        ("1,200.00", "DK", 120000),
        ("1 200", "DK", 120000),
        (f"1{NB}200,5", "DK", 120050),
        ("1'200.50", "CH", 120050),
        ("1.200", "DK", 120000),
        ("1,200", "GB", 120000),
        ("12,5", "GB", 1250),
        ("0.500", "GB", 50),
        (",5", "DK", 50),
        ("1.234.567", "GB", 123456700),
        ("1.234.567,89", "DK", 123456789),
        ("200 kr.", "DK", 20000),
        ("DKK 200", "GB", 20000),
        ("−12", "DK", -1200),
        ("-0,01", "DK", -1),
    ],
)
def test_an_amount_is_read_as_people_type_it(text, region, minor):
    assert format.parse_amount(text, "DKK", region=region) == Money(minor, "DKK")


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1.2.3", "1,2345.00", "12.34.567", "1e5", "٣", "5 euro", "1,234,56.7", ".", "--5", "0x1", "1.2345,00",
     "12,345", "NaN", "1" * 59 + "x", "<b>1</b>", "1,005"],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused_with_an_example(text):
    with pytest.raises(format.AmountUnreadable) as caught:
        format.parse_amount(text, "DKK", region="DK")
    assert caught.value.message() == "Write it as 1.200,00 or 1200."


def test_three_digits_after_the_decimal_point_are_not_guessed_at():
    with pytest.raises(format.AmountUnreadable):
        format.parse_amount("1.200", "GBP", region="GB")
    assert format.parse_amount("1.200", "KWD", region="GB") == Money(1200, "KWD")


def test_a_currency_without_decimals_takes_none():
    assert format.parse_amount("1.200", "JPY", region="DK") == Money(1200, "JPY")
    with pytest.raises(format.AmountUnreadable) as caught:
        format.parse_amount("12,5", "JPY", region="DK")
    assert caught.value.message() == "Write it as 1.200 or 1200."


def test_an_amount_beyond_the_bound_is_refused():
    format.parse_amount(str(MAX_AMOUNT // 100), "DKK", region="DK")
    with pytest.raises(format.AmountTooLarge):
        format.parse_amount(str(MAX_AMOUNT), "DKK", region="DK")


@pytest.mark.parametrize("region", ["DK", "DE", "GB", "SE", "CH", "FR", "US", "NO", "PL", "JP", "IN"])
@pytest.mark.parametrize("currency", ["DKK", "EUR", "GBP", "JPY", "KWD"])
def test_what_is_written_reads_back(region, currency):
    for minor in (0, 1, 10, 999, 1000, 123456, 100000000, 987654321012):
        written = format.amount(Money(minor, currency), region=region)
        assert format.parse_amount(written, currency, region=region) == Money(minor, currency), written


def test_percentages_keep_their_gap():
    assert format.percent(25, region="DK") == f"25{NB}%"
    assert format.percent(25, region="GB") == "25%"
    assert format.percent(-3, region="GB") == "−3%"


NOON = datetime(2026, 11, 20, 11, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("region", "language", "written"),
    [
        ("DK", "en", ["20 Nov", "Fri 20 Nov", "20 Nov 2026", "Friday 20 November", "12:06", "November 2026"]),
        (
            "DK",
            "da",
            ["20. nov.", "fre. 20. nov.", "20. nov. 2026", "fredag den 20. november", "12:06", "november 2026"],
        ),
        ("DE", "de", ["20. Nov.", "Fr. 20. Nov.", "20. Nov. 2026", "Freitag 20. November", "12:06", "November 2026"]),
        ("US", "en", ["Nov 20", "Fri Nov 20", "Nov 20, 2026", "Friday November 20", "12:06 PM", "November 2026"]),
        (
            "DE",
            "da",
            ["20. nov.", "fre. 20. nov.", "20. nov. 2026", "fredag den 20. november", "12:06", "november 2026"],
        ),
    ],
)
def test_dates_follow_language_and_region(region, language, written):
    now = date(2026, 12, 31)
    with format.region(region), translation.override(language), timezone.override(ZoneInfo("Europe/Copenhagen")):
        assert [
            format.day(NOON, today=now),
            format.day(NOON, weekday=True, today=now),
            format.day(NOON, today=date(2027, 1, 1)),
            format.long_day(NOON),
            format.clock(NOON).replace("\u202f", " "),
            format.month(NOON),
        ] == written


def test_moments_are_told_from_near_to_far():
    with timezone.override(ZoneInfo("Europe/Copenhagen")):
        assert format.moment(NOON, now=NOON + timedelta(seconds=30)) == "just now"
        assert format.moment(NOON, now=NOON + timedelta(hours=3)) == "today, 12:06"
        assert format.moment(NOON, now=NOON + timedelta(hours=12)) == "yesterday, 12:06"
        assert format.moment(NOON + timedelta(minutes=5), now=NOON) == "today, 12:11"
    assert format.near_day(date(2026, 11, 20), today=date(2026, 11, 20)) == "Today"
    assert format.near_day(date(2026, 11, 19), today=date(2026, 11, 20)) == "Yesterday"
    assert format.near_day(date(2026, 11, 18), today=date(2026, 11, 20)) == "Wednesday 18 November"


def test_the_day_is_the_company_s_day():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Europe/Copenhagen")):
        assert format.day(late, today=date(2026, 12, 31)) == "21 Nov"
