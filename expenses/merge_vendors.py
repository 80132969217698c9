"""Two vendors were one: the second goes into the first with all its names, and can be taken out again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.models import Vendor, VendorAlias, VendorMerge
from pleo.lib.errors import DomainError, WrongState


class NotMergeable(DomainError):
    """One of the two was merged already, or both are the same."""

    code = "vendor_not_mergeable"
    status = 409
    field = "vendor"

    def message(self) -> str:
        return gettext("Choose another vendor that was not merged yet.")


@transaction.atomic
def merge_vendors(*, by: Membership, gone: Vendor, kept: Vendor, now: datetime) -> VendorMerge:
    """Let `kept` stand for `gone`: names lead to it from now on, expenses show it. Raises NotMergeable.

    Both rows are locked in the order of their ids, so that two merges of one pair take turns.
    """
    rows = Vendor.objects.for_company(by.company).filter(pk__in=[gone.pk, kept.pk])
    locked = {row.pk: row for row in rows.select_for_update().order_by("pk")}
    if len(locked) != 2 or any(row.merged_into_id for row in locked.values()) or locked[kept.pk].archived_at:
        raise NotMergeable
    aliases = list(VendorAlias.objects.filter(vendor=gone).values_list("pk", flat=True))
    merged = list(Vendor.objects.filter(merged_into=gone).values_list("pk", flat=True))
    VendorAlias.objects.filter(pk__in=aliases).update(vendor=kept)
    Vendor.objects.filter(pk__in=merged).update(merged_into=kept)
    Vendor.objects.filter(pk=gone.pk).update(merged_into=kept)
    merge: VendorMerge = VendorMerge.objects.create(
        company=by.company, gone=gone, kept=kept, by=by,
        moved={"aliases": [str(pk) for pk in aliases], "merged": [str(pk) for pk in merged]},
    )  # fmt: skip
    changes = {"merged_into": [None, locked[kept.pk].name]}
    record(company=by.company, verb="master.changed", subject=locked[gone.pk], by=by, changes=changes, now=now)
    return merge


@transaction.atomic
def undo_merge(*, by: Membership, merge: VendorMerge, now: datetime) -> Vendor:
    """Take a vendor out again with what came along and is still there. Raises WrongState when that was done, or its name is taken."""
    row = (
        VendorMerge.objects.for_company(by.company).select_for_update().select_related("gone", "kept").get(pk=merge.pk)
    )
    gone: Vendor = row.gone
    vendors = Vendor.objects.for_company(by.company)
    if row.undone_at or gone.merged_into_id is None:
        raise WrongState
    if any(
        name.casefold() == gone.name.casefold()
        for name in vendors.filter(merged_into=None).values_list("name", flat=True)
    ):
        raise WrongState
    standing = gone.merged_into_id
    VendorAlias.objects.filter(pk__in=row.moved["aliases"], vendor=standing).update(vendor=gone)
    vendors.filter(pk__in=row.moved["merged"], merged_into=standing).update(merged_into=gone)
    vendors.filter(pk=gone.pk).update(merged_into=None)
    VendorMerge.objects.filter(pk=row.pk).update(undone_at=now)
    changes = {"merged_into": [row.kept.name, None]}
    record(company=by.company, verb="master.changed", subject=gone, by=by, changes=changes, now=now)
    gone.refresh_from_db()
    return gone
