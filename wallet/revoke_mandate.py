"""Take back our right to collect."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import WrongState
from wallet.models import Mandate, RuleStatus, TopUpRule


@transaction.atomic
def revoke_mandate(*, mandate: Mandate, by: Membership, now: datetime) -> Mandate:
    """End a mandate; rules that collect with it rest. What is already on its way still arrives. Raises WrongState."""
    rows = Mandate.objects.for_company(by.company).filter(pk=mandate.pk, revoked_at=None)
    if not rows.update(revoked_at=now):
        raise WrongState
    TopUpRule.objects.filter(mandate=mandate, status=RuleStatus.ON).update(
        status=RuleStatus.PAUSED, pause_code="mandate_revoked"
    )
    mandate.refresh_from_db()
    record(company=by.company, verb="mandate.revoked", subject=mandate, by=by, now=now)
    return mandate
