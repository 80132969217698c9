"""Addresses that receipts are mailed to: one of a person's own, made from RECEIPTS_ADDRESS and a secret."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership, MembershipStatus, Role, keyed_hash
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from receipts.models import ReceivingAddress

_SECRET = re.compile(r"^[a-z2-7]{16}$")


def is_open() -> bool:
    """Say whether mail can come in at all: a door is set up."""
    return bool(settings.MAIL_HOOKS or settings.IMAP_URL or settings.MAIL_INBOX)


def address_with(secret: str) -> str:
    """Return the address of a secret: `receipts+secret@host`, or `secret@host` where RECEIPTS_ADDRESS is `*@host`."""
    local, _, host = settings.RECEIPTS_ADDRESS.rpartition("@")
    return f"{secret}@{host}" if local == "*" else f"{local}+{secret}@{host}"


def may_have_one(membership: Membership) -> bool:
    """People who may add receipts have an address; programs do not."""
    active = membership.status == MembershipStatus.ACTIVE and membership.role != Role.SERVICE
    return active and membership.can("receipts.upload")


class NoAddress(DomainError):
    """Programs have no address of their own, nor has anybody where no mail comes in."""

    code = "no_address"
    status = 409

    def message(self) -> str:
        return gettext("There is no address for receipts: no mail comes in here, or a program asks.")


def check_has_address(membership: Membership) -> None:
    """Raise NoAddress where there is none."""
    if not (is_open() and may_have_one(membership)):
        raise NoAddress


def personal_address(*, membership: Membership) -> str:
    """Return the address of a person, made when it is first asked for. Two asking at once get the same one."""
    row = ReceivingAddress.objects.filter(membership=membership, replaced_at=None).first()
    if row is None:
        try:
            with transaction.atomic():
                row = _fresh(membership)
        except IntegrityError:
            row = ReceivingAddress.objects.get(membership=membership, replaced_at=None)
    return address_with(row.secret)


@transaction.atomic
def renew_address(*, membership: Membership, now: datetime) -> str:
    """Give a person a new address. What comes to the old one is answered, never taken."""
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    ReceivingAddress.objects.filter(membership=membership, replaced_at=None).update(replaced_at=now)
    row = _fresh(membership)
    record(company=membership.company, verb="receiving_address.renewed", subject=membership, by=membership, now=now)
    return address_with(row.secret)


def _fresh(membership: Membership) -> ReceivingAddress:
    row = ReceivingAddress(id=uuid7(), company_id=membership.company_id, membership=membership)
    row.token_hash = keyed_hash(row.secret)
    row.save(force_insert=True)
    return row


def secrets_in(addresses: list[str]) -> list[tuple[str, str]]:
    """Return (address, secret) of those addresses that could be personal ones of ours, in their order.

    `secret+anything@host` is the same address: people sort their mail by what stands after a plus.
    """
    host = settings.RECEIPTS_ADDRESS.rpartition("@")[2].lower()
    found = []
    for address in addresses:
        local, _, domain = address.strip().lower().rpartition("@")
        words = [word for word in local.split("+") if _SECRET.match(word)]
        if domain == host and words:
            found.append((address, words[0]))
    return found


def owner_of(secret: str) -> ReceivingAddress | None:
    """Return the address of a secret, replaced ones too, with its person and company."""
    rows = ReceivingAddress.objects.select_related("membership__company", "membership__user", "company")
    return rows.filter(token_hash=keyed_hash(secret)).first()
