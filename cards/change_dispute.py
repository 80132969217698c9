"""Change a dispute after it was filed, where its issuer lets one: take it back, or send one more paper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Membership
from cards import dispute_state
from cards.disputes import restate
from cards.evidence import MAX_FILES, Evidence, TooMuchEvidence, keep
from cards.issuers import issuer_named
from cards.issuers.base import Feature, IssuerRefused, IssuerUnavailable
from cards.models import Dispute, DisputeEvidence, DisputeStatus, DisputeStep
from cards.settle import lock_card
from events.record import record
from pleo.lib.errors import DomainError


class DisputeFixed(DomainError):
    """The dispute is decided or not filed yet, or its issuer takes no change."""

    code = "dispute_fixed"
    status = 409

    def message(self) -> str:
        return gettext("This dispute cannot be changed any more. Load the page again to see where it stands.")


class IssuerSaidNo(DomainError):
    """The issuer did not take the change."""

    code = "issuer_said_no"
    status = 409

    def message(self) -> str:
        return gettext("The card issuer did not take it: %(text)s") % self.params


class IssuerSilent(DomainError):
    """The issuer did not answer; nothing was changed here."""

    code = "issuer_silent"
    status = 503

    def message(self) -> str:
        return gettext("The card issuer does not answer. Try again in a minute.")


def is_changeable(dispute: Dispute) -> bool:
    """Say whether its issuer takes changes of this dispute as it stands."""
    is_filed = bool(dispute.issuer_reference) and dispute.status != DisputeStatus.OPENED and not dispute.is_closed
    return is_filed and Feature.CHANGE_DISPUTES in issuer_named(dispute.issuer).features


def withdraw_dispute(*, dispute: Dispute, by: Membership, now: datetime | None = None) -> Dispute:
    """Take a dispute back; what was credited for now goes back with it. Withdrawn already, it changes nothing.

    The issuer is told first, with a key that makes it once. Raises DisputeFixed, IssuerSaidNo, IssuerSilent.
    """
    now = now or timezone.now()
    if dispute.status == DisputeStatus.WITHDRAWN:
        return dispute
    if not is_changeable(dispute):
        raise DisputeFixed
    with _heard():
        issuer_named(dispute.issuer).withdraw_dispute(reference=dispute.issuer_reference, key=f"withdraw:{dispute.pk}")
    with transaction.atomic():
        held = _held(dispute)
        if held.status == DisputeStatus.WITHDRAWN:
            return held
        if held.is_closed:
            raise DisputeFixed
        DisputeStep.objects.create(
            company=held.company, dispute=held, word=dispute_state.WITHDRAWN, by=by, occurred_at=now
        )
        restate(held, now, by=by)
    return held


def add_evidence(*, dispute: Dispute, file: Evidence, by: Membership, now: datetime | None = None) -> DisputeEvidence:
    """Send one more paper. The same file again is the one there is, and is sent again under the same key.

    Raises DisputeFixed, TooMuchEvidence, IssuerSaidNo, IssuerSilent, and what `keep` raises for a file.
    """
    with transaction.atomic():
        held = _held(dispute)
        if not is_changeable(held):
            raise DisputeFixed
        kept = keep(dispute=held, file=file, by=by)
        if held.evidence.count() > MAX_FILES:
            raise TooMuchEvidence
        with _heard():
            issuer_named(held.issuer).add_evidence(
                reference=held.issuer_reference, name=kept.name, file=kept.key, key=f"evidence:{kept.pk}"
            )
        record(
            company=held.company, verb="dispute.evidence_added", subject=held, by=by, changes={"name": kept.name}, now=now
        )  # fmt: skip
    return kept


@contextmanager
def _heard() -> Iterator[None]:
    """Say in our words what an issuer answers when it does not do what it is told. Raises IssuerSaidNo, IssuerSilent."""
    try:
        yield
    except IssuerUnavailable:
        raise IssuerSilent from None
    except IssuerRefused as refused:
        raise IssuerSaidNo(text=refused.text or refused.code) from None


def _held(dispute: Dispute) -> Dispute:
    """Lock the dispute's card, which orders all that happens to it, and read it again."""
    clearing = dispute.clearing
    lock_card(dispute.issuer, clearing.card.issuer_reference)
    held: Dispute = Dispute.objects.select_related("clearing__card", "company").get(pk=dispute.pk)
    return held
