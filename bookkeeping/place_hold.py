"""Place a legal hold: from now on nothing that it covers is erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, ngettext

from accounts.models import Company, Membership
from bookkeeping.kept import Keeping, kept
from bookkeeping.models import HoldScope, LegalHold
from bookkeeping.retention_lock import lock_retention
from events.record import record
from expenses.models import Expense
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text
from receipts.erase import stop
from receipts.models import Erasure, Receipt


class HoldNotYours(DomainError):
    """The role may look at holds, not place or lift them."""

    code = "hold_not_yours"
    status = 403

    def message(self) -> str:
        return gettext("Your role does not allow this. Ask an admin.")


class HoldNeedsReason(DomainError):
    """Whoever reads the hold in five years asks why."""

    code = "hold_needs_reason"
    field = "reason"

    def message(self) -> str:
        return gettext("Write why this must be kept, in a few words.")


class HoldNamesNothing(DomainError):
    """A hold on a receipt, expense or person has to say which; what is named belongs to the company."""

    code = "hold_names_nothing"

    def message(self) -> str:
        return {
            "receipt": gettext("There is no such receipt, or it is erased already."),
            "expense": gettext("There is no expense with this number."),
            "person": gettext("Choose a person."),
        }[self.params["scope"]]


@dataclass(frozen=True)
class Placed:
    """A hold, the erasures that it stopped, and those whose files were being removed already."""

    hold: LegalHold
    stopped: int
    too_late: int

    @property
    def words(self) -> str:
        """What to tell whoever placed it."""
        said = [gettext("On hold: %(what)s.") % {"what": self.hold.what}]
        if self.stopped:
            text = ngettext("One erasure was stopped.", "%(count)d erasures were stopped.", self.stopped)
            said.append(text % {"count": self.stopped})
        if self.too_late:
            text = ngettext(
                "One receipt was being erased at this moment and is gone.",
                "%(count)d receipts were being erased at this moment and are gone.",
                self.too_late,
            )
            said.append(text % {"count": self.too_late})
        return " ".join(said)


@transaction.atomic
def place_hold(
    *, by: Membership, scope: str, reason: str, now: datetime, receipt: Receipt | None = None, expense: Expense | None = None,
    person: Membership | None = None,
) -> Placed:  # fmt: skip
    """Hold a receipt, an expense, a person or the whole company, and stop erasures that have not removed anything yet.

    A person's hold covers what they sent and what is on their expenses. The lock that erasures take comes first: an erasure
    either sees this hold, or is past the point of no return and counted as too late.
    Raises HoldNotYours, HoldNeedsReason, HoldNamesNothing.
    """
    if not by.can("legal_holds.place"):
        raise HoldNotYours
    why = " ".join(reason.split())[:500]
    if not why:
        raise HoldNeedsReason
    target = {"receipt": receipt, "expense": expense, "person": person}.get(scope)
    lock_retention(by.company)
    if scope != HoldScope.COMPANY:
        _check(by.company, scope, target)
    hold = LegalHold(company_id=by.company_id, scope=scope, reason=why, by=by, placed_at=now)
    if scope != HoldScope.COMPANY:
        setattr(hold, scope, target)
    hold.search_text = search_text(hold.what, why, by.name)
    hold.save(force_insert=True)
    stopped, too_late = _stop(by.company, now)
    changes = {"scope": scope, "reason": why, "stopped": stopped, "too_late": too_late}
    record(company=by.company, verb="legal_hold.placed", subject=hold, by=by, label=hold.what, changes=changes, now=now)
    return Placed(hold, stopped, too_late)


def _check(company: Company, scope: str, target: Receipt | Expense | Membership | None) -> None:
    if target is None or target.company_id != company.pk:
        raise HoldNamesNothing(scope=scope)
    if isinstance(target, Receipt) and Erasure.objects.exclude(removing_at=None).filter(receipt=target).exists():
        raise HoldNamesNothing(scope=scope)


def _stop(company: Company, now: datetime) -> tuple[int, int]:
    """Stop the erasures of what is on hold now; return how many, and how many could not be stopped any more."""
    open_ones = Erasure.objects.for_company(company).filter(removed_at=None)
    held = kept(company).filter(pk__in=open_ones.values("receipt"), keeping=Keeping.HELD).values_list("pk", flat=True)
    stopped = [stop(erasure=one, now=now) for one in open_ones.filter(receipt__in=list(held)).select_related("company")]
    return sum(stopped), len(stopped) - sum(stopped)
