"""Decide by a link from a mail, without signing in: once, as the person the mail went to, about what the mail showed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import MembershipStatus, keyed_hash
from expenses import next_step
from expenses.deciders import stage_of, waits_for
from expenses.models import Expense, MailLink, Review, ReviewOutcome, ReviewSettings, StageDecision, Via
from expenses.review import review
from expenses.route import live_route
from pleo.lib.errors import DomainError

# What a link can say. A no is said where the whole expense can be seen.
BY_LINK = (ReviewOutcome.OKAY, ReviewOutcome.NEEDS_DETAILS)


class LinkUnknown(DomainError):
    """No link has this token."""

    code = "link_unknown"
    status = 404

    def message(self) -> str:
        return gettext("This link is not complete. Open it from the mail again.")


class LinkClosed(DomainError):
    """The link was used or is too old, or the expense is no longer what the mail showed."""

    code = "link_closed"
    status = 410

    def message(self) -> str:
        return {
            "used": gettext("This link was used already."),
            "expired": gettext("This link is too old."),
            "changed": gettext("The expense was changed since the mail was written, or somebody else decided."),
            "amount": gettext("Amounts like this one are not decided by mail."),
            "gone": gettext("This link does not work any more."),
        }[self.params["reason"]]


def find_link(*, token: str, now: datetime) -> MailLink:
    """Return the open link of a token. Raises LinkUnknown, LinkClosed."""
    rows = MailLink.objects.select_related("approver__user", "approver__company", "expense__owner", "expense__company")
    link: MailLink | None = rows.filter(token_hash=keyed_hash(token)).first()
    if link is None:
        raise LinkUnknown
    refuse_closed(link, now)
    return link


def refuse_closed(link: MailLink, now: datetime) -> None:
    """Raise LinkClosed when a link cannot decide any more. Reads alone."""
    if link.used_at is not None:
        raise LinkClosed(reason="used")
    if link.expires_at <= now:
        raise LinkClosed(reason="expired")
    approver, expense = link.approver, link.expense
    user = approver.user
    if approver.status != MembershipStatus.ACTIVE or user is None or not user.is_active:
        raise LinkClosed(reason="gone")
    settings = ReviewSettings.objects.filter(company=link.company_id).first()
    limit = settings.mail_limit if settings else None
    if limit is None or expense.amount > limit:
        raise LinkClosed(reason="amount")
    stage = stage_of(live_route(expense))
    is_same = (expense.version, expense.amount) == (link.seen_version, link.seen_amount)
    is_there = next_step.base_step(expense) == "to_review" and (stage.pk if stage else None) == link.stage_id
    if not is_same or not is_there or not Expense.objects.filter(waits_for(approver, now=now), pk=expense.pk).exists():
        raise LinkClosed(reason="changed")


@transaction.atomic
def decide_by_link(*, token: str, outcome: str, reason: str, now: datetime) -> Review | StageDecision:
    """Decide as the approver of a link and use it up. The audit says that it was by e-mail link.

    Raises LinkUnknown, LinkClosed, and what `review` raises.
    """
    assert outcome in BY_LINK, outcome
    link = find_link(token=token, now=now)
    # The expense is locked before it is compared: a change on its way is waited for, and then seen.
    Expense.objects.select_for_update(no_key=True).get(pk=link.expense_id)
    if not MailLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        raise LinkClosed(reason="used")
    fresh = find_fresh(link)
    refuse_closed(fresh, now)
    return review(
        expense=fresh.expense, by=fresh.approver, outcome=outcome, reason=reason, now=now, via=Via.MAIL,
        stage_id=fresh.stage_id,
    )  # fmt: skip


def find_fresh(link: MailLink) -> MailLink:
    """Return a link with everything read anew, as if it were not used yet."""
    rows = MailLink.objects.select_related("approver__user", "approver__company", "expense__owner", "expense__company")
    fresh: MailLink = rows.get(pk=link.pk)
    fresh.used_at = None
    return fresh
