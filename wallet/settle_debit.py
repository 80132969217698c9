"""The bank's answer to a collection: the money is there, or it is not."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings

from pleo.lib.errors import DomainError
from wallet.models import TopUp, TopUpSource, TopUpStatus
from wallet.top_up import receive_top_up

logger = logging.getLogger(__name__)


def settle_debit(*, top_up: TopUp, now: datetime) -> TopUp:
    """Book a collection that the bank carried out. Again, it changes nothing. Raises WrongState when it was
    refused, or when another worker books it at this moment."""
    assert top_up.source == TopUpSource.DIRECT_DEBIT, "only a collection is settled"
    known: TopUp = TopUp.objects.get(pk=top_up.pk)
    if known.status == TopUpStatus.RECEIVED:
        return known
    return receive_top_up(
        account=top_up.account,
        bank_line=f"debit-{top_up.pk}",
        amount=top_up.money,
        value_date=top_up.company.day_of(now),
        payer=top_up.payer,
        now=now,
        expected=top_up,
    )


def settle_due(*, now: datetime) -> int:
    """Let the simulator's bank carry out what was ordered a while ago; returns how many. Safe to run by many at once."""
    ordered = TopUp.objects.filter(
        source=TopUpSource.DIRECT_DEBIT,
        status=TopUpStatus.PENDING,
        company__issuer="simulator",
        created_at__lte=now - timedelta(seconds=settings.DIRECT_DEBIT_SECONDS),
    )
    settled = 0
    for top_up in ordered.select_related("company", "account__company").order_by("created_at")[:500]:
        try:
            settle_debit(top_up=top_up, now=now)
            settled += 1
        except DomainError as error:
            logger.info("collection not settled: top_up=%s error=%s", top_up.pk, error.code)
    return settled
