"""Say how long a company keeps its receipts, and whether they are erased by themselves."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.models import BookSettings
from bookkeeping.place_hold import HoldNotYours
from bookkeeping.retention_law import MOST_YEARS, law_of
from bookkeeping.retention_lock import lock_retention
from events.record import record
from pleo.lib.errors import DomainError


class ShorterThanTheLaw(DomainError):
    """The country's law wants vouchers kept for longer."""

    code = "retention_too_short"
    field = "years"

    def message(self) -> str:
        text = gettext("The law asks for at least %(years)s years (%(source)s).")
        if not self.params["source"]:
            text = gettext("Keep receipts for at least %(years)s years: we know no shorter rule of your country.")
        return text % self.params


class LongerThanAllowed(DomainError):
    """Personal data is not kept for ever."""

    code = "retention_too_long"
    field = "years"

    def message(self) -> str:
        return gettext("At most %(years)s years.") % self.params


@transaction.atomic
def change_retention(*, by: Membership, years: int | None, erases: bool) -> BookSettings:
    """Set the years, None for what the law asks, and whether receipts are erased by themselves.

    A shorter time erases nothing at once: people are told again, 30 days before. Raises HoldNotYours, ShorterThanTheLaw,
    LongerThanAllowed.
    """
    if not by.can("retention.manage"):
        raise HoldNotYours
    settings, law = lock_retention(by.company), law_of(by.company.country)
    if years is not None and years < law.years:
        raise ShorterThanTheLaw(years=law.years, source=law.source)
    if years is not None and years > MOST_YEARS:
        raise LongerThanAllowed(years=MOST_YEARS)
    changes = {}
    for name, after in (("retention_years", years), ("erases", erases)):
        before = getattr(settings, name)
        if before != after:
            changes[name] = [before, after]
            setattr(settings, name, after)
    if changes:
        settings.save(update_fields=list(changes))
        record(company=by.company, verb="retention.changed", subject=settings, by=by, changes=changes)
    return settings
