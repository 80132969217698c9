"""Stop offering a master (an account, a VAT code, a category, a tag, a vendor ...), or offer it again. What was coded with it stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.models import AllocationTemplate, Category, ChartAccount, CodingRule, Tag, TagGroup, TaxCode, Vendor
from pleo.lib.errors import DomainError

Master = ChartAccount | TaxCode | Category | TagGroup | Tag | Vendor | AllocationTemplate


class StillUsed(DomainError):
    """Something that is offered books on it."""

    code = "master_still_used"
    status = 409

    def message(self) -> str:
        return gettext("%(names)s still point here. Change them first.") % self.params


@transaction.atomic
def archive_master(*, by: Membership, master: Master, is_archived: bool, now: datetime) -> Master:
    """Archive or bring back; doing it twice changes nothing. Raises StillUsed for what a live category or VAT code needs."""
    row = type(master).objects.select_for_update().get(pk=master.pk)
    if bool(row.archived_at) == is_archived:
        return row
    if is_archived:
        users = _live_users(row)
        if users:
            raise StillUsed(names=", ".join(users[:5]))
    row.archived_at = now if is_archived else None
    row.save(update_fields=["archived_at"])
    verb = "master.archived" if is_archived else "master.restored"
    record(company=by.company, verb=verb, subject=row, by=by, now=now)
    return row


def _live_users(row: Master) -> list[str]:
    """Return the names of what would offer an archived row: the ones that a person has to change first."""
    names: list[str] = []
    if isinstance(row, (ChartAccount, TaxCode)):
        names += [str(category) for category in row.categories.filter(archived_at=None).order_by("name")]
    if isinstance(row, ChartAccount):
        names += [str(code) for code in row.tax_codes.filter(archived_at=None).order_by("code")]
    if isinstance(row, Tag):
        names += [str(tag) for tag in row.children.filter(archived_at=None).order_by("path")]
    if isinstance(row, (Category, TaxCode, Vendor, AllocationTemplate)):
        field = {Category: "category", TaxCode: "tax_code", Vendor: "vendor", AllocationTemplate: "template"}[type(row)]
        rules = CodingRule.objects.filter(**{field: row}, archived_at=None, is_on=True)
        names += [str(rule) for rule in rules.order_by("position")]
    return names
