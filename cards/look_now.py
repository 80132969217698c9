"""Look at a company's issuer now, because somebody asked, and not more often than it bears."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from cards import reconcile
from cards.freeze import NotYours
from cards.issuers import features_of
from cards.issuers.base import Feature
from cards.models import Reconciliation, ReconciliationStatus
from pleo.lib.errors import DomainError
from pleo.lib.work import enqueue

# All companies of an installation share the issuer's account, and the issuer counts calls.
EVERY = timedelta(minutes=5)


class LookedLately(DomainError):
    """Somebody is looking, or looked a moment ago."""

    code = "looked_lately"

    def message(self) -> str:
        return gettext("Somebody looked a moment ago. Try again in five minutes.")


class NothingToLookAt(DomainError):
    """The company's issuer keeps nothing that could differ."""

    code = "nothing_to_look_at"

    def message(self) -> str:
        return gettext("This card issuer keeps nothing that could differ from what stands here.")


def can_be_looked_at(company: Company) -> bool:
    """Say whether the company's issuer keeps anything to compare with."""
    return Feature.RECONCILE in features_of(company.issuer)


def last_look(company: Company) -> Reconciliation | None:
    """Return the last look at the company's issuer that was finished."""
    done = Reconciliation.objects.filter(issuer=company.issuer, status=ReconciliationStatus.DONE)
    return done.order_by("-until").first()


def is_being_looked_at(company: Company) -> bool:
    """Say whether a look waits or runs."""
    open_states = (ReconciliationStatus.WAITING, ReconciliationStatus.RUNNING)
    return Reconciliation.objects.filter(issuer=company.issuer, status__in=open_states).exists()


def look_now(*, company: Company, by: Membership, now: datetime | None = None) -> Reconciliation:
    """Ask the worker for a look at the company's issuer. Raises NotYours, NothingToLookAt, LookedLately."""
    now = now or timezone.now()
    if not by.can("cards.manage") or by.company_id != company.pk:
        raise NotYours
    if not can_be_looked_at(company):
        raise NothingToLookAt
    if Reconciliation.objects.filter(issuer=company.issuer, created_at__gt=now - EVERY).exists():
        raise LookedLately
    begun = reconcile.begin_one(name=company.issuer, now=now)
    if begun is None:
        raise LookedLately
    from cards.tasks import reconcile_one  # here, because the task calls this module's neighbour

    enqueue(reconcile_one, reconciliation_id=begun.pk)
    return begun
