"""Further addresses that a person sends receipts from: added, believed once the mailed link was opened, taken away."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus, fold_email, keyed_hash
from events.record import record
from pleo.lib import format, work
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.ids import uuid7
from pleo.lib.mail import Mail, send_mail
from receipts import tasks
from receipts.answer_mail import own_addresses
from receipts.mail_address import secrets_in
from receipts.models import SenderAddress
from receipts.retake_mail import retake_mail_of

logger = logging.getLogger(__name__)
LINK_DAYS = 7
MOST = 10
# Mails with links that one person may have sent to strangers in a day.
LINKS_A_DAY = 10


class AddressSenseless(DomainError):
    """It is no address, or one of ours."""

    code = "address_senseless"
    field = "email"

    def message(self) -> str:
        return gettext("Enter an e-mail address of your own, like name@example.com.")


class AddressKnown(DomainError):
    """It brings receipts already: it was added, or is the address of the account."""

    code = "address_known"
    status = 409
    field = "email"

    def message(self) -> str:
        return gettext("Receipts from this address are taken already.")


class TooManyAddresses(DomainError):
    """A person has enough of them, or had enough links sent today."""

    code = "too_many_addresses"
    field = "email"

    def message(self) -> str:
        return gettext("That is enough for today: remove an address first, or add this one tomorrow.")


class LinkClosed(DomainError):
    """The link is unknown, was replaced, or is too old."""

    code = "link_closed"
    status = 410

    def message(self) -> str:
        return gettext("This link does not work any more. Add the address again to get a new one.")


class AddressTaken(DomainError):
    """The address is believed for somebody else, or for another company of the same person."""

    code = "address_taken"
    status = 409

    def message(self) -> str:
        return gettext(
            "This address brings receipts to another account. Remove it there first, or use your personal address."
        )


@transaction.atomic
def add_sender(*, membership: Membership, email: str, now: datetime) -> SenderAddress:
    """Note an address and mail a link to it. Raises AddressSenseless, AddressKnown, TooManyAddresses."""
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    folded = _checked(email)
    rows = SenderAddress.objects.filter(membership=membership)
    if rows.filter(email=folded, verified_at__isnull=False).exists() or _is_login(membership, folded):
        raise AddressKnown
    rows.filter(email=folded).delete()
    today = rows.filter(created_at__gt=now - timedelta(days=1)).count()
    if rows.count() >= MOST or today >= LINKS_A_DAY:
        raise TooManyAddresses
    row = SenderAddress(
        id=uuid7(), company_id=membership.company_id, membership=membership, email=folded, created_at=now,
        expires_at=now + timedelta(days=LINK_DAYS),
    )  # fmt: skip
    row.token_hash = keyed_hash(row.secret)
    row.save(force_insert=True)
    record(company=membership.company, verb="sender_address.added", subject=membership, by=membership, now=now)
    work.enqueue(tasks.send_sender_link, sender_id=row.pk)
    return row


def _checked(email: str) -> str:
    folded = fold_email(email.replace("\x00", ""))
    try:
        validate_email(folded)
    except ValidationError:
        raise AddressSenseless from None
    if len(folded) > 254 or folded in own_addresses() or secrets_in([folded]):
        raise AddressSenseless
    return folded


def _is_login(membership: Membership, folded: str) -> bool:
    return EmailAddress.objects.filter(user=membership.user_id, email__iexact=folded, verified=True).exists()


def find_sender(*, token: str, now: datetime) -> SenderAddress:
    """Return the address of a link. Raises LinkClosed."""
    rows = SenderAddress.objects.select_related("membership__company", "company")
    row = rows.filter(token_hash=keyed_hash(token), membership__status=MembershipStatus.ACTIVE).first()
    if row is None or (row.verified_at is None and row.expires_at <= now):
        raise LinkClosed
    return row


@transaction.atomic
def confirm_sender(*, sender: SenderAddress, now: datetime) -> SenderAddress:
    """Believe an address from now on, and take in the mail that waited for it. Twice changes nothing. Raises AddressTaken."""
    try:
        with transaction.atomic():
            fresh = SenderAddress.objects.filter(pk=sender.pk, verified_at=None).update(verified_at=now)
    except IntegrityError:
        raise AddressTaken from None
    if fresh:
        record(company=sender.company, verb="sender_address.confirmed", subject=sender.membership, now=now)
        retake_mail_of(sender=sender.email)
    sender.refresh_from_db()
    return sender


@transaction.atomic
def remove_sender(*, sender: SenderAddress, by: Membership, now: datetime) -> None:
    """Believe an address no more. Raises WrongState when it is gone already."""
    gone, _ = SenderAddress.objects.filter(pk=sender.pk).delete()
    if not gone:
        raise WrongState
    record(company=by.company, verb="sender_address.removed", subject=sender.membership, by=by, now=now)


def send_link(*, sender_id: UUID, now: datetime) -> bool:
    """Mail the link of an address once. Says whether it went out; marked afterwards, because twice is better than never."""
    waiting: Any = SenderAddress.objects.filter(Q(sent_at=None, verified_at=None), pk=sender_id, expires_at__gt=now)
    row = waiting.select_related("membership__user", "company").first()
    if row is None:
        return False
    language = (row.membership.user.language if row.membership.user else "") or settings.LANGUAGE_CODE
    try:
        with translation.override(language), format.region(row.company.region):
            send_mail(_words(row), to=row.email)
    except (OSError, SMTPException) as error:
        logger.warning("link of a sender waits for the sweep: id=%s error=%s", sender_id, error)
        return False
    waiting.update(sent_at=now)
    return True


def unsent(*, before: datetime) -> list[UUID]:
    """Return addresses whose link should be out by now."""
    rows = SenderAddress.objects.filter(sent_at=None, verified_at=None, created_at__lte=before, expires_at__gt=before)
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:200])


def _words(row: SenderAddress) -> Mail:
    names = {"name": row.membership.name, "company": row.company.name, "email": row.email}
    return Mail(
        subject=gettext("Send receipts from %(email)s?") % names,
        text=gettext(
            "%(name)s at %(company)s wants receipts from %(email)s taken in. If that is you, press the button. "
            "If not, do nothing: the address is not used."
        )
        % names,
        action=gettext("Yes, that is me"),
        path=reverse("sender-link", args=[row.secret]),
        note=gettext("The link works for %(days)s days.") % {"days": LINK_DAYS},
    )
