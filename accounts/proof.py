"""Whether a person has just proved by a second factor that it is them, for what is shown to one person alone."""

from __future__ import annotations

import time

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User

SECOND = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)


def has_second_factor(user: User) -> bool:
    """Say whether a person has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=SECOND).exists()


def proved_lately(request: HttpRequest) -> bool:
    """Say whether a second factor was used in this session within the last five minutes. A password alone never counts."""
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" and record.get("at", 0) > since for record in records)


def proof_page(request: HttpRequest, *, then: str) -> str:
    """Return the address where a person proves it again and comes back to `then`: a code if they have the app, else a passkey."""
    has_code = Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).exists()
    name = "mfa_reauthenticate" if has_code else "mfa_reauthenticate_webauthn"
    return f"{reverse(name)}?{urlencode({'next': then})}"
