"""From rows of text to the facts of a purchase. Pure functions: the same boxes give the same answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pleo.lib.money import exponent
from receipts.reading import currency as currencies
from receipts.reading import dates, merchant, numbers, total, vat, words
from receipts.reading.amounts import Amount, amounts_of
from receipts.reading.engine import Picture
from receipts.reading.rows import Row, box_of, rows_of

# `sure` values are shown as read; `check` values ask for a look.
SURE, CHECK = "sure", "check"
LINES_KEPT = 400


@dataclass
class Facts:
    """What was read. `fields` maps a name to value, confidence, page and box; `amounts` are all amounts in minor units."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    amounts: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def put(
        self, name: str, value: Any, confidence: str, row: Row | None, box: list[float] | None = None, **extra: Any
    ) -> None:
        place = {"page": row.page, "box": box or row.box} if row else {"page": None, "box": None}
        self.fields[name] = {"value": value, "confidence": confidence, **place, **extra}


_LAST_FOUR = re.compile(
    r"(?:[x*#＊＃•.·]\s?){3,}\s?(\d{4})(?!\d)|(?:xx|\*\*|##)(\d{4})(?!\d)|(?:ending|endet auf|slutter pa)\D{0,12}(\d{4})(?!\d)",
    re.IGNORECASE,
)


def extract(pictures: Sequence[Picture], *, country: str, today: date) -> Facts:
    """Return the facts of a receipt from its pages. `country` is the reader's own: it decides where the print does not."""
    rows = [row for number, picture in enumerate(pictures, 1) for row in rows_of(picture, number)]
    facts = Facts(lines=[row.text for row in rows][:LINES_KEPT])
    if not rows:
        return facts
    amounts = amounts_of(rows)
    seller = numbers.vat_number(rows)
    code, printed, sign = currencies.currency_of(rows, country, seller.country if seller else "")
    if code:
        facts.put("currency", code, SURE if printed else CHECK, sign)
    if seller:
        facts.put("vat_number", seller.value, SURE if seller.row.score > 0.9 else CHECK, seller.row)
    if own := numbers.receipt_number(rows):
        facts.put("number", own.value, CHECK, own.row)
    _put_merchant(facts, rows, amounts)
    _put_date(facts, rows, code, country, today)
    _put_money(facts, rows, amounts, country, code)
    _put_card(facts, rows)
    return facts


def _put_card(facts: Facts, rows: list[Row]) -> None:
    """Find the last digits of the card that paid; numbers of loyalty cards, coupons and accounts are masked alike."""
    for row in rows:
        match = _LAST_FOUR.search(row.text)
        if match and not words.LOYALTY.search(row.folded):
            facts.put("card_last_four", match[1] or match[2] or match[3], SURE, row)
            return


def _put_merchant(facts: Facts, rows: list[Row], amounts: list[Amount]) -> None:
    names = merchant.names(rows, amounts)
    if names and names[0].score > -1.5:
        best = names[0]
        boxes = [box for row in best.rows for box in row.boxes]
        place = box_of(boxes, best.rows[0].width, best.rows[0].height)
        facts.put("merchant", best.text[:120], SURE if best.score >= merchant.SURE else CHECK, best.rows[0], place)


def _put_date(facts: Facts, rows: list[Row], code: str, country: str, today: date) -> None:
    newest = today + timedelta(days=1)
    month_first = dates.looks_month_first(rows, code, country, newest)
    swedish = code == "SEK" or (not code and country == "SE")
    days = dates.days(rows, month_first=month_first, newest=newest, year_first=swedish)
    days = dates.within_its_era(days, rows, code)
    best = days[0] if days and days[0].score > -3 else None
    if best:
        rivals = [day for day in days if day.value != best.value and day.score > best.score - 1.5]
        others = [best.other.isoformat()] if best.other else []
        sure = not rivals and not others and best.score >= -0.5
        facts.put("date", best.value.isoformat(), SURE if sure else CHECK, best.row, others=others)
    if clock := dates.time_near(rows, best):
        facts.put("time", clock[0].isoformat("minutes"), CHECK if best is None else SURE, clock[1])


def _put_money(facts: Facts, rows: list[Row], amounts: list[Amount], country: str, code: str) -> None:
    table = vat.lines(rows, amounts, country)
    found = total.totals(rows, amounts, table)
    scale = 10 ** (2 - exponent(code)) if code and exponent(code) < 2 else 1
    facts.amounts = sorted({abs(amount.value) // scale for amount in amounts if amount.value})
    if not found or found[0].score <= 0:
        return
    best = found[0]
    assert best.at is not None
    at = best.at
    place = box_of([at.box], at.row.width, at.row.height)
    sure = total.is_sure(found) and at.box.score > 0.8
    if at.value < 0:
        facts.put("credit", True, CHECK, at.row, place)
    facts.put("total", best.value // scale, SURE if sure else CHECK, at.row, place, reasons=best.reasons)
    printed = (
        _agreeing(table, best.value)
        or vat.cut_off(rows, amounts, best.value)
        or vat.from_two_rows(rows, amounts, best.value)
        or vat.from_total(rows, amounts, best.value)
    )
    table = printed or vat.from_taxes(rows, amounts, best.value) or table
    if table:
        exact = bool(printed) and sum(line.gross for line in table) == best.value
        lines = [
            {"rate": line.rate, "net": line.net // scale, "tax": line.tax // scale, "gross": line.gross // scale}
            for line in table
        ]
        facts.put("vat", lines, SURE if exact and sure else CHECK, table[0].row)


def _agreeing(table: list[vat.VatLine], paid: int) -> list[vat.VatLine]:
    """Return the lines, or those of them, whose gross amounts sum to what was paid; a rest without VAT is allowed no line."""
    if sum(line.gross for line in table) == paid:
        return table
    for line in table:
        if line.gross == paid:
            return [line]
    return []
