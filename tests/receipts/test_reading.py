"""What is understood from rows of text: tables of what tills print, and what must come of it."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.reading.amounts import parse, parse_whole
from receipts.reading.dates import find, time_in
from receipts.reading.engine import Box, Picture
from receipts.reading.extract import extract
from receipts.reading.rows import fold, rows_of

TODAY = date(2026, 11, 20)


def picture(*lines: str, tilt: float = 0.0) -> Picture:
    """Set lines on a page; two spaces set a box apart, `tilt` lowers everything by so much per pixel to the right."""
    boxes = []
    for number, line in enumerate(lines):
        x = 20.0
        for part in line.split("  "):
            if part.strip():
                width, y = 11.0 * len(part), 40.0 + 34 * number
                corners = [(x, y), (x + width, y), (x + width, y + 22), (x, y + 22)]
                boxes.append(Box(part.strip(), 0.99, tuple((a, b + a * tilt) for a, b in corners)))
            x += 11.0 * (len(part) + 2)
    return Picture(boxes, 600, 60 + 34 * len(lines))


def facts(*lines: str, country: str = "DK", tilt: float = 0.0):
    found = extract([picture(*lines, tilt=tilt)], country=country, today=TODAY)
    return {name: fact["value"] for name, fact in found.fields.items()}, found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12,34", [1234]),
        ("12.34", [1234]),
        ("1.234,56", [123456]),
        ("1,234.56", [123456]),
        ("1 234,56 kr", [123456]),
        ("1'234.50", [123450]),
        ("2.951.00", []),
        ("EUR 152,00", [15200]),
        ("$7.61", [761]),
        ("RM4.90", [490]),
        ("-6.00", [-600]),
        ("0.02-", [-2]),
        ("*85,00", [8500]),
        ("2 ,49 B", [249]),
        ("25,00 %", []),
        ("7,00%", []),
        ("0,580 kg", []),
        ("1,50 kg", []),
        ("0,33 l", []),
        ("18.11.26", []),
        ("09:48 02.03.2020", []),
        ("0.94*2.000", [94]),
        ("12,34 56,78", [1234, 5678]),
        ("8,99 EUR/kg", []),
    ],
)
def test_amounts(text, values):
    assert [value for value, _ in parse(text)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("450 kr", [45000]),
        ("kr. 1.250", [125000]),
        ("249,-", [24900]),
        ("799:-", [79900]),
        ("¥1200", [120000]),
        ("450", []),
        ("kr 12,50", []),
    ],
)
def test_amounts_without_minor_units_want_a_sign_of_money(text, values):
    assert [value for value, _ in parse_whole(text)] == values


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("18-11-2026", date(2026, 11, 18)),
        ("18.11.26 20:41", date(2026, 11, 18)),
        ("2026-11-18T10:41:47", date(2026, 11, 18)),
        ("18. november 2026", date(2026, 11, 18)),
        ("18 nov. 26", date(2026, 11, 18)),
        ("Nov 18, 2026", date(2026, 11, 18)),
        ("18NOV2026", date(2026, 11, 18)),
        ("sun jun 24 20:49:53 2018", date(2018, 6, 24)),
        ("feb2319 10:23am", date(2019, 2, 23)),
        ("21.04.2015:52", date(2020, 4, 21)),
        ("02.03.202009:48", date(2020, 3, 2)),
        ("24mar 18 09:12:41 pm", date(2018, 3, 24)),
        ("9 août 2023", date(2023, 8, 9)),
        ("12 marzo 2024", date(2024, 3, 12)),
        ("31.02.2024", None),
        ("18.11.2099", None),
        ("marmelade 2 25", None),
        ("tel 05251/56677", None),
    ],
)
def test_dates(text, day):
    found = [value for value, _ in find(fold(text), month_first=False, newest=TODAY)]
    assert (found[0] if found else None) == day


def test_a_date_with_two_readings_says_so():
    assert list(find("03/10/2018", month_first=False, newest=TODAY)) == [(date(2018, 10, 3), date(2018, 3, 10))]
    assert list(find("03/10/2018", month_first=True, newest=TODAY)) == [(date(2018, 3, 10), date(2018, 10, 3))]
    assert list(find("23/10/2018", month_first=True, newest=TODAY)) == [(date(2018, 10, 23), None)]


@pytest.mark.parametrize(
    ("text", "clock"),
    [("20:41", "20:41"), ("8:35:38 PM", "20:35"), ("12:05 am", "00:05"), ("18.11.26 20:41", "20:41"), ("21.04.2015:52", "15:52"),
     ("14.05 Uhr", "14:05"), ("12,50", None), ("25:10", None)],
)  # fmt: skip
def test_times(text, clock):
    found = time_in(text)
    assert (found.isoformat("minutes") if found else None) == clock


def test_a_danish_slip():
    values, found = facts(
        "FØTEX", "Guldsmedgade 3, 8000 Aarhus", "CVR 35954716", "Rugbrød  18,95", "Mælk  12,50", "I ALT  31,45",
        "Heraf moms 25%  6,29", "Dankort  31,45", "**** **** **** 4821", "18.11.26 17:02",
    )  # fmt: skip
    assert values["merchant"] == "Føtex"
    assert (values["total"], values["currency"]) == (3145, "DKK")
    assert (values["date"], values["time"]) == ("2026-11-18", "17:02")
    assert values["vat"] == [{"rate": "25", "net": 2516, "tax": 629, "gross": 3145}]
    assert values["card_last_four"] == "4821"
    assert found.fields["total"]["confidence"] == "sure"
    assert set(found.amounts) == {1895, 1250, 3145, 629}


def test_a_german_slip_with_two_rates():
    values, _ = facts(
        "REWE Markt GmbH", "33104 Paderborn", "Brot  2,69 B", "Wein  5,99 A", "SUMME EUR  8,68",
        "Geg. BAR  10,00", "Rückgeld BAR  1,32",
        "Steuer %  Netto  Steuer  Brutto", "A= 19,0%  5,03  0,96  5,99", "B= 7,0%  2,51  0,18  2,69", "Gesamtbetrag  7,54  1,14  8,68",
        "13.01.2020 17:25",
        country="DE",
    )  # fmt: skip
    assert (values["total"], values["currency"], values["date"]) == (868, "EUR", "2020-01-13")
    assert [(line["rate"], line["gross"]) for line in values["vat"]] == [("19", 599), ("7", 269)]


def test_taxes_of_several_rates_without_their_nets():
    values, found = facts(
        "Kauppa",
        "Sisältää arvonlisäveroa 24,00 %  6,24 €",
        "Sisältää arvonlisäveroa 14,00 %  2,79 €",
        "Yhteensä  54,97 €",
    )
    assert [(line["rate"], line["tax"]) for line in values["vat"]] == [("24", 624), ("14", 279)]
    assert sum(line["gross"] for line in values["vat"]) == values["total"] == 5497
    assert found.fields["vat"]["confidence"] == "check"


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        (("Menu  200,00", "Subtotal  200,00", "Drikkepenge  20,00", "Total  220,00"), 22000),
        (("Subtotal  47.00", "State Tax  3.29", "Total  50.29"), 5029),
        (("SubTotal  6.98", "Tax  0.63", "Total  7.61", "Visa  7.61"), 761),
        (("Artikel  20,40", "Summe  20,40", "Bar  50,00", "Zurück  29,60"), 2040),
        (("Total:  72.93", "RND ADJ  0.02", "TTL ATF RND  72.95", "Payment  73.00", "Change Due  0.05"), 7295),
        (("TOTAL A PAGAR  23,04", "Entregado  50,00", "Cambio  26,96"), 2304),
        (("Total TTC  18,50", "dont TVA 10%  1,68", "CB  18,50"), 1850),
        (("Att betala  249,00 kr", "Moms 25%  49,80"), 24900),
        (("Te betalen  12,35", "BTW 9%  1,02", "PIN  12,35"), 1235),
        (
            (
                "SUMME EUR  19,16",
                "MasterCard EUR  19,46",
                "MwSt  Netto  Brutto",
                "19,0%  1,44  7,55  8,99",
                "7,0%  0,68  9,79  10,47",
            ),
            1946,
        ),
        (("Total saving  0.00  Total  41.50", "Tender", "Master 5148  41.50"), 4150),
        (("Amount  27.15", "TAX(6%)  1.63", "TOTAL  28.78"), 2878),
        (("Total 22-60", "Cash  30.00", "Change  7.40"), 2260),
        (("I alt  450 kr",), 45000),
        (("Total  37.70", "Amount Tendered  50.00", "Balance  12.30"), 3770),
        (("Food Total  45.00", "Bev Total  12.00", "Tax  4.56", "Total  61.56"), 6156),
        (("TOTAL SALES (EXCLUDING GST)  20.00", "Total GST  1.20", "TOTAL SALES (INCLUSIVE OF GST)  21.20"), 2120),
        (("TOTAI  18.40", "VISA  18.40"), 1840),
        (("Total Qty: 3  45.00", "Total  47.70"), 4770),
    ],
)
def test_the_amount_that_was_paid(lines, total):
    values, found = facts("Stedet", *lines)
    assert values["total"] == total
    assert total in found.amounts


def test_what_is_not_sure_says_so():
    _, found = facts("Stedet", "Kaffe  24,00", "Kage  36,00")
    assert found.fields.get("total", {}).get("confidence") != "sure"
    _, found = facts("Stedet", "Kaffe  24,00", "Visa  24,00")
    assert found.fields["total"]["value"] == 2400


def test_nothing_is_made_up():
    for lines in ((), ("hello",), ("~~~", "###")):
        values, found = facts(*lines)
        assert "total" not in values and "date" not in values and found.amounts == []


def test_rows_hold_on_a_slanted_photo():
    rows = rows_of(picture("Kaffe og kage  60,00", "Moms  12,00", "I alt  60,00", tilt=0.12))
    assert [row.text for row in rows] == ["Kaffe og kage 60,00", "Moms 12,00", "I alt 60,00"]
    values, _ = facts("Kaffe og kage  60,00", "I alt  60,00", tilt=-0.2)
    assert values["total"] == 6000


@pytest.mark.parametrize(
    ("lines", "currency"),
    [
        (("Total 10,00 €",), "EUR"),
        (("Total £10.00",), "GBP"),
        (("Total 10,00 kr", "Org.nr 556064-0750", "Att betala"), "SEK"),
        (("Total 10,00 kr", "CVR 1", "Dankort"), "DKK"),
        (("Total 100,00 kr", "MVA 25%", "Vipps"), "NOK"),
        (("Total 10,00 zł",), "PLN"),
        (("Celkem 100,00 Kč",), "CZK"),
        (("TOPLAM *85,00 TL",), "TRY"),
        (("Total CHF 10.00",), "CHF"),
        (("Total $10.00",), "USD"),
        (("Total 10.00",), ""),
    ],
)
def test_currencies(lines, currency):
    values, _ = facts(*lines, country="GB")
    assert values.get("currency", "") == currency


def test_a_yen_has_no_minor_units():
    values, found = facts("KYOTO", "Total ¥1200", country="JP")
    assert (values["currency"], values["total"], found.amounts) == ("JPY", 1200, [1200])


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("KLITTEN", "Havnegade 4", "Tel. 86 12 34 56"), "KLITTEN"),
        (("DELPHIN", "APOTHEKE", "33102 Paderborn"), "DELPHIN APOTHEKE"),
        (("TAX INVOICE", "PERNIAGAAN RIANG RIA SDN BHD"), "PERNIAGAAN RIANG RIA SDN BHD"),
        (("ALbDI", "Pohlweg 110", "33100 Paderborn"), "Aldi"),
        (("Welcome", "Restaurant Bo", "Kasse: 4"), "Restaurant Bo"),
    ],
)
def test_merchants(lines, name):
    values, _ = facts(*lines, "Total  10,00")
    assert values["merchant"] == name


@pytest.mark.parametrize(
    ("line", "digits"),
    [("Dankort **** **** **** 4821", "4821"), ("Acct:XXXXXXXX2276", "2276"), ("PAN ############5773", "5773"),
     ("PAYBACK Karten-Nr.: #########9334", None), ("IKEA FAMILY **********1234", None)],
)  # fmt: skip
def test_last_digits_are_those_of_the_card_that_paid(line, digits):
    values, _ = facts("Stedet", line)
    assert values.get("card_last_four") == digits


SCRAPS = st.one_of(
    st.text(alphabet="0123456789.,:/-*% €$krEURx", max_size=24),
    st.sampled_from(
        [
            "TOTAL",
            "Moms 25%",
            "Visa",
            "Cash",
            "Change",
            "31.12.2026",
            "24:61",
            "99.99.9999",
            "Feb 30 2026",
            "GmbH",
            "9" * 40,
            "0,00",
            "-1,00-",
        ]
    ),
    st.text(max_size=12),
)


@given(st.lists(st.lists(SCRAPS, min_size=1, max_size=4), max_size=12), st.floats(-0.5, 0.5))
def test_no_text_makes_the_reader_stumble(lines, tilt):
    found = extract([picture(*("  ".join(parts) for parts in lines), tilt=tilt)], country="DE", today=TODAY)
    json.dumps([found.fields, found.amounts, found.lines])
    assert all(type(amount) is int and amount > 0 for amount in found.amounts)
    assert found.fields.get("total", {"value": 1})["value"] > 0
    for fact in found.fields.values():
        assert fact["confidence"] in ("sure", "check")
        assert fact["box"] is None or all(0 <= edge <= 1 for edge in fact["box"])
