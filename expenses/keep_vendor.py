"""Add a vendor, or change one, with the merchant names under which it is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses import merchant_name
from expenses.master_event import tell
from expenses.models import Category, Tag, TaxCode, Vendor, VendorAlias
from expenses.tagging import as_wanted
from pleo.lib.errors import DomainError

MOST_ALIASES = 200


class VendorTaken(DomainError):
    """Another vendor has this name or supplier number."""

    code = "vendor_taken"
    status = 409
    field = "name"

    def message(self) -> str:
        return gettext("Another vendor is called “%(name)s”, or has this supplier number.") % self.params


class AliasTaken(DomainError):
    """A merchant name leads to another vendor."""

    code = "vendor_alias_taken"
    status = 409
    field = "aliases"

    def message(self) -> str:
        return gettext("“%(alias)s” leads to %(vendor)s already. Merge the two, or take it away there.") % self.params


@transaction.atomic
def keep_vendor(
    *, by: Membership, name: str, now: datetime, aliases: Iterable[str] = (), vat_number: str = "", country: str = "",
    account_number: str = "", category: Category | None = None, tax_code: TaxCode | None = None,
    tags: Sequence[Tag] = (), vendor: Vendor | None = None,
) -> Vendor:  # fmt: skip
    """Make a vendor, or change `vendor`; its own name always leads to it. Raises VendorTaken, AliasTaken, TagsClash."""
    rows = Vendor.objects.for_company(by.company)
    row = Vendor(company=by.company) if vendor is None else rows.select_for_update().get(pk=vendor.pk)
    before = None if vendor is None else told(row)
    as_wanted(tags)
    row.name, row.vat_number, row.country = " ".join(name.split()), vat_number.strip(), country
    row.account_number, row.category, row.tax_code = account_number.strip(), category, tax_code
    row.tags = sorted(str(tag.pk) for tag in tags)
    others = rows.filter(merged_into=None).exclude(pk=row.pk).values_list("name", flat=True)
    if row.name.casefold() in {other.casefold() for other in others}:
        raise VendorTaken(name=row.name)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise VendorTaken(name=row.name) from None
    _keep_aliases(row, [row.name, *aliases])
    tell(by=by, row=row, before=before, after=told(row), now=now)
    return row


def _keep_aliases(row: Vendor, names: Iterable[str]) -> None:
    wanted = {word for word in map(merchant_name.plain, names) if word}
    row.aliases.exclude(name__in=wanted).delete()
    known = VendorAlias.objects.for_company(row.company).filter(name__in=wanted).select_related("vendor")
    has = {alias.name: alias for alias in known}
    taken = next((alias for alias in has.values() if alias.vendor_id != row.pk), None)
    if taken is not None:
        raise AliasTaken(alias=taken.name, vendor=taken.vendor.name)
    new = sorted(wanted - set(has))[:MOST_ALIASES]
    try:
        with transaction.atomic():
            VendorAlias.objects.bulk_create(VendorAlias(company=row.company, vendor=row, name=name) for name in new)
    except IntegrityError:
        raise AliasTaken(alias=new[0], vendor="") from None


def vendor_of(company: Any, merchant_key: str) -> Vendor | None:
    """Return the vendor that a merchant's name, as it is compared, leads to."""
    if not merchant_key:
        return None
    rows = VendorAlias.objects.for_company(company).filter(name=merchant_key, vendor__archived_at=None)
    alias = rows.select_related("vendor__category__tax_code", "vendor__tax_code").first()
    return alias.vendor if alias else None


def told(row: Vendor) -> dict[str, Any]:
    """Return what the log says of a vendor."""
    return {
        "name": row.name,
        "vat_number": row.vat_number,
        "account_number": row.account_number,
        "aliases": sorted(row.aliases.values_list("name", flat=True)) if row.pk else [],
        "category": row.category.code if row.category else None,
        "tax_code": row.tax_code.code if row.tax_code else None,
    }
