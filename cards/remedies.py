"""What can be done about a purchase that a rule declined, in one tap: by finance at once, by the holder as a wish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from cards.allow_once import may_be_allowed
from cards.controls import Check
from cards.limits import PERSON
from cards.models import Allowance, Authorization, Card, CardRequest, RequestKind, RequestStatus
from pleo.lib import format
from pleo.lib.money import Money


@dataclass(frozen=True)
class Remedy:
    """One way out: a link, or with `is_post` a button that does the whole change.

    `is_own_wish` marks what only asks somebody else for it.
    """

    label: str
    url: str
    is_post: bool = False
    is_own_wish: bool = False


def until_sunday(company: Company, now: datetime) -> datetime:
    """Return the end of this week in the company's time zone: until when a raise in one tap lasts."""
    day = company.day_of(now)
    monday = day + timedelta(days=7 - day.weekday())
    return datetime.combine(monday, time(), company.zone)


def raise_wanted(check: Check, authorization: Authorization) -> Money:
    """Return the limit that would have let a purchase through."""
    params = check["params"]
    return Money(params["used"] + authorization.amount, params["currency"])


def remedies_for(check: Check, card: Card, authorization: Authorization | None, viewer: Membership) -> list[Remedy]:
    """Return what this person can do about a rule that refused a purchase; what would only be refused again is left out."""
    company = viewer.company.slug
    mine = card.cardholder_id == viewer.pk
    about: dict[str, Any] = {"company": company, "card_id": card.pk}
    if viewer.can("cards.limits") and not mine:
        return _for_finance(check, card, authorization, viewer)
    if viewer.can("cards.limits"):
        return [_change(check, card, company)]
    if not mine or authorization is None:
        return []
    found = []
    if may_be_allowed(authorization):
        label = gettext("Ask to allow it once")
        found.append(Remedy(label, _of(authorization, "decline-ask", company), is_post=True, is_own_wish=True))
    if check["code"].startswith("limit_") and check["params"]["owner"] != PERSON:
        url = f"{reverse('card-more', kwargs=about)}?decline={authorization.pk}"
        found.append(Remedy(gettext("Ask for a higher limit"), url, is_own_wish=True))
    return found


def _for_finance(check: Check, card: Card, authorization: Authorization | None, viewer: Membership) -> list[Remedy]:
    company = viewer.company.slug
    found = []
    if authorization is not None and may_be_allowed(authorization):
        found.append(Remedy(gettext("Allow this once"), _of(authorization, "decline-allow", company), is_post=True))
        if check["code"].startswith("limit_"):
            label = gettext("Raise to %(amount)s until Sunday") % {
                "amount": format.amount(raise_wanted(check, authorization))
            }
            found.append(Remedy(label, _of(authorization, "decline-raise", company), is_post=True))
    found.append(_change(check, card, company))
    return found


def _of(authorization: Authorization, name: str, company: str) -> str:
    return reverse(name, kwargs={"company": company, "decline_id": authorization.pk})


def _change(check: Check, card: Card, company: str) -> Remedy:
    about = {"company": company, "card_id": card.pk}
    if check["code"].startswith("control_"):
        return Remedy(gettext("Change the rule"), reverse("card-rules", kwargs=about))
    if check["params"]["owner"] == PERSON:
        person = {"company": company, "person_id": card.cardholder_id}
        return Remedy(gettext("Change the limit"), reverse("person-limits", kwargs=person))
    return Remedy(gettext("Change the limit"), reverse("card-limits", kwargs=about))


@dataclass(frozen=True)
class Answers:
    """What was done about declines since: exceptions granted and wishes that wait, by authorization."""

    allowances: dict[UUID, Allowance] = field(default_factory=dict)
    wishes: dict[UUID, CardRequest] = field(default_factory=dict)

    def said(self, authorization: Authorization, viewer: Membership) -> str:
        """Say it in a sentence, or nothing while nobody has done anything that still holds."""
        allowance, wish = self.allowances.get(authorization.pk), self.wishes.get(authorization.pk)
        if allowance is not None and allowance.used_at:
            return gettext("%(name)s allowed it once, and it was paid %(when)s.") % {
                "name": _name(allowance.granted_by), "when": format.moment(allowance.used_at),
            }  # fmt: skip
        if allowance is not None and allowance.expires_at > timezone.now():
            return gettext("%(name)s allows it once, until %(when)s. Try it again.") % {
                "name": _name(allowance.granted_by), "when": format.moment(allowance.expires_at),
            }  # fmt: skip
        # Finance can answer the wish with the same buttons; its holder has asked and waits.
        if wish is not None and wish.asked_by_id == viewer.pk:
            return gettext("You asked for it %(when)s. Nobody has answered yet.") % {
                "when": format.moment(wish.asked_at)
            }
        return ""


def _name(person: Membership | None) -> str:
    return person.first_name if person else gettext("Finance")


def answers_to(authorizations: Sequence[Authorization]) -> Answers:
    """Read what was done about a page of declines, two queries for all of them, none where nothing could be done."""
    ids = [row.pk for row in authorizations if may_be_allowed(row)]
    if not ids:
        return Answers()
    given = Allowance.objects.filter(refused__in=ids, withdrawn_at=None).select_related("granted_by").order_by("id")
    open_wishes = CardRequest.objects.filter(
        authorization__in=ids, kind=RequestKind.ALLOW_ONCE, status=RequestStatus.OPEN
    )
    return Answers(
        {row.refused_id: row for row in given},
        {row.authorization_id: row for row in open_wishes if row.authorization_id},
    )
