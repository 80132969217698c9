"""Contest a purchase: why, with what evidence; and follow what the issuer makes of it.

Money moves only by what carries money: a provisional credit lends it from the account `disputes`, a chargeback brings it, a
second presentment takes it away again. The state follows from the set of what was said (`dispute_state.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards import dispute_state
from cards.dispute_state import Said
from cards.evidence import Evidence, keep
from cards.issuers import issuer_named
from cards.issuers.base import DisputeOrder, Feature, IssuerRefused, IssuerUnavailable
from cards.models import (
    Clearing,
    ClearingKind,
    Dispute,
    DisputeReason,
    DisputeStatus,
    DisputeStep,
    IssuerMessage,
    MessageKind,
    MessageStatus,
)
from cards.settle import lock_card
from events.models import Actor
from events.notify import notify
from events.record import record
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from pleo.lib.search import search_text
from pleo.lib.work import enqueue
from wallet.models import AccountKind, LedgerAccount, TransferCode
from wallet.transfer import transfer

# Card networks take a dispute for 120 days after the money was taken.
DEADLINE = timedelta(days=120)
CONTESTABLE = (ClearingKind.PURCHASE, ClearingKind.CASH)
MONEY_WORDS = {
    ClearingKind.CHARGEBACK: dispute_state.RETURNED,
    ClearingKind.CHARGEBACK_REVERSAL: dispute_state.CHARGED_AGAIN,
}
VERBS = {
    DisputeStatus.OPENED: "dispute.opened",
    DisputeStatus.SUBMITTED: "dispute.submitted",
    DisputeStatus.CREDITED: "dispute.credited",
    DisputeStatus.CONTESTED: "dispute.contested",
    DisputeStatus.WON: "dispute.won",
    DisputeStatus.LOST: "dispute.lost",
    DisputeStatus.WITHDRAWN: "dispute.withdrawn",
}
# How issuers tell it, in the words of the port; others are kept with the message and change nothing.
TOLD_WORDS = {
    "submitted": dispute_state.SUBMITTED,
    "provisional_credit": dispute_state.LENT,
    "won": dispute_state.WON,
    "lost": dispute_state.LOST,
    "expired": dispute_state.LOST,
    "withdrawn": dispute_state.WITHDRAWN,
}


class NotContestable(DomainError):
    """Only money that a shop or a machine took can be contested, at an issuer that takes disputes."""

    code = "not_contestable"

    def message(self) -> str:
        return gettext("Only a settled purchase can be disputed.")


class TooLateToContest(DomainError):
    """The networks' time for disputes is over."""

    code = "dispute_too_late"

    def message(self) -> str:
        return gettext("This settled more than %(days)s days ago. The card networks take no dispute any more.") % {
            "days": DEADLINE.days
        }


class TooMuchContested(DomainError):
    """More than the purchase took, less what came back already."""

    code = "dispute_too_much"
    field = "amount"

    def message(self) -> str:
        if not self.params["left"]:
            return gettext("All of it has come back already.")
        return gettext("At most %(left)s can be disputed.") % {"left": format.amount(self.params["left"])}


class AlreadyContested(DomainError):
    """Somebody contests this purchase already."""

    code = "already_contested"
    status = 409

    def message(self) -> str:
        return gettext("This purchase is disputed already.")


class ExplanationMissing(DomainError):
    """The reason "something else" says nothing by itself."""

    code = "explanation_missing"
    field = "explanation"

    def message(self) -> str:
        return gettext("Say in a few words what is wrong.")


def contestable(clearing: Clearing) -> Money:
    """Return how much of a clearing can be contested: what it took, less what came back for it."""
    back = (ClearingKind.CHARGEBACK, ClearingKind.CORRECTION_CREDIT)
    again = (ClearingKind.CHARGEBACK_REVERSAL, ClearingKind.CORRECTION_DEBIT)
    left = clearing.amount
    named = Clearing.objects.filter(Q(original=clearing) | Q(original__original=clearing))
    for kind, amount in named.values_list("kind", "amount"):
        left -= amount if kind in back else -amount if kind in again else 0
    return Money(max(0, min(left, clearing.amount)), clearing.currency)


