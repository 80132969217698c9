"""How well the rules read receipts they were not made from: hundreds of made-up ones, with the slips of recognition."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from receipts.reading.dates import find, find_loosely
from receipts.reading.extract import extract
from receipts.reading.rows import fold
from receipts.reading.score import same_name
from receipts.reading.total import kind_of
from tests.receipts.test_reading import facts
from tests.receipts.tills import LAYOUTS, paper, seen

TODAY = date(2026, 11, 20)
MANY = 30


@pytest.mark.parametrize("country", LAYOUTS)
def test_made_up_receipts_are_read_right(country):
    right: Counter[str] = Counter()
    for seed in range(MANY):
        slip = paper(country, seed)
        fields = extract([seen(slip, seed)], country="DK", today=TODAY).fields
        value = {name: found["value"] for name, found in fields.items()}
        right["total"] += value.get("total") == slip.total
        right["date"] += value.get("date") == slip.day.isoformat()
        right["merchant"] += same_name(value.get("merchant", ""), [slip.merchant])
    assert min(right.values()) >= 0.95 * MANY, right


@pytest.mark.parametrize("country", ["MY", "US", "DE"])
def test_lost_boxes_cost_little_and_nothing_wrong_is_called_sure(country):
    sure, right = 0, 0
    for seed in range(MANY):
        slip, dice = paper(country, seed), random.Random(seed)
        picture = seen(slip, seed, noise=2.0)
        picture = replace(picture, boxes=[box for box in picture.boxes if dice.random() > 0.04])
        total = extract([picture], country="DK", today=TODAY).fields.get("total")
        if total and total["confidence"] == "sure":
            sure += 1
            right += total["value"] == slip.total
    assert sure >= MANY / 3
    assert right >= 0.97 * sure


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        (
            "total",
            "ROUND D TOTAL (RM);Total Amt Rounded;TOTAL (RM):;Jumlah Besar;TotalAmountDue;Net Payable;Montant TTC;BAL DUE;"
            "Takeout Total (incl GST);TOTAL SALES (INCLUSIVE OF GST);TOTALT;I ALT;NET A PAYER;Zu zahlen;"
            "Do zapłaty;NETT TOTAL;Total Payable;TOTALE COMPLESSIVO",
        ),
        ("plain", "Sale Total;TOTAL SALES;Total Fuel Sale;Check Total;Guest Total"),
        (
            "sub",
            "Total Before GST;Total 0% supplies;Zwischensumme;Sous-total;TOTAL HT;Total (Excl. GST);Net Sales;Amount Excl. GST",
        ),
        (
            "tax",
            "Total Includes GST 6%;GST @6% Included in Total;davon MwSt 19%;dont TVA;Varav moms;Service Charge 10%",
        ),
        ("cash", "Cash Received;TENDERED;Tunai;Geg. BAR;Espèces"),
        ("change", "CHANGE DUE;Rückgeld BAR EUR;Baki;Växel"),
        ("round", "Rounding Adj;RND ADJ;Round Off;Öresavrundning"),
        ("tip", "Auto Grat;Trinkgeld"),
        ("discount", "You Saved;Sie sparen;Coupon"),
        ("card", "Visa Tend;girocard;NETS;EFT"),
    ],
)
def test_what_tills_call_their_amounts(kind, labels):
    assert {label: kind_of(fold(label)) for label in labels.split(";")} == dict.fromkeys(labels.split(";"), kind)


@pytest.mark.parametrize(
    "text",
    [
        "25,06.2018",
        "25 06 2018",
        "2506/2018",
        "20180625",
        "25/O6/2018",
        "25/06/2O18",
        "25-06-'18",
        "25:06:2018",
        "25-Iun-2018",
    ],
)
def test_badly_printed_dates(text):
    assert not list(find(fold(text), month_first=False, newest=TODAY))
    assert next(find_loosely(fold(text), month_first=False, newest=TODAY))[0] == date(2018, 6, 25)


def test_a_year_comes_first_where_swedes_write_two_digits():
    assert next(find("26-04-23 12:00", month_first=False, newest=TODAY, year_first=True))[0] == date(2026, 4, 23)
    values, _ = facts("Kiosken", "26-04-23 12:00", "Att betala  49,00 SEK")
    assert values["date"] == "2026-04-23"


def test_the_days_of_a_service_are_not_the_day_of_the_invoice():
    values, _ = facts(
        "Serverhuset GmbH", "Rechnungsdatum: 19.01.2026",
        "Server (17.01.2026 - 16.02.2026)  10,00", "Adresse (17.01.2026 - 16.02.2026)  5,00", "Brutto  15,00", country="DE",
    )  # fmt: skip
    assert values["date"] == "2026-01-19"


def test_a_year_in_which_the_printed_tax_did_not_exist_is_a_misread_digit():
    values, found = facts("KEDAI BUKU SDN BHD", "GST ID: 000123456789", "04-05-2013 16:07", "Total RM 4.90")
    assert values["date"] == "2018-05-04"
    assert (found.fields["date"]["confidence"], found.fields["date"]["others"]) == ("check", ["2013-05-04"])
    values, _ = facts("KEDAI BUKU SDN BHD", "04-05-2013 16:07", "Total RM 4.90")
    assert values["date"] == "2013-05-04"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("USt-IdNr. DE 123 456 789", "DE123456789"),
        ("CVR-nr. 12 34 56 78", "12345678"),
        ("MOMS SE556677889901", "SE556677889901"),
        ("N° TVA FR 12 345 678 901", "FR12345678901"),
        ("BTW NL001234567B01", "NL001234567B01"),
        ("P.IVA 01234567890", "01234567890"),
        ("NIP 123-45-67-890", "123-45-67-890"),
        ("NIP 123-456-78-90", "123-456-78-90"),
        ("VAT No. GB 123 4567 82", "123456782"),
        ("GST ID: 000123456789", "000123456789"),
        ("Tel. 12 34 56 78", None),
    ],
)
def test_vat_numbers(line, number):
    values, found = facts("Stedet", line, "Total  10,00")
    assert values.get("vat_number") == number
    assert number is None or found.fields["vat_number"]["box"]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Bon-Nr.: 4711", "4711"),
        ("Invoice No: INV-2026/001", "INV-2026/001"),
        ("Receipt #: 000123", "000123"),
        ("Faktura nr. 20261", "20261"),
        ("Invoice", None),
        ("Order total 12.00", None),
    ],
)
def test_numbers_of_receipts(line, number):
    values, _ = facts("Stedet", line, "Total  10,00")
    assert values.get("number") == number


def test_a_table_whose_last_column_is_cut_off():
    values, _ = facts(
        "Ravintola",
        "Yhteensä  164,00",
        "Vero%  Veroton  Vero  Verollinen",
        "24,00  16,30  3,91  20,2",
        "14,00  126,13  17,66  143,7",
    )
    assert sorted(line["gross"] for line in values["vat"]) == [2021, 14379]


def test_base_and_tax_on_two_rows():
    values, _ = facts(
        "Sklep",
        "Sprzed. opod. PTU A  99,55",
        "Kwota A 23,00%  18,62",
        "Sprzed. opod. PTU C  154,77",
        "Kwota C 05,00%  7,37",
        "SUMA PLN  254,32",
    )
    assert {line["rate"]: line["gross"] for line in values["vat"]} == {"23": 9955, "5": 15477}


def test_what_speaks_for_a_sum_speaks_for_the_rounded_one_below_it():
    values, found = facts(
        "KEDAI",
        "Nasi  12.05",
        "Teh  5.07",
        "Total  17.12",
        "Rounding Adj  -0.02",
        "Amount Due  17.10",
        "Cash  20.00",
        "Change  2.90",
    )
    assert values["total"] == 1710
    assert "rounded" in found.fields["total"]["reasons"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("RESTAURANTS, INC.", "King Prawn # 30"), "RESTAURANTS, INC. King Prawn"),
        (("Los Angeles, CA", "Blue Door"), "Blue Door"),
        (("Papirgården A/S - Vestergade 2 - 8000 Aarhus", "Bill to:", "Havblik ApS", "Kajen 1"), "Papirgården A/S"),
        (("Hr. Bo", "Kundevej 1", "Faktura", "Kontoinhaber: Solhuset"), "Solhuset"),
    ],
)
def test_who_sent_it(lines, name):
    values, _ = facts(*lines, "Total  10,00", country="US")
    assert values["merchant"] == name
