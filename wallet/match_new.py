"""Match the incoming lines of statements that can be matched with certainty; the others wait for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Company, Membership
from accounts.permissions import CAPABILITIES
from events.models import Actor
from events.notify import is_news, notify
from events.record import record
from pleo.lib.errors import DomainError
from wallet.match_line import match_line
from wallet.models import BankLine, LedgerAccount, LineStatus, TopUp, TopUpSource, TopUpStatus
from wallet.reference import codes_in

PIECE = 200
LEFT_AFTER = timedelta(minutes=2)


def match_new(*, company: Company, now: datetime) -> int:
    """Match every line of a company that nobody looked at yet; returns how many became top-ups. Safe to run at any time.

    Each line is decided in a transaction of its own: two workers at once, or one that dies, leave each line decided once.
    """
    matched = waiting = 0
    while lines := list(BankLine.objects.for_company(company).filter(status=LineStatus.NEW).order_by("pk")[:PIECE]):
        for line in lines:
            if _decide(line, now):
                matched += 1
            else:
                waiting += 1
    if waiting:
        _tell(company, now)
    return matched


def match_left(*, now: datetime) -> None:
    """Match what a worker that died left unmatched, of every company. Called by the sweep."""
    left = BankLine.objects.filter(status=LineStatus.NEW, created_at__lte=now - LEFT_AFTER)
    for company in Company.objects.filter(pk__in=left.values("company")):
        match_new(company=company, now=now)


def _decide(line: BankLine, now: datetime) -> bool:
    found = certain_wallet(line)
    if found is not None:
        account, how = found
        try:
            match_line(line=line, account=account, by=None, how=how, now=now)
            return True
        except DomainError:
            # Somebody was first, or the wallet closed a moment ago: then it is looked at by a person, unless it was decided.
            pass
    BankLine.objects.filter(pk=line.pk, status=LineStatus.NEW).update(status=LineStatus.WAITING)
    return False


def certain_wallet(line: BankLine) -> tuple[LedgerAccount, str] | None:
    """Return the wallet that a line is for and how that is known ("reference", "amount"), or None when it is not certain.

    By one code of ours in what the payer wrote; else by the one announced top-up of this amount, when this payer's money was
    matched before. A line that an earlier one in another form may be is never certain.
    """
    if line.direction != "credit" or line.looks_like_id or line.is_reversal:
        return None
    wallets = LedgerAccount.objects.for_company(line.company).wallets().open().filter(currency=line.currency)
    codes = codes_in(line.reference, line.text, line.end_to_end_id)
    if codes:
        account = wallets.filter(top_up_reference=codes[0]).first() if len(codes) == 1 else None
        return (account, "reference") if account else None
    if not line.counterparty_account:
        return None
    announced = list(_announced(line)[:2])
    payer = BankLine.objects.for_company(line.company).filter(counterparty_account=line.counterparty_account)
    if len(announced) == 1 and payer.filter(status=LineStatus.MATCHED).exists():
        return announced[0].account, "amount"
    return None


def suggested_wallets(line: BankLine) -> list[tuple[LedgerAccount, str]]:
    """Return the wallets that a line may be for, each with why ("reference", "amount", "payer"), the likeliest first."""
    wallets = LedgerAccount.objects.for_company(line.company).wallets().open().filter(currency=line.currency)
    codes = codes_in(line.reference, line.text, line.end_to_end_id)
    found = [(account, "reference") for account in wallets.filter(top_up_reference__in=codes)]
    found += [(top_up.account, "amount") for top_up in _announced(line)[:5]]
    if line.counterparty_account:
        before = BankLine.objects.for_company(line.company).filter(status=LineStatus.MATCHED)
        same = before.filter(counterparty_account=line.counterparty_account).select_related("top_up__account")
        found += [(row.top_up.account, "payer") for row in same.order_by("-booked_on")[:5] if row.top_up]
    first: dict[object, tuple[LedgerAccount, str]] = {}
    for account, why in found:
        if account.archived_at is None:
            first.setdefault(account.pk, (account, why))
    return list(first.values())


def _announced(line: BankLine) -> QuerySet[TopUp]:
    rows = TopUp.objects.for_company(line.company).filter(status=TopUpStatus.PENDING, source=TopUpSource.BANK)
    found: QuerySet[TopUp] = (
        rows.filter(amount=line.amount, currency=line.currency).select_related("account").order_by("pk")
    )
    return found


def _tell(company: Company, now: datetime) -> None:
    """Tell those who can match that something waits, once for each reading that left something."""
    newest = BankLine.objects.for_company(company).filter(status=LineStatus.WAITING).order_by("-pk").first()
    if newest is None:
        return
    with transaction.atomic():
        event = record(
            company=company, verb="bank_line.waiting", subject=newest.statement, actor=Actor.SYSTEM, now=now,
            label=str(newest.statement),
        )  # fmt: skip
        if is_news(event):
            able = CAPABILITIES["wallet.reconcile"]
            people = Membership.objects.for_company(company).filter(role__in=able)
            notify(event=event, memberships=people, channels=("in_app",))
