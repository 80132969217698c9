"""Receipts that may be one and the same paper: the same bytes, nearly the same picture, or the same shop, total and day.

A warning for people, never a reason to drop a file. No hash finds a second photo of one paper (measured: those differ more
than two papers do), so what was read counts for more than what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext
from rapidfuzz import fuzz

from pleo.lib.search import search_text
from receipts.models import Reading, Receipt

SAME_BYTES, SAME_PICTURE, SAME_FACTS = "same_bytes", "same_picture", "same_facts"
# Of 256 bits; re-saved and resized copies differ by fewer, white slips of two purchases by 12 and more.
NEAR_BITS = 8
MERCHANT_ALIKE = 80
# Pictures are compared with those of about a quarter; facts with all, since they have an index.
LOOK_BACK = timedelta(days=100)
COMPARED = 5_000
SHOWN = 5


@dataclass(frozen=True)
class Twin:
    """Another receipt that may be the same, and the code of why."""

    receipt: Receipt
    why: str

    @property
    def reason(self) -> str:
        return {
            SAME_BYTES: gettext("The very same file"),
            SAME_PICTURE: gettext("Nearly the same picture"),
            SAME_FACTS: gettext("Same place, total and day"),
        }[self.why]


def alike_key(fields: dict[str, Any]) -> str:
    """Return what two readings of one paper have in common, for an index: the total, and the day if it was read."""
    total, day = (_value(fields, name) for name in ("total", "date"))
    return f"{total}/{day if isinstance(day, str) else ''}" if isinstance(total, int) and total else ""


def twins_of(receipts: Iterable[Receipt]) -> dict[Any, list[Twin]]:
    """Return the twins of receipts of one company by receipt, surest first, in a fixed number of queries."""
    asked = [receipt for receipt in receipts if receipt.sha256]
    if not asked:
        return {}
    company = asked[0].company_id
    others = _candidates(company, asked)
    readings = _readings({*others, *(receipt.pk for receipt in asked)})
    found: dict[Any, list[Twin]] = {}
    for receipt in asked:
        twins = [
            Twin(other, why)
            for other in others.values()
            if other.pk != receipt.pk and (why := _why(receipt, other, readings))
        ]
        twins.sort(key=lambda twin: ((SAME_BYTES, SAME_FACTS, SAME_PICTURE).index(twin.why), twin.receipt.created_at))
        if twins:
            found[receipt.pk] = twins[:SHOWN]
    return found


def _candidates(company: Any, asked: list[Receipt]) -> dict[Any, Receipt]:
    rows = Receipt.objects.filter(company_id=company)
    wanted = Q(sha256__in={receipt.sha256 for receipt in asked})
    for total, _, day in {tuple(receipt.alike_key.partition("/")) for receipt in asked if receipt.alike_key}:
        wanted |= Q(alike_key__in=[f"{total}/{day}", f"{total}/"]) if day else Q(alike_key__startswith=f"{total}/")
    hashes = {int(receipt.image_hash, 16) for receipt in asked if _has_structure(receipt.image_hash)}
    near: set[Any] = set()
    if hashes:
        since = min(receipt.created_at for receipt in asked) - LOOK_BACK
        pictures = rows.filter(created_at__gte=since).exclude(image_hash="").order_by("-id")
        for key, image_hash in pictures.values_list("pk", "image_hash")[:COMPARED]:
            bits = int(image_hash, 16)
            if any((bits ^ one).bit_count() <= NEAR_BITS for one in hashes):
                near.add(key)
    found = rows.filter(wanted | Q(pk__in=near)).select_related("uploaded_by", "company")
    return {receipt.pk: receipt for receipt in found}


def _has_structure(image_hash: str) -> bool:
    """An empty page looks like every other empty page."""
    return bool(image_hash) and 40 <= int(image_hash, 16).bit_count() <= 216


def _readings(receipts: set[Any]) -> dict[Any, dict[str, Any]]:
    rows = Reading.objects.filter(receipt__in=receipts).order_by("id").values_list("receipt_id", "fields")
    return dict(rows)


def _why(one: Receipt, other: Receipt, readings: dict[Any, dict[str, Any]]) -> str:
    if one.sha256 == other.sha256:
        return SAME_BYTES
    first, second = readings.get(one.pk, {}), readings.get(other.pk, {})
    if one.alike_key and other.alike_key and agree(first, second):
        return SAME_FACTS
    if not (_has_structure(one.image_hash) and _has_structure(other.image_hash)):
        return ""
    near = (int(one.image_hash, 16) ^ int(other.image_hash, 16)).bit_count() <= NEAR_BITS
    return SAME_PICTURE if near and not _contradict(first, second, "total", "date", "time", "number") else ""


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two readings are of one paper: total and day are the same and nothing else that was read tells them apart.

    Where a day is missing, the time of day or the receipt's number must be the same instead.
    """
    if _contradict(one, other, "total", "date", "time", "number", "card_last_four"):
        return False
    if not _value(one, "total") or not _value(other, "total"):
        return False
    if not (_value(one, "date") and _value(other, "date")) and not _share(one, other, "time", "number"):
        return False
    first, second = (search_text(str(_value(fields, "merchant") or "")) for fields in (one, other))
    return not first or not second or fuzz.token_set_ratio(first, second) >= MERCHANT_ALIKE


def _contradict(one: dict[str, Any], other: dict[str, Any], *names: str) -> bool:
    values = [(_value(one, name), _value(other, name)) for name in names]
    return any(first and second and first != second for first, second in values)


def _share(one: dict[str, Any], other: dict[str, Any], *names: str) -> bool:
    return any(_value(one, name) and _value(one, name) == _value(other, name) for name in names)


def _value(fields: dict[str, Any], name: str) -> Any:
    found = fields.get(name)
    return found.get("value") if isinstance(found, dict) else None
