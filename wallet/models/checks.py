"""When the ledger was last proved to agree, and up to where."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership
from pleo.lib.models import CompanyOwned
from wallet.models.ledger import WalletQuerySet


class LedgerCheck(CompanyOwned):
    """The latest check of a company's ledger. `sums` holds each account's debits and credits of all transfers up to `through`.

    A later check adds what came after `through` to these sums instead of counting everything again; `proved` is how many they
    are, `transfers` how many there were in all, `full_at` when everything was counted. `differences` is empty when the ledger agrees.
    """

    company = models.OneToOneField("accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False)
    checked_at = models.DateTimeField(editable=False)
    full_at = models.DateTimeField(editable=False)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    proved = models.PositiveBigIntegerField(editable=False)
    transfers = models.PositiveBigIntegerField(editable=False)
    through = models.UUIDField(editable=False)
    sums = models.JSONField(default=dict, editable=False)
    differences = models.JSONField(default=list, editable=False)
    objects: ClassVar[Any] = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(full_at__lte=F("checked_at")), name="ledger_check_full_not_later"),
        ]

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d %H:%M}"

    @property
    def agrees(self) -> bool:
        return not self.differences
