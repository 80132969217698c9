"""A secret for a program, shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import ApiToken, Membership, MembershipStatus, Role, keyed_hash
from accounts.permissions import CAPABILITIES
from accounts.signals import happened
from accounts.tokens import PREFIX
from pleo.lib.errors import DomainError
from pleo.lib.ids import secret_token
from pleo.lib.search import search_text


class ScopeNotYours(DomainError):
    """A token cannot do more than the person it acts for."""

    code = "scope_not_yours"
    field = "scopes"

    def message(self) -> str:
        return gettext("A token can do no more than the one it acts for: %(scopes)s is too much.") % self.params


@dataclass(frozen=True)
class NewToken:
    """A token with its secret, which nobody can see again."""

    token: ApiToken
    secret: str


@transaction.atomic
def create_token(
    *, membership: Membership, name: str, scopes: Sequence[str], by: Membership, now: datetime | None = None
) -> NewToken:
    """Make a token that acts as `membership` within `scopes`. Raises ScopeNotYours."""
    assert membership.company_id == by.company_id, "a person of another company"
    too_much = [word for word in scopes if word not in CAPABILITIES or not membership.can(word)]
    if too_much:
        raise ScopeNotYours(scopes=", ".join(too_much))
    secret = PREFIX + secret_token()
    token = ApiToken.objects.create(
        company=membership.company,
        membership=membership,
        name=name.strip(),
        prefix=secret[: len(PREFIX) + 8],
        token_hash=keyed_hash(secret),
        scopes=sorted(set(scopes)),
    )
    happened.send(
        sender=ApiToken,
        company=membership.company,
        verb="token.created",
        subject=token,
        by=by,
        changes={"scopes": token.scopes, "acts_as": str(membership.pk)},
        now=now,
    )
    return NewToken(token, secret)


@transaction.atomic
def create_service_token(*, name: str, scopes: Sequence[str], by: Membership, now: datetime) -> NewToken:
    """Make a token with a membership of its own, for a program that should outlive whoever set it up. Raises ScopeNotYours."""
    service = Membership.objects.create(
        company=by.company,
        name=name.strip(),
        role=Role.SERVICE,
        status=MembershipStatus.ACTIVE,
        search_text=search_text(name),
    )
    return create_token(membership=service, name=name, scopes=scopes, by=by, now=now)
