"""Say what the purchases of one card are. It comes before every rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Membership
from cards.models import Card
from events.record import record
from expenses.models import AllocationTemplate, CardCoding, Category, Tag, TaxCode, Vendor
from expenses.tagging import as_wanted


@transaction.atomic
def keep_card_coding(
    *, by: Membership, card: Card, now: datetime, category: Category | None = None, tax_code: TaxCode | None = None,
    vendor: Vendor | None = None, template: AllocationTemplate | None = None, tags: Sequence[Tag] = (), note: str = "",
) -> CardCoding | None:  # fmt: skip
    """Write the coding of a card's purchases from now on; nothing at all takes it away. Raises TagsClash."""
    as_wanted(tags)
    # The card's lock makes two people who write at once take turns.
    card = Card.objects.select_for_update(no_key=True).get(pk=card.pk, company=by.company)
    row = CardCoding.objects.filter(card=card).first()
    before = _told(row) if row else None
    if not (category or tax_code or vendor or template or tags or note.strip()):
        CardCoding.objects.filter(card=card).delete()
        row, after = None, None
    else:
        row = row or CardCoding(company=by.company, card=card)
        row.by, row.category, row.tax_code, row.vendor, row.template = by, category, tax_code, vendor, template
        row.tags, row.note = sorted(str(tag.pk) for tag in tags), note.strip()[:200]
        row.save()
        after = _told(row)
    if before != after:
        record(
            company=by.company,
            verb="card.coding_changed",
            subject=card,
            by=by,
            changes={"coding": [before, after]},
            now=now,
        )
    return row


def _told(row: CardCoding) -> dict[str, Any]:
    return {
        "category": row.category.code if row.category else None,
        "tax_code": row.tax_code.code if row.tax_code else None,
        "vendor": row.vendor.name if row.vendor else None,
        "template": row.template.name if row.template else None,
        "tags": len(row.tags),
    }
