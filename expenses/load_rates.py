"""Keep newer reference rates of the European Central Bank than those that come with the product.

Its file eurofxref (daily, or of the last 90 days) is XML: `<Cube time="2026-11-19"><Cube currency="USD" rate="1.1593"/>`, units
of a currency for one euro. What is kept is never changed, and neither are the rates that stand on expenses.
"""

from __future__ import annotations

import logging
import urllib.request
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.utils.translation import gettext
from lxml import etree

from expenses.models import ReferenceRate
from pleo.lib.errors import DomainError
from pleo.lib.money import is_currency

logger = logging.getLogger(__name__)
CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
LARGEST = 2 * 1024 * 1024
MOST_RATES = 20_000
HIGHEST = Decimal(1_000_000)
SECONDS = 20


class RatesUnreadable(DomainError):
    """The file is none of the bank's, or says something that cannot be."""

    code = "rates_unreadable"
    field = "file"

    def message(self) -> str:
        return gettext("This is not a file of reference rates of the European Central Bank.")


def read_rates(content: bytes, *, today: date) -> list[tuple[date, str, Decimal]]:
    """Return the rates of a file as (day, currency, units for one euro). The whole file is refused when a part of it is wrong.

    No document type, no entities, no network. Raises RatesUnreadable.
    """
    if len(content) > LARGEST or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise RatesUnreadable
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RatesUnreadable from None
    if root.getroottree().docinfo.doctype:
        raise RatesUnreadable
    found: dict[tuple[date, str], Decimal] = {}
    for day_node in root.iter(CUBE):
        if "time" not in day_node.attrib:
            continue
        for node in day_node.findall(CUBE):
            day, currency, rate = _one(day_node.get("time"), node.get("currency"), node.get("rate"), today)
            if found.setdefault((day, currency), rate) != rate or len(found) > MOST_RATES:
                raise RatesUnreadable
    if not found:
        raise RatesUnreadable
    return [(day, currency, rate) for (day, currency), rate in found.items()]


def _one(time: str | None, currency: str | None, rate: str | None, today: date) -> tuple[date, str, Decimal]:
    try:
        day, value = date.fromisoformat(time or ""), Decimal(rate or "")
    except (ValueError, InvalidOperation):
        raise RatesUnreadable from None
    if not (value.is_finite() and 0 < value < HIGHEST) or day > today or not is_currency(currency or ""):
        raise RatesUnreadable
    return day, currency or "", value.quantize(Decimal("0.000000001"))


def load_rates(*, content: bytes, source: str, now: datetime) -> int:
    """Keep the rates of a file that are not known yet; returns how many. Raises RatesUnreadable."""
    rows = [
        ReferenceRate(day=day, currency=currency, rate=rate, source=source[:200], created_at=now)
        for day, currency, rate in read_rates(content, today=now.date())
        if currency != "EUR"
    ]
    before = ReferenceRate.objects.count()
    ReferenceRate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return ReferenceRate.objects.count() - before


def fetch_rates(*, now: datetime) -> int:
    """Fetch the file that `ECB_RATES_URL` names and keep what is new; nothing without an address, or when it does not answer."""
    url = settings.ECB_RATES_URL
    if not url.startswith("https://"):
        return 0
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - https alone, named by whoever runs it
            content = answer.read(LARGEST + 1)
        return load_rates(content=content, source=url, now=now)
    except (OSError, RatesUnreadable) as error:
        logger.warning("no newer rates: url=%s error=%s", url, error)
        return 0
