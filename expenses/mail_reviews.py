"""Mails of what waits for review, with links that decide: one a day or one for each, as everybody chose."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from accounts.models import Membership, MembershipStatus, keyed_hash
from expenses.deciders import stage_of, waits_for
from expenses.models import Expense, MailLink, MailPace, ReviewMail, ReviewSettings
from expenses.route import live_route
from pleo.lib import format
from pleo.lib.ids import uuid7
from pleo.lib.mail import Mail, MailRow, send_mail

logger = logging.getLogger(__name__)
VALID = timedelta(days=3)
MORNING = 8
MOST = 20


def mail_reviews(*, now: datetime) -> int:
    """Send what is due; return how many mails went out. A crash sends a mail twice rather than never."""
    wanted = ReviewMail.objects.exclude(pace=MailPace.OFF).filter(
        membership__status=MembershipStatus.ACTIVE, membership__user__is_active=True
    )
    limits = ReviewSettings.objects.filter(mail_limit__isnull=False)
    wanted = wanted.filter(company__in=limits.values("company")).select_related("membership__user", "company")
    sent = 0
    for wish in wanted.order_by("id"):
        person = wish.membership
        today = person.company.day_of(now)
        is_morning = now.astimezone(person.company.zone).hour >= MORNING and wish.told_on != today
        if wish.pace == MailPace.DAILY and not is_morning:
            continue
        links = _links(person, now=now)
        if links:
            sent += _send(person, links, pace=wish.pace, now=now)
        if wish.pace == MailPace.DAILY:
            ReviewMail.objects.filter(pk=wish.pk).update(told_on=today)
    return sent


def _links(person: Membership, *, now: datetime) -> list[MailLink]:
    """Return a link for each expense that waits for a person, is small enough, and was not mailed as it stands."""
    limit = ReviewSettings.objects.get(company=person.company_id).mail_limit
    told = MailLink.objects.filter(
        approver=person, expense=OuterRef("pk"), seen_version=OuterRef("version"), seen_amount=OuterRef("amount"),
        sent_at__isnull=False, expires_at__gt=now,
    )  # fmt: skip
    rows = Expense.objects.visible_to(person).filter(waits_for(person, now=now), amount__lte=limit)
    rows = rows.exclude(Exists(told)).select_related("owner", "company").order_by("purchased_at", "id")
    return [_link(person, expense, now=now) for expense in rows[:MOST]]


@transaction.atomic
def _link(person: Membership, expense: Expense, *, now: datetime) -> MailLink:
    """Return a link for an expense as it stands: the one that could not be sent before, else a new one."""
    stage = stage_of(live_route(expense))
    unsent = MailLink.objects.filter(approver=person, expense=expense, stage=stage, sent_at=None, expires_at__gt=now)
    known: MailLink | None = unsent.filter(seen_version=expense.version, seen_amount=expense.amount).first()
    if known is not None:
        known.expense = expense
        return known
    link = MailLink(
        id=uuid7(), company_id=person.company_id, approver=person, expense=expense, stage=stage,
        seen_version=expense.version, seen_amount=expense.amount, expires_at=now + VALID,
    )  # fmt: skip
    link.token_hash = keyed_hash(link.secret)
    link.save(force_insert=True)
    return link


def _send(person: Membership, links: list[MailLink], *, pace: str, now: datetime) -> int:
    """Send one mail for each, or one for all, and mark what went out."""
    lots = [[link] for link in links] if pace == MailPace.AT_ONCE else [links]
    user, company, sent = person.user, person.company, 0
    assert user is not None, "only people with an account are mailed"
    language = user.language or settings.LANGUAGE_CODE
    for lot in lots:
        with (
            translation.override(language),
            format.region(user.region or company.region),
            timezone.override(company.zone),
        ):
            mail = _mail(person, lot)
        try:
            send_mail(mail, to=user.email)
        except (OSError, SMTPException) as error:
            logger.warning("review mail waits for the next round: membership=%s error=%s", person.pk, error)
            continue
        MailLink.objects.filter(pk__in=[link.pk for link in lot]).update(sent_at=now)
        sent += 1
    return sent


def _mail(person: Membership, links: list[MailLink]) -> Mail:
    note = gettext("The links work for three days, once each, and for you alone: do not pass this mail on.")
    if len(links) == 1:
        said, path = _said(links[0]), _path(links[0])
        return Mail(gettext("To review: %(what)s") % {"what": said}, said, gettext("Look and decide"), path, note)
    subject = ngettext("%(n)s expense to review", "%(n)s expenses to review", len(links)) % {"n": len(links)}
    rows = tuple(MailRow(_said(link), format.day(link.expense.purchased_at), _path(link)) for link in links)
    inbox = reverse("review", kwargs={"company": person.company.slug})
    return Mail(subject, gettext("Each can be decided from here:"), gettext("Open the inbox"), inbox, note, rows)


def _said(link: MailLink) -> str:
    params = {"merchant": link.expense.merchant, "amount": format.amount(link.expense.booked)}
    return gettext("%(merchant)s, %(amount)s, %(name)s") % {**params, "name": link.expense.owner.name}


def _path(link: MailLink) -> str:
    return reverse("review-by-mail", kwargs={"token": link.secret})
