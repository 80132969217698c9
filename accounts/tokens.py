"""Sign-in for programs: a bearer token acts as its membership, within its scopes."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import ApiToken, CompanyStatus, MembershipStatus, User, keyed_hash

PREFIX = "pleo_"
# A write per request would make every read of the API a write of the database.
LAST_USED_STEP = timedelta(minutes=1)

# The token that acts in this request. `events.record` names it beside the person, so that the audit log can tell them apart.
acting_token: ContextVar[ApiToken | None] = ContextVar("acting_token", default=None)


class TokenAuthentication(BaseAuthentication):
    """Reads `Authorization: Bearer pleo_…`. A token of a person who left, or of a closed company, opens nothing."""

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'

    def authenticate(self, request: Any) -> tuple[User | AnonymousUser, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        try:
            secret = words[1].decode("ascii") if len(words) == 2 else ""
        except UnicodeDecodeError:
            secret = ""
        token = self.find(secret)
        self.note_use(token)
        request._request.membership, request._request.company = token.membership, token.company
        return token.membership.user or AnonymousUser(), token

    def find(self, secret: str) -> ApiToken:
        """Return the live token of a secret. Raises AuthenticationFailed in one and the same words for every reason."""
        token = (
            ApiToken.objects.select_related("company", "membership__company", "membership__user")
            .filter(token_hash=keyed_hash(secret), revoked_at=None)
            .filter(membership__status=MembershipStatus.ACTIVE, company__status=CompanyStatus.ACTIVE)
            .filter(Q(membership__user=None) | Q(membership__user__is_active=True))
            .first()
        )
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, revoked, or its owner has left."))
        return token

    def note_use(self, token: ApiToken) -> None:
        now = timezone.now()
        if token.last_used_at is None or token.last_used_at < now - LAST_USED_STEP:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token; strangers share the rate of their address."""

    scope = "token"

    def get_cache_key(self, request: Any, view: Any) -> str:
        token = request.auth
        return self.cache_format % {"scope": self.scope, "ident": token.pk if token else self.get_ident(request)}
