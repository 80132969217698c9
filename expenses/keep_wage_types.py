"""Keep what the payroll calls the lines that we send it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import WageTypes
from expenses.taxable import DEDUCTION, TAX_FREE, TAXABLE, wage_types_of

LENGTH = 20


@transaction.atomic
def keep_wage_types(*, by: Membership, tax_free: str, taxable: str, deduction: str, now: datetime) -> WageTypes:
    """Keep the three numbers; files that were made stay as they are. Raises NotYours."""
    if not by.can("reimbursements.prepare"):
        raise NotYours
    before = wage_types_of(by.company_id)
    given = {TAX_FREE: tax_free, TAXABLE: taxable, DEDUCTION: deduction}
    values = {name: value.replace("\x00", "").strip()[:LENGTH] for name, value in given.items()}
    changes = {name: [getattr(before, name), value] for name, value in values.items() if getattr(before, name) != value}
    row: WageTypes = WageTypes.objects.update_or_create(company_id=by.company_id, defaults={**values, "by": by})[0]
    if changes:
        record(company=by.company, verb="payroll.wage_types_kept", subject=by.company, by=by, changes=changes, now=now)
    return row
