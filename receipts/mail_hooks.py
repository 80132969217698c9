"""What mail providers post to us: who they prove to be, and the mail as it came. One shape each, chosen by MAIL_HOOKS.

generic   the mail itself as the body; `X-Pleo-Timestamp`, `X-Pleo-Recipient` (several with commas) and
          `X-Pleo-Signature: sha256=<hex>`, the HMAC-SHA256 of "<timestamp>.<recipient>.<body>" under a secret of MAIL_HOOK_SECRETS.
postmark  JSON with `RawEmail` (the option "Include raw email content in JSON payload"); Postmark signs nothing, so the secret is
          the password in the address it is given (https://any:secret@host/...).
mailgun   the form of `forward()` to an address that ends in `mime`: `body-mime`, and `signature`, the HMAC-SHA256 of
          timestamp + token under the signing key.
ses       SNS notifications of an SES receipt rule whose action is SNS; the secret is the password in the address, as SNS allows.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.core.cache import cache

from pleo.lib.errors import DomainError

logger = logging.getLogger(__name__)
# How far a signed time may be from ours. Within it a message is taken once: the same mail again is the same row.
TOLERANCE_SECONDS = 300
_REMEMBER_SECONDS = TOLERANCE_SECONDS * 2


class HookUnproven(DomainError):
    """No secret of ours stands behind the request, or its time is over."""

    code = "unproven"
    status = 401


class HookMalformed(DomainError):
    """The request has not the shape that its provider sends."""

    code = "malformed"
    status = 400


@dataclass(frozen=True, slots=True)
class Posted:
    """The mail of a request, and whom its envelope names; no mail where the provider only asks or greets."""

    raw: bytes = b""
    recipients: list[str] = field(default_factory=list)


def read_hook(*, provider: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Posted:
    """Check a request and return the mail in it. Raises HookUnproven before anything of it is believed, and HookMalformed."""
    read = HOOKS[provider]
    return read(headers, body, now)


def _signed(message: bytes, given: str) -> bool:
    """Say whether one of our secrets made this signature, without telling by the time it takes."""
    digests = [
        hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        for secret in settings.MAIL_HOOK_SECRETS
        if secret
    ]
    return any(hmac.compare_digest(digest.encode(), given.encode("utf-8", "replace")) for digest in digests)


def _is_timely(timestamp: str, now: datetime) -> bool:
    return (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) < 12
        and abs(now.timestamp() - int(timestamp)) <= TOLERANCE_SECONDS
    )


def _check_password(headers: Mapping[str, str]) -> None:
    """The secret is the password of HTTP Basic. Raises HookUnproven."""
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    try:
        _, _, password = base64.b64decode(given.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        raise HookUnproven from None
    known = [hmac.compare_digest(password, secret.encode()) for secret in settings.MAIL_HOOK_SECRETS if secret]
    if scheme.lower() != "basic" or not any(known):
        raise HookUnproven


def _generic(headers: Mapping[str, str], body: bytes, now: datetime) -> Posted:
    timestamp, recipient = headers.get("X-Pleo-Timestamp", ""), headers.get("X-Pleo-Recipient", "")
    given = headers.get("X-Pleo-Signature", "").removeprefix("sha256=")
    said = f"{timestamp}.{recipient}.".encode("utf-8", "replace")
    if not _is_timely(timestamp, now) or not _signed(said + body, given):
        raise HookUnproven
    return Posted(body, [part.strip() for part in recipient.split(",") if part.strip()][:20])


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise HookMalformed from None
    if not isinstance(found, dict):
        raise HookMalformed
    return found


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name, "")
    return value if isinstance(value, str) else ""


def _postmark(headers: Mapping[str, str], body: bytes, now: datetime) -> Posted:
    _check_password(headers)
    found = _object(body)
    raw = _text(found, "RawEmail")
    if not raw:
        raise HookMalformed
    recipient = _text(found, "OriginalRecipient")
    return Posted(raw.encode("utf-8", "surrogateescape"), [recipient] if recipient else [])


def _mailgun(headers: Mapping[str, str], body: bytes, now: datetime) -> Posted:
    fields = _form(headers.get("Content-Type", ""), body)
    timestamp, token = (fields.get(name, b"").decode("ascii", "replace") for name in ("timestamp", "token"))
    given = fields.get("signature", b"").decode("ascii", "replace")
    if not _is_timely(timestamp, now) or not token or not _signed(f"{timestamp}{token}".encode(), given):
        raise HookUnproven
    raw = fields.get("body-mime", b"")
    if not raw:
        raise HookMalformed
    # The signature does not cover the mail, so that a token heard on the way must not bring another one.
    seen = f"mailgun:{hashlib.sha256(token.encode()).hexdigest()}"
    content = hashlib.sha256(raw).hexdigest()
    if cache.get_or_set(seen, content, _REMEMBER_SECONDS) != content:
        raise HookUnproven
    recipients = fields.get("recipient", b"").decode("utf-8", "replace").split(",")
    return Posted(raw, [part.strip() for part in recipients if part.strip()][:20])


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the fields of a form, of either encoding. Files in it are fields as well; only the first of a name counts."""
    kind, _, rest = content_type.partition(";")
    if kind.strip().lower() == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qs(body.decode("ascii"), max_num_fields=200, errors="surrogateescape")
        except (UnicodeDecodeError, ValueError):
            raise HookMalformed from None
        return {name: values[0].encode("utf-8", "surrogateescape") for name, values in pairs.items()}
    boundary = rest.partition("boundary=")[2].partition(";")[0].strip().strip('"')
    if kind.strip().lower() != "multipart/form-data" or not 0 < len(boundary) <= 200:
        raise HookMalformed
    found: dict[str, bytes] = {}
    for piece in body.split(b"--" + boundary.encode("latin-1", "replace"))[1:200]:
        head, parted, content = piece.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode("ascii", "replace")
        if parted and name:
            found.setdefault(name, content.removesuffix(b"\r\n"))
    return found


def _ses(headers: Mapping[str, str], body: bytes, now: datetime) -> Posted:
    _check_password(headers)
    notice = _object(body)
    if notice.get("Type") == "SubscriptionConfirmation":
        # Somebody who runs this opens the address; we follow no link that came in.
        logger.warning("SNS asks to be confirmed: open %s", _text(notice, "SubscribeURL")[:1000])
        return Posted()
    message = _object(_text(notice, "Message").encode() or b"null")
    content = _text(message, "content")
    receipt = message.get("receipt")
    named = receipt.get("recipients", []) if isinstance(receipt, dict) else []
    if not content:
        raise HookMalformed
    raw = content.encode("utf-8", "surrogateescape")
    action = receipt.get("action") if isinstance(receipt, dict) else None
    if isinstance(action, dict) and action.get("encoding") == "BASE64":
        try:
            raw = base64.b64decode(content, validate=False)
        except (binascii.Error, ValueError):
            raise HookMalformed from None
    return Posted(raw, [name for name in named if isinstance(name, str)][:20] if isinstance(named, list) else [])


HOOKS: dict[str, Callable[[Mapping[str, str], bytes, datetime], Posted]] = {
    "generic": _generic,
    "postmark": _postmark,
    "mailgun": _mailgun,
    "ses": _ses,
}
