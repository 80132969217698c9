"""What the drawn receipts say, and that they are the same every time."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from PIL import Image

from pleo.demo.receipts import Slip, draw, font, items_of

SLIP = Slip(
    merchant="Restaurant Klitten",
    address=("Skagensvej 14", "9990 Skagen"),
    tax_number="DK 28415509",
    country="DK",
    region="DK",
    at=datetime(2026, 11, 18, 20, 12),
    currency="DKK",
    items=(("Rødspætte", 49800), ("Øl, Ærø", 13000)),
    total=68800,
    tip=6000,
    tax_rate=Decimal(25),
    number="4821",
    last_four="4821",
)


def test_the_same_slip_gives_the_same_bytes():
    assert draw(SLIP).page == draw(SLIP).page
    assert draw(SLIP).page != draw(replace(SLIP, number="4822")).page


def test_it_says_what_it_is_for_in_the_manner_of_its_country():
    lines = draw(SLIP).lines
    assert lines[0] == "Restaurant Klitten"
    assert "I ALT DKK 688,00" in lines
    assert "Drikkepenge 60,00" in lines
    assert "25 % 502,40 125,60 628,00" in lines
    assert any("18.11.2026" in line for line in lines)


@pytest.mark.parametrize(
    ("country", "currency", "words"),
    [("DE", "EUR", "SUMME EUR 688,00"), ("GB", "GBP", "TOTAL GBP 688.00"), ("US", "USD", "TOTAL USD 688.00")],
)
def test_other_countries_have_their_own_words(country, currency, words):
    assert words in draw(replace(SLIP, country=country, region=country, currency=currency)).lines


@pytest.mark.parametrize("is_invoice", [False, True])
def test_boxes_stand_within_the_page_and_files_are_pictures(is_invoice):
    drawn = draw(replace(SLIP, is_invoice=is_invoice, customer=("Havblik", "Åboulevarden 31")))
    page, thumbnail = Image.open(io.BytesIO(drawn.page)), Image.open(io.BytesIO(drawn.thumbnail))
    assert (page.format, page.size) == ("JPEG", (drawn.width, drawn.height))
    assert (thumbnail.format, thumbnail.width) == ("WEBP", 360)
    assert {"merchant", "date", "total", "vat", "card_last_four"} <= set(drawn.boxes)
    for left, top, right, bottom in drawn.boxes.values():
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1


@pytest.mark.parametrize("letter", "øØåÅæÆäöüÄÖÜß€£éëıłó×–•„“")
def test_the_type_has_every_letter_that_is_drawn(letter):
    assert font(24).getmask(letter).getbbox() is not None
    if letter not in "łı":  # Vera lacks these two; no slip carries a person's name.
        assert bytes(font(24).getmask(letter)) != bytes(font(24).getmask("\ufffe"))


def test_items_sum_to_the_total():
    assert sum(amount for _, amount in items_of(("a", "b", "c"), 10001, (3, 2, 2))) == 10001
    with pytest.raises(AssertionError):
        replace(SLIP, total=68801)
