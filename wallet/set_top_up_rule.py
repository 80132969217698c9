"""Let a wallet top itself up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.models import CapInterval, LedgerAccount, Mandate, RuleStatus, TopUpRule
from wallet.transfer import AmountNotPositive, OtherCurrency


class CapTooSmall(DomainError):
    """The cap is smaller than one collection: the rule would never do anything."""

    code = "cap_too_small"
    field = "cap"

    def message(self) -> str:
        return gettext("The cap is smaller than one top-up.")


class MandateRevoked(DomainError):
    """The mandate collects nothing any more."""

    code = "mandate_revoked"
    field = "mandate"

    def message(self) -> str:
        return gettext("This mandate was taken back. Sign a new one.")


@transaction.atomic
def set_top_up_rule(
    *,
    account: LedgerAccount,
    mandate: Mandate,
    below: Money,
    amount: Money,
    cap: Money,
    cap_interval: str,
    by: Membership,
    now: datetime,
) -> TopUpRule:
    """Set a wallet's one rule and switch it on. Raises AmountNotPositive, OtherCurrency, CapTooSmall, MandateRevoked."""
    assert account.company_id == mandate.company_id == by.company_id, "a wallet and a mandate of the company"
    assert cap_interval in CapInterval.values, "a known interval"
    for money in (below, amount, cap):
        if money.amount <= 0:
            raise AmountNotPositive
        if money.currency != account.currency:
            raise OtherCurrency(wallet=account.currency, asked=money.currency)
    if cap < amount:
        raise CapTooSmall
    if mandate.revoked_at:
        raise MandateRevoked
    values = {
        "mandate": mandate, "threshold": below.amount, "amount": amount.amount, "cap_amount": cap.amount,
        "cap_interval": cap_interval, "currency": account.currency, "status": RuleStatus.ON, "pause_code": "", "by": by,
    }  # fmt: skip
    rows = TopUpRule.objects.select_for_update(no_key=True).filter(account=account).exclude(status=RuleStatus.ENDED)
    rule: TopUpRule | None = rows.first()
    if rule is None:
        rule = TopUpRule.objects.create(company=by.company, account=account, created_at=now, **values)
    else:
        for name, value in values.items():
            setattr(rule, name, value)
        rule.save()
    changes = {"amount": rule.amount, "currency": rule.currency, "below": rule.threshold, "cap": rule.cap_amount}
    record(company=rule.company, verb="top_up_rule.set", subject=rule, by=by, changes=changes, now=now)
    return rule
