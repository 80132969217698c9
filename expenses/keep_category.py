"""Add a category for people to choose, or change one."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.models import Category, ChartAccount, TaxCode
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
    category: Category | None = None,
) -> Category:  # fmt: skip
    """Make a category, or change `category`; what was coded with it keeps its own VAT code. Raises NameTaken."""
    new = category is None
    row = Category(company=by.company) if category is None else Category.objects.select_for_update().get(pk=category.pk)
    before = None if new else [row.name, row.account.number, row.tax_code.code if row.tax_code else None]
    row.name, row.account, row.tax_code = name.strip(), account, tax_code
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
    after = [row.name, account.number, tax_code.code if tax_code else None]
    if before != after:
        pairs = zip(("name", "account", "tax_code"), before or [None] * 3, after, strict=True)
        changes = {key: [a, b] for key, a, b in pairs if a != b}
        verb = "master.created" if new else "master.changed"
        record(company=by.company, verb=verb, subject=row, by=by, changes=changes, now=now)
    return row
