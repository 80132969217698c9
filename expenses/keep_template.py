"""Add a template that spreads a cost, or change one: its shares make 100 percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.master_event import tell
from expenses.models import AllocationShare, AllocationTemplate, Category, Tag, TaxCode
from expenses.split import HUNDRED, MOST_LINES, ShareWrong, TooManyLines
from expenses.tagging import as_wanted
from pleo.lib.errors import DomainError


class TemplateNameTaken(DomainError):
    """Another template is called this."""

    code = "template_name_taken"
    status = 409
    field = "name"

    def message(self) -> str:
        return gettext("There is a template “%(name)s” already.") % self.params


class TooFewShares(DomainError):
    """One share is no split."""

    code = "template_too_few_shares"

    def message(self) -> str:
        return gettext("A template has two shares at least.")


@dataclass(frozen=True)
class Share:
    """One share, in percent above zero."""

    percent: Decimal
    category: Category | None = None
    tax_code: TaxCode | None = None
    tags: tuple[Tag, ...] = ()
    text: str = ""


@transaction.atomic
def keep_template(
    *, by: Membership, name: str, shares: Sequence[Share], now: datetime, template: AllocationTemplate | None = None
) -> AllocationTemplate:
    """Make a template, or give `template` these shares; what it spread before stays. Raises TemplateNameTaken, TooFewShares,
    TooManyLines, ShareWrong, TagsClash."""
    if len(shares) < 2:
        raise TooFewShares
    if len(shares) > MOST_LINES:
        raise TooManyLines
    whole = sum((share.percent for share in shares), Decimal(0))
    if whole != HUNDRED or any(share.percent <= 0 for share in shares):
        raise ShareWrong(sum=whole)
    for share in shares:
        as_wanted(share.tags)
    rows = AllocationTemplate.objects.for_company(by.company)
    row = AllocationTemplate(company=by.company)
    if template is not None:
        row = rows.select_for_update().get(pk=template.pk)
    before = None if template is None else _told(row)
    row.name, row.share_total = " ".join(name.split()), whole
    if row.name.casefold() in {other.casefold() for other in rows.exclude(pk=row.pk).values_list("name", flat=True)}:
        raise TemplateNameTaken(name=row.name)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise TemplateNameTaken(name=row.name) from None
    row.shares.all().delete()
    AllocationShare.objects.bulk_create(_row(row, number, share) for number, share in enumerate(shares, 1))
    tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


def _row(template: AllocationTemplate, number: int, share: Share) -> AllocationShare:
    return AllocationShare(
        template=template, position=number, percent=share.percent, category=share.category, tax_code=share.tax_code,
        tags=sorted(str(tag.pk) for tag in share.tags), text=share.text[:200],
    )  # fmt: skip


def _told(row: AllocationTemplate) -> dict[str, Any]:
    shares = row.shares.select_related("category").order_by("position")
    told = [
        [f"{one.percent.normalize():f}", one.category.code if one.category else None, len(one.tags)] for one in shares
    ]
    return {"name": row.name, "shares": told}
