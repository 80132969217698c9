"""Money arrived from the company's bank."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money
from wallet.models import AccountKind, LedgerAccount, TopUp, TopUpSource, TopUpStatus, TransferCode
from wallet.transfer import AmountNotPositive, OtherCurrency, transfer


class BankLineReused(DomainError):
    """The bank's line was booked before with another amount: one of the two statements is wrong."""

    code = "bank_line_reused"
    status = 409
    field = "bank_line"

    def message(self) -> str:
        return gettext("This bank line was booked before with another amount.")


def receive_top_up(
    *,
    account: LedgerAccount,
    bank_line: str,
    amount: Money,
    value_date: date,
    payer: str = "",
    by: Membership | None = None,
    now: datetime | None = None,
    expected: TopUp | None = None,
) -> TopUp:
    """Credit the wallet with what the bank reports. The same bank line again returns the first top-up and moves nothing.

    A top-up of this amount that somebody announced for the wallet is the one that arrived; `expected` names it where the
    caller knows which (a collection of ours). `by` is the person who reported it, or nobody when the bank did. Raises
    AmountNotPositive, OtherCurrency, BankLineReused; WrongState when the expected one waits no longer.
    """
    assert bank_line, "a top-up is told apart by its bank line"
    if amount.amount <= 0:
        raise AmountNotPositive
    if amount.currency != account.currency:
        raise OtherCurrency(wallet=account.currency, asked=amount.currency)
    try:
        with transaction.atomic():
            return _book(account, bank_line, amount, value_date, payer, by, now or timezone.now(), expected)
    except IntegrityError:
        lines = TopUp.objects.for_company(account.company).filter(bank_line=bank_line)
        known = lines.exclude(status=TopUpStatus.UNDONE).first()
        if known is None:
            raise
        if known.money != amount:
            raise BankLineReused(bank_line=bank_line) from None
        return known


def _book(
    account: LedgerAccount,
    bank_line: str,
    amount: Money,
    value_date: date,
    payer: str,
    by: Membership | None,
    now: datetime,
    expected: TopUp | None,
) -> TopUp:
    top_up = expected or _announced(account, amount)
    facts = {"bank_line": bank_line, "payer": payer[:140], "value_date": value_date, "status": TopUpStatus.RECEIVED}
    if top_up is None or not TopUp.objects.filter(pk=top_up.pk, status=TopUpStatus.PENDING).update(**facts):
        if expected:
            raise WrongState
        top_up = TopUp.objects.create(
            company_id=account.company_id,
            account=account,
            amount=amount.amount,
            currency=amount.currency,
            by=by,
            created_at=now,
            **facts,
        )
    else:
        top_up.refresh_from_db()
    transfer(
        debit=LedgerAccount.objects.of_kind(account.company, AccountKind.BANK_IN_TRANSIT),
        credit=account,
        amount=amount,
        code=TransferCode.TOP_UP,
        subject=top_up,
        booked_at=now,
        value_date=value_date,
        text=payer,
    )
    event = record(
        company=account.company,
        verb="top_up.received",
        subject=top_up,
        by=by,
        actor=None if by else Actor.SYSTEM,
        changes={"amount": amount.amount, "currency": amount.currency},
        label=payer or bank_line,
        now=now,
    )
    if is_news(event):
        able = CAPABILITIES["wallet.top_up"]
        notify(event=event, memberships=Membership.objects.for_company(account.company).filter(role__in=able))
    return top_up


def _announced(account: LedgerAccount, amount: Money) -> TopUp | None:
    """Return the oldest announcement that this money can be."""
    waiting = TopUp.objects.filter(account=account, status=TopUpStatus.PENDING, source=TopUpSource.BANK)
    found: TopUp | None = waiting.filter(amount=amount.amount).order_by("created_at", "pk").first()
    return found
