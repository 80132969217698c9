"""Whose receipts a mail brings: by the personal address it went to, else by an address of its sender that we know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import CompanyStatus, Membership, MembershipStatus, fold_email
from receipts.mail_address import may_have_one, owner_of, secrets_in
from receipts.models import MailOutcome, SenderAddress


@dataclass(frozen=True, slots=True)
class Identified:
    """The person, or why there is none. With `problem` the person, if any, is who shall be told of it."""

    membership: Membership | None = None
    problem: str = ""
    others: tuple[Membership, ...] = ()


def identify_sender(*, recipients: list[str], headers: dict[str, Any]) -> Identified:
    """Return whose receipts a mail brings.

    A personal address decides, whoever the mail says it is from: only its owner gives it away. Without one the From line must name a
    verified address, and where MAIL_AUTH_SERVER is set our own mail server must have found that line to be true.
    """
    for _, secret in secrets_in(recipients):
        owner = owner_of(secret)
        if owner is None:
            continue
        if owner.replaced_at is not None:
            return Identified(owner.membership, MailOutcome.OLD_ADDRESS)
        return _checked(owner.membership)
    sender = fold_email(headers.get("sender", ""))
    people = _people_of(sender) if sender else []
    if not people:
        return Identified(problem=MailOutcome.STRANGER)
    if not is_proven(sender, headers.get("authentication", [])):
        return Identified(people[0], MailOutcome.UNPROVEN)
    able = [person for person in people if may_have_one(person)]
    if len(able) > 1:
        return Identified(problem=MailOutcome.AMBIGUOUS, others=tuple(able))
    return _checked(able[0] if able else people[0])


def _checked(membership: Membership) -> Identified:
    is_able = may_have_one(membership) and membership.company.status == CompanyStatus.ACTIVE
    return Identified(membership, "" if is_able else MailOutcome.LEFT)


def _people_of(sender: str) -> list[Membership]:
    """Return the memberships that an address speaks for: an added sender's one, else those of the user whose verified login it is."""
    added = SenderAddress.objects.filter(email=sender, verified_at__isnull=False)
    row = added.select_related("membership__company", "membership__user").first()
    if row is not None and row.membership.status == MembershipStatus.ACTIVE:
        return [row.membership]
    users = EmailAddress.objects.filter(email__iexact=sender, verified=True, user__is_active=True).values("user")
    rows = Membership.objects.active().filter(user__in=users, company__status=CompanyStatus.ACTIVE)
    return list(rows.select_related("company", "user").order_by("created_at", "id")[:20])


def is_proven(sender: str, authentication: list[str]) -> bool:
    """Say whether our own mail server found the From line to be true (RFC 8601), or is not asked.

    Only the topmost field counts, and only under our server's name: senders can write such fields themselves, and a server puts its
    own above them. DMARC passing is enough; else DKIM or SPF must pass for the very domain of the From line.
    """
    server = settings.MAIL_AUTH_SERVER.strip().lower()
    if not server:
        return True
    text = _without_comments(authentication[0]).lower() if authentication else ""
    name, _, results = text.partition(";")
    if not name.split() or name.split()[0] != server:
        return False
    domain = sender.rpartition("@")[2]
    return any(_vouches(result.strip(), domain) for result in results.split(";"))


def _without_comments(text: str) -> str:
    for _ in range(5):
        text = re.sub(r"\([^()]*\)", " ", text)
    return text


def _vouches(result: str, domain: str) -> bool:
    method = re.match(r"(dmarc|dkim|spf)\s*=\s*pass\b", result)
    if not method:
        return False
    said = dict(re.findall(r"([\w.]+)\s*=\s*\"?([^\s\";]+)", result))
    if method[1] == "dmarc":
        return str(said.get("header.from", domain)) == domain
    named = said.get("header.d", "") if method[1] == "dkim" else said.get("smtp.mailfrom", "").rpartition("@")[2]
    return named == domain
