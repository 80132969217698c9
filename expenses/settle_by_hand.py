"""A person paid the company, or it was taken off their salary: finance writes it down; and takes it back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from events.models import Channel
from events.notify import notify
from events.record import record
from expenses.balance import standing_of
from expenses.errors import NotYours
from expenses.models import BalanceEntry, BalanceKind, Owed, PayoutItem
from expenses.signals import balance_settled
from pleo.lib import format
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money

BY_HAND = (BalanceKind.REPAYMENT, BalanceKind.DEDUCTION)


class MoreThanOwed(DomainError):
    """More would be paid than the person owes."""

    code = "more_than_owed"
    field = "amount"

    def message(self) -> str:
        owed: Money = self.params["owed"]
        if not owed:
            return gettext("They owe the company nothing.")
        return gettext("They owe the company %(owed)s.") % {"owed": format.amount(owed)}


class NotByHand(DomainError):
    """Only what a person wrote down can be taken back by a person."""

    code = "not_by_hand"
    status = 409

    def message(self) -> str:
        return gettext("This follows from an expense or a payment. Change that instead.")


@transaction.atomic
def settle_by_hand(
    *,
    person: Membership,
    by: Membership,
    amount: Money,
    kind: str,
    day: date,
    client_key: str,
    now: datetime,
    text: str = "",
) -> BalanceEntry:
    """Write down what a person paid back; the same key again returns the row there is. Raises NotYours, MoreThanOwed."""
    assert kind in BY_HAND and client_key, "what is written down by hand names how, and comes once"
    if not by.can("balance.manage") or person.company_id != by.company_id:
        raise NotYours
    Membership.objects.select_for_update(no_key=True).get(pk=person.pk)
    known = BalanceEntry.objects.for_company(by.company).filter(client_key=client_key).first()
    if known is not None:
        return known
    owed = -standing_of(person).open
    if amount > owed:
        raise MoreThanOwed(owed=max(owed, Money(0, owed.currency)))
    entry = BalanceEntry.objects.create(
        company_id=by.company_id, membership=person, kind=kind, owed=Owed.TO_PERSON, amount=amount.amount,
        currency=amount.currency, booked_date=day, client_key=client_key, text=text[:200], by=by,
    )  # fmt: skip
    balance_settled.send(sender=BalanceEntry, entry=entry)
    changes = {"amount": amount.amount, "currency": amount.currency, "how": kind}
    event = record(company=by.company, verb="balance.settled", subject=person, by=by, changes=changes, now=now)
    notify(event=event, memberships=[person], channels=[Channel.IN_APP])
    return entry


@transaction.atomic
def undo_settlement(*, entry: BalanceEntry, by: Membership, now: datetime) -> BalanceEntry:
    """Take back what was written down by hand: an opposite entry. Raises NotYours, NotByHand, WrongState."""
    if not by.can("balance.manage"):
        raise NotYours
    if entry.kind not in BY_HAND:
        raise NotByHand
    if PayoutItem.objects.filter(entry=entry, released_at=None).exists():
        raise WrongState
    try:
        with transaction.atomic():
            opposite = BalanceEntry.objects.create(
                company_id=entry.company_id, membership_id=entry.membership_id, kind=BalanceKind.UNDONE,
                owed=Owed.BY_PERSON, amount=entry.amount, currency=entry.currency,
                booked_date=by.company.day_of(now), undoes=entry, text=entry.text, by=by,
            )  # fmt: skip
    except IntegrityError:
        raise WrongState from None
    balance_settled.send(sender=BalanceEntry, entry=opposite)
    changes = {"amount": entry.amount, "currency": entry.currency}
    record(
        company=by.company, verb="balance.settlement_undone", subject=entry.membership, by=by, changes=changes, now=now
    )
    return opposite