def open_dispute(
    *,
    clearing: Clearing,
    by: Membership,
    reason: str,
    explanation: str = "",
    amount: Money | None = None,
    evidence: Sequence[Evidence] = (),
    now: datetime | None = None,
) -> Dispute:
    """Contest a settled purchase, whole or in part. A task sends it to the issuer; not every issuer lets it be taken back from there.

    Raises NotContestable, TooLateToContest, TooMuchContested, ExplanationMissing, AlreadyContested, and what `keep` raises
    for a file.
    """
    assert reason in DisputeReason.values, f"{reason} is not a reason"
    now = now or timezone.now()
    issuer = issuer_named(clearing.issuer)
    if clearing.kind not in CONTESTABLE or Feature.DISPUTES not in issuer.features:
        raise NotContestable
    if now - clearing.cleared_at > DEADLINE:
        raise TooLateToContest
    if reason == DisputeReason.OTHER and not explanation.strip():
        raise ExplanationMissing
    with transaction.atomic():
        card = lock_card(clearing.issuer, clearing.card.issuer_reference)
        assert card is not None, "the card of a clearing exists"
        left = contestable(clearing)
        wanted = left if amount is None else amount
        if not 0 < wanted.amount <= left.amount or wanted.currency != left.currency:
            raise TooMuchContested(left=left)
        dispute = Dispute(
            company=clearing.company,
            clearing=clearing,
            reason=reason,
            explanation=explanation.strip(),
            amount=wanted.amount,
            currency=wanted.currency,
            opened_by=by,
            issuer=clearing.issuer,
            search_text=search_text(clearing.merchant_name, card.last_four, card.cardholder.name),
        )
        try:
            with transaction.atomic():
                dispute.save(force_insert=True)
        except IntegrityError:
            raise AlreadyContested from None
        for each in evidence:
            keep(dispute=dispute, file=each, by=by)
        DisputeStep.objects.create(
            company=clearing.company, dispute=dispute, word=dispute_state.OPENED, by=by, occurred_at=now
        )
        changes = {
            "amount": wanted.amount,
            "currency": wanted.currency,
            "complaint": reason,
            "clearing": str(clearing.pk),
        }
        record(company=clearing.company, verb="dispute.opened", subject=dispute, by=by, changes=changes, now=now)
        from cards.tasks import file_dispute

        enqueue(file_dispute, dispute_id=dispute.pk)
    return dispute


def file(*, dispute_id: Any, now: datetime | None = None) -> Dispute | None:
    """Send an opened dispute to its issuer; repeating changes nothing. None when it was sent before.

    An issuer that does not answer is asked again by the sweep with the same key; one that refuses ends the dispute.
    """
    now = now or timezone.now()
    found = Dispute.objects.select_related("clearing__card", "company").filter(
        pk=dispute_id, status=DisputeStatus.OPENED
    )
    dispute: Dispute | None = found.first()
    if dispute is None:
        return None
    issuer = issuer_named(dispute.issuer)
    order = DisputeOrder(
        key=dispute.pk,
        clearing_reference=dispute.clearing.issuer_reference,
        amount=dispute.money,
        reason=dispute.reason,
        explanation=dispute.explanation,
        evidence={each.name: each.key for each in dispute.evidence.all()},
    )
    note = ""
    try:
        reference = issuer.open_dispute(order)
        issuer.submit_dispute(reference=reference, key=f"submit:{dispute.pk}")
    except IssuerUnavailable:
        return dispute
    except IssuerRefused as refused:
        reference, note = "", f"{refused.code}: {refused.text}"[:500]
    word = dispute_state.WITHDRAWN if note else dispute_state.SUBMITTED
    with transaction.atomic():
        card = lock_card(dispute.issuer, dispute.clearing.card.issuer_reference)
        assert card is not None, "the card of a clearing exists"
        if not Dispute.objects.filter(pk=dispute.pk, status=DisputeStatus.OPENED).update(issuer_reference=reference):
            return None
        dispute.issuer_reference = reference
        DisputeStep.objects.create(
            company=dispute.company, dispute=dispute, word=word, occurred_at=dispute.created_at, note=note
        )
        _adopt(dispute)
        restate(dispute, now)
    return dispute


def file_waiting(*, now: datetime, limit: int = 50) -> int:
    """Ring again for what was opened a while ago and is still here. Returns how many."""
    from cards.tasks import file_dispute

    rows = Dispute.objects.filter(status=DisputeStatus.OPENED, created_at__lte=now - timedelta(seconds=10))
    waiting = list(rows.order_by("created_at").values_list("pk", flat=True)[:limit])
    for dispute_id in waiting:
        enqueue(file_dispute, dispute_id=dispute_id)
    return len(waiting)


def _adopt(dispute: Dispute) -> None:
    """Take in what the issuer said before we knew by what reference it knows the dispute."""
    waiting = IssuerMessage.objects.filter(
        issuer=dispute.issuer,
        kind=MessageKind.DISPUTE,
        reference=dispute.issuer_reference,
        status=MessageStatus.WAITING,
    )
    for row in waiting if dispute.issuer_reference else []:
        row.status = MessageStatus.DONE
        row.save(update_fields=["status"])
        _step(dispute, row)


