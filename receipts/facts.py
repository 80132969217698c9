"""What was read from a receipt, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from pleo.lib import format
from pleo.lib.money import Money, is_currency
from receipts.models import Reading, Receipt
from receipts.reading.extract import SURE


@dataclass(frozen=True)
class Fact:
    """One line. `is_sure` says that it needs no second look; `note` says where it comes from or what is odd about it."""

    code: str
    label: str
    text: str
    is_sure: bool
    note: str = ""


def latest(receipt: Receipt) -> Reading | None:
    """Return the newest reading of a receipt, if it was read."""
    found: Reading | None = receipt.readings.order_by("-id").first()
    return found


def facts(reading: Reading | None, *, home: str) -> list[Fact]:
    """Return what a reading found, most wanted first. `home` is the company's currency, used where none is printed."""
    return list(_lines(reading.fields, home)) if reading else []


def _lines(fields: dict[str, Any], home: str) -> Iterator[Fact]:
    currency = fields.get("currency", {}).get("value") or ""
    known = is_currency(currency)
    unit = currency if known else home
    if found := fields.get("merchant"):
        yield Fact("merchant", gettext("Merchant"), found["value"], found["confidence"] == SURE)
    if found := fields.get("total"):
        label = gettext("Paid back") if "credit" in fields else gettext("Total paid")
        note = "" if known else gettext("No currency is printed; this assumes yours.")
        yield Fact(
            "total", label, format.amount(Money(found["value"], unit)), found["confidence"] == SURE and known, note
        )
    if found := fields.get("date"):
        day = date.fromisoformat(found["value"])
        clock = fields.get("time", {}).get("value", "")
        note = ""
        if others := found.get("others"):
            other = format.day(date.fromisoformat(others[0]))
            note = gettext("Could also be %(date)s: day and month are not told apart.") % {"date": other}
        yield Fact(
            "date",
            gettext("Date"),
            ", ".join(filter(None, [format.day(day), clock])),
            found["confidence"] == SURE,
            note,
        )
    if found := fields.get("vat"):
        for line in found["value"]:
            rate = format.percent(Decimal(line["rate"]), decimals=2)
            label = gettext("VAT %(rate)s") % {"rate": rate}
            yield Fact("vat", label, format.amount(Money(line["tax"], unit)), found["confidence"] == SURE)
    if found := fields.get("card_last_four"):
        yield Fact("card", gettext("Paid with card"), f"•• {found['value']}", True)
    if found := fields.get("number"):
        yield Fact("number", gettext("Receipt number"), str(found["value"]), found["confidence"] == SURE)
    if found := fields.get("vat_number"):
        yield Fact("vat_number", gettext("VAT number"), str(found["value"]), found["confidence"] == SURE)
