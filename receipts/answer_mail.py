"""What we answer to mail that came in: who is told, at most how often, and in which words."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from pleo.lib import format, work
from pleo.lib.mail import Mail
from receipts import tasks
from receipts.ingest import explain_refusal
from receipts.mail_address import personal_address
from receipts.models import InboundMail, MailAnswer, MailOutcome

logger = logging.getLogger(__name__)

# Outcomes that are told; what went well, came before or was automatic is not.
TOLD = frozenset(
    {"partly", "nothing", "refused", "encrypted", "too_large", "broken", "unproven", "old_address", "left"}
)
TO_STRANGERS = frozenset({MailOutcome.STRANGER, MailOutcome.AMBIGUOUS})
# Nobody is written to more often than this, and all strangers together no more: From lines are easily made up.
PER_PERSON_A_DAY = 20
STRANGERS_AN_HOUR = 60
_NOBODY = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply", "bounce", "mailer-daemon", "postmaster")


def is_own_mail(sender: str, message_id: str) -> bool:
    """Say whether a mail is one that we sent."""
    return sender in own_addresses() or message_id.strip("<>").startswith("pleo-answer.")


def own_addresses() -> set[str]:
    """Return the addresses that we send from and are written to at."""
    plain = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ").lower()
    return {plain, settings.RECEIPTS_ADDRESS.lower()}


def owe_answer(
    *, mail: InboundMail, taken_by: Membership | None, others: tuple[Membership, ...], now: datetime
) -> MailAnswer | None:
    """Write down that a mail is answered, in the caller's transaction, unless it is none to tell of or enough was told today.

    A person is told at the address of their account, never at the one the mail says it is from.
    """
    if MailAnswer.objects.filter(mail=mail).exists():
        return None
    if mail.outcome in TOLD and taken_by is not None:
        to, is_stranger = taken_by.email or getattr(taken_by.user, "email", ""), False
        if MailAnswer.objects.filter(to=to, day=now.date()).count() >= PER_PERSON_A_DAY:
            return None
    elif mail.outcome in TO_STRANGERS:
        to, is_stranger = mail.sender, True
        if not _may_tell_stranger(to, now):
            return None
    else:
        return None
    if not to:
        return None
    params = {"companies": [str(other.pk) for other in others]}
    try:
        with transaction.atomic():
            answer = MailAnswer.objects.create(
                mail=mail, to=to, code=mail.outcome, to_stranger=is_stranger, day=now.date(), params=params
            )
    except IntegrityError:
        return None
    work.enqueue(tasks.send_mail_answer, answer_id=answer.pk)
    return answer


def _may_tell_stranger(to: str, now: datetime) -> bool:
    local = to.rpartition("@")[0]
    if not local or any(local.startswith(word) for word in _NOBODY):
        return False
    rows = MailAnswer.objects.filter(to_stranger=True)
    if rows.filter(to=to, created_at__gt=now - timedelta(days=1)).exists():
        return False
    return rows.filter(created_at__gt=now - timedelta(hours=1)).count() < STRANGERS_AN_HOUR


def send_answer(*, answer_id: UUID, now: datetime) -> bool:
    """Send an answer that was not sent yet. Says whether it went out.

    Marked after sending: a crash between the two sends it twice, which is better than never.
    """
    waiting = MailAnswer.objects.filter(pk=answer_id, sent_at=None)
    answer = waiting.select_related("mail__membership__user", "mail__company").first()
    if answer is None or answer.mail is None:
        return False
    person = answer.mail.membership if not answer.to_stranger else None
    language = (person.user.language if person and person.user else "") or settings.LANGUAGE_CODE
    region = answer.mail.company.region if answer.mail.company else None
    try:
        with translation.override(language):
            if region:
                with format.region(region):
                    _send(answer, answer.mail, person)
            else:
                _send(answer, answer.mail, person)
    except (OSError, SMTPException) as error:
        logger.warning("answer to a mail waits for the sweep: id=%s error=%s", answer_id, error)
        return False
    waiting.update(sent_at=now)
    return True


def unsent(*, before: datetime) -> list[UUID]:
    """Return answers that should be out by now; those of the last three days, since nobody waits for older ones."""
    rows = MailAnswer.objects.filter(sent_at=None, created_at__lte=before, created_at__gt=before - timedelta(days=3))
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:200])


def _send(answer: MailAnswer, mail: InboundMail, person: Membership | None) -> None:
    """Send it marked as an automatic answer (RFC 3834), so that no other machine answers back."""
    words = words_of(answer, mail, person)
    context: dict[str, Any] = {"mail": words, "url": settings.BASE_URL + words.path}
    host = settings.RECEIPTS_ADDRESS.rpartition("@")[2]
    headers = {
        "Message-ID": f"<pleo-answer.{answer.pk}@{host}>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "X-Pleo-Answer": "1",
    }
    if mail.message_id.startswith("<") and " " not in mail.message_id:
        headers |= {"In-Reply-To": mail.message_id, "References": mail.message_id}
    message = EmailMultiAlternatives(
        subject=" ".join(words.subject.split()), body=render_to_string("emails/mail.txt", context), to=[answer.to], headers=headers
    )  # fmt: skip
    message.attach_alternative(render_to_string("emails/mail.html", context), "text/html")
    message.send()


def words_of(answer: MailAnswer, mail: InboundMail, person: Membership | None) -> Mail:
    """Return the answer in words, in the active language."""
    subject = mail.subject or gettext("without a subject")
    name = {"subject": subject, "company": person.company.name if person else ""}
    text, path = _told(answer, mail, person), "/"
    action = gettext("Open Pleo")
    if person is not None:
        path = reverse("receipts-by-mail", kwargs={"company": person.company.slug})
        action = gettext("See what came in")
    note = gettext("An automatic answer to the mail “%(subject)s”. Nobody reads answers to it.") % name
    return Mail(gettext("Your mail: %(subject)s") % name, text, action, path, note)


def _told(answer: MailAnswer, mail: InboundMail, person: Membership | None) -> str:
    name = {"company": person.company.name if person else "", "to": settings.RECEIPTS_ADDRESS}
    if answer.code == MailOutcome.AMBIGUOUS:
        return _own_addresses(answer)
    sentences = {
        "stranger": gettext(
            "Your mail arrived, and we do not know this address. Send receipts from the address you log in with, or add this one "
            "under Receipts by e-mail. The mail is kept for %(days)s days and taken in as soon as the address is yours."
        )
        % {"days": settings.MAIL_KEEP_DAYS},
        "nothing": gettext("Your mail arrived, and there was no receipt in it: no attachment, and hardly any text."),
        "encrypted": gettext(
            "Your mail is encrypted and could not be opened. Send the receipt in a mail that is not, or upload it."
        ),
        "too_large": gettext("A file of your mail is too large. Send a photo of it, or a PDF with fewer pages."),
        "broken": gettext("Your mail arrived damaged and could not be opened. Send it again, or upload the receipt."),
        "unproven": gettext(
            "A mail says it is from you, and your mail provider does not confirm it. Send receipts to your personal address instead."
        ),
        "old_address": gettext(
            "A mail went to your old receiving address and was not taken in. Tell the sender your new one."
        ),
        "left": gettext("Your mail arrived, and you cannot add receipts at %(company)s any more. Ask its finance team.")
        % name,
        "partly": _count(mail),
        "refused": gettext("Your mail arrived, and nothing in it could be taken as a receipt."),
    }
    reasons = [
        f"{part.file_name or gettext('Attachment')}: {explain_refusal(part.refusal)}"
        for part in mail.parts.order_by("number")
        if part.refusal
    ]
    return " ".join([sentences[answer.code], *reasons])


def _count(mail: InboundMail) -> str:
    count = mail.parts.exclude(receipt=None).count()
    return ngettext(
        "One receipt of your mail was added; not everything in it could be.",
        "%(count)d receipts of your mail were added; not everything in it could be.",
        count,
    ) % {"count": count}


def _own_addresses(answer: MailAnswer) -> str:
    people = Membership.objects.filter(pk__in=answer.params.get("companies", [])).select_related("company")
    lines = [f"{person.company.name}: {personal_address(membership=person)}" for person in people]
    said = gettext(
        "You work at several companies, and we cannot tell whose receipt this is. Send it to the address of the right one."
    )
    return " ".join([said, *(f"{line}." for line in lines)])