def hear(*, row: IssuerMessage, now: datetime) -> bool:
    """Take in what an issuer says about a dispute, in the caller's transaction. False when we do not know the dispute yet."""
    found = Dispute.objects.filter(issuer=row.issuer, issuer_reference=row.reference) if row.reference else None
    dispute: Dispute | None = found.select_related("clearing__card", "company").first() if found is not None else None
    if dispute is None:
        return False
    lock_card(dispute.issuer, dispute.clearing.card.issuer_reference)
    dispute.refresh_from_db()
    _step(dispute, row)
    restate(dispute, now)
    return True


def _step(dispute: Dispute, row: IssuerMessage) -> None:
    row.company_id = dispute.company_id
    row.save(update_fields=["company"])
    word = TOLD_WORDS.get(row.details.get("facts", {}).get("state", ""))
    if word is None:
        return
    lent = row.amount if row.amount is not None else dispute.amount
    DisputeStep.objects.create(
        company_id=dispute.company_id,
        dispute=dispute,
        word=word,
        amount=min(lent, dispute.amount) if word == dispute_state.LENT else 0,
        occurred_at=row.occurred_at,
        message=row,
    )


def follow_money(*, clearing: Clearing, message: IssuerMessage, now: datetime) -> None:
    """Let a dispute know that money came back for its purchase, or was taken again. In the caller's transaction."""
    word = MONEY_WORDS.get(ClearingKind(clearing.kind))
    dispute = _contesting(clearing) if word else None
    if word is None or dispute is None:
        return
    DisputeStep.objects.create(
        company=clearing.company,
        dispute=dispute,
        word=word,
        amount=clearing.amount,
        occurred_at=clearing.cleared_at,
        message=message,
    )
    restate(dispute, now)


def _contesting(clearing: Clearing) -> Dispute | None:
    """Find the dispute that money belongs to: of the purchase that it names, else the latest of its authorization."""
    origin = clearing.original
    if origin is not None and origin.kind not in CONTESTABLE:
        origin = origin.original
    rows = Dispute.objects.select_related("clearing__card", "company").order_by("-id")
    found: Dispute | None = None
    if origin is not None:
        found = rows.filter(clearing=origin).first()
    elif clearing.authorization_id:
        found = rows.filter(clearing__authorization=clearing.authorization_id).first()
    return found


def restate(dispute: Dispute, now: datetime, *, by: Membership | None = None) -> None:
    """Bring the dispute and what is lent for it to what was said. Under the card's lock. `by` is who said the last word here."""
    steps = DisputeStep.objects.filter(dispute=dispute).select_related("message")
    said = [
        Said(
            step.word,
            (
                step.occurred_at,
                step.message.sequence if step.message else -1,
                step.message.message_id if step.message else "",
            ),
            step.amount,
        )
        for step in steps
    ]
    standing = dispute_state.standing(said)
    before = dispute.status
    if standing.lent != dispute.credited:
        _lend(dispute, standing.lent, now)
    dispute.status, dispute.credited = standing.status, standing.lent
    dispute.closed_at = (dispute.closed_at or now) if dispute.is_closed else None
    dispute.save(update_fields=["status", "credited", "closed_at"])
    if before == dispute.status:
        return
    event = record(
        company=dispute.company,
        verb=VERBS[DisputeStatus(dispute.status)],
        subject=dispute,
        **({"by": by} if by else {"actor": Actor.ISSUER}),
        changes={"status": [before, dispute.status], "amount": dispute.amount, "currency": dispute.currency},
        now=now,
    )
    if dispute.is_closed or dispute.status == DisputeStatus.CONTESTED:
        notify(event=event, memberships=[dispute.opened_by])


def _lend(dispute: Dispute, lent: int, now: datetime) -> None:
    """Credit the wallet until the dispute is decided, or take that back. Each happens at most once."""
    pending = LedgerAccount.objects.of_kind(dispute.company, AccountKind.DISPUTES)
    wallet = LedgerAccount.objects.get(pk=dispute.clearing.card.account_id)
    given = lent > dispute.credited
    transfer(
        debit=pending if given else wallet,
        credit=wallet if given else pending,
        amount=Money(abs(lent - dispute.credited), dispute.currency),
        code=TransferCode.PROVISIONAL_CREDIT if given else TransferCode.PROVISIONAL_CREDIT_BACK,
        subject=dispute,
        booked_at=now,
        value_date=dispute.company.day_of(now),
        text=dispute.clearing.merchant_name,
    )
