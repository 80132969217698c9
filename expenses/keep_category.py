"""Add a category for people to choose, or change one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from accounts.models import Company, Membership
from expenses.master_event import tell
from expenses.models import Category, CategoryGroup, ChartAccount, TaxCode
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7


class NameTaken(DomainError):
    """Another category is called this, perhaps an archived one."""

    code = "category_name_taken"
    status = 409
    field = "name"

    def message(self) -> str:
        return gettext("There is a category “%(name)s” already.") % self.params


@transaction.atomic
def keep_category(
    *, by: Membership, name: str, account: ChartAccount, tax_code: TaxCode | None, now: datetime,
    category: Category | None = None, group: CategoryGroup | str | None = None,
) -> Category:  # fmt: skip
    """Make a category, or change `category`; what was coded with it keeps its own VAT code. Raises NameTaken.

    A group is given as a row or by its name, which makes it when there is none.
    """
    new = category is None
    row = Category(company=by.company) if category is None else Category.objects.select_for_update().get(pk=category.pk)
    before = None if new else _told(row)
    row.name, row.account, row.tax_code = name.strip(), account, tax_code
    row.group = group_named(by.company, group) if isinstance(group, str) else group
    # The database folds ASCII alone on SQLite; "æbler" and "Æbler" are one name all the same.
    others = Category.objects.for_company(by.company).exclude(pk=row.pk).values_list("name", flat=True)
    if row.name.casefold() in {other.casefold() for other in others}:
        raise NameTaken(name=row.name)
    if new:
        row.code = f"{slugify(row.name)[:30] or 'category'}-{str(uuid7())[-6:]}"
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTaken(name=row.name) from None
    tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


def group_named(company: Company, name: str) -> CategoryGroup | None:
    """Return the group of categories with this name, made now if need be; none without a name."""
    name = " ".join(name.split())
    if not name:
        return None
    rows = CategoryGroup.objects.for_company(company)
    known: CategoryGroup | None = next((row for row in rows if row.name.casefold() == name.casefold()), None)
    if known is None:
        known = rows.get_or_create(company=company, name=name)[0]
    return known


def _told(row: Category) -> dict[str, Any]:
    return {
        "name": row.name,
        "account": row.account.number,
        "tax_code": row.tax_code.code if row.tax_code else None,
        "group": row.group.name if row.group else None,
    }
