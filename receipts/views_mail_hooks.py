"""The door of mail providers: checked, stored, answered. A worker does the rest."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pleo.lib.errors import DomainError
from receipts.mail_address import secrets_in
from receipts.mail_hooks import HOOKS, Posted, read_hook
from receipts.models import MailDoor
from receipts.receive_mail import MailTooLarge, receive_mail

logger = logging.getLogger(__name__)
# A mail in base64, in JSON, is half as large again.
_ENVELOPE = 1.5


@csrf_exempt
@require_POST
def mail_hook(request: HttpRequest, provider: str) -> JsonResponse:
    """POST /mail/in/<provider>/: 200 once the mail is stored. Anything else makes the provider bring it again, or give it up."""
    if provider not in settings.MAIL_HOOKS or provider not in HOOKS:
        return JsonResponse({"error": {"code": "not_found"}}, status=404)
    try:
        body = _body(request)
        posted = read_hook(provider=provider, headers=request.headers, body=body, now=timezone.now())
        ids = _stored(posted) if posted.raw else []
    except DomainError as error:
        # A stranger learns the code and leaves a line in the log, and no row anywhere.
        logger.warning("mail hook refused: provider=%s code=%s", provider, error.code)
        return JsonResponse({"error": {"code": error.code}}, status=error.status)
    return JsonResponse({"mails": ids})


def _body(request: HttpRequest) -> bytes:
    """Return the body, read no further than a mail may be. Raises MailTooLarge."""
    limit = int(settings.MAIL_MAX_BYTES * _ENVELOPE)
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared[:12]) > limit:
        raise MailTooLarge
    body = request.read(limit + 1)
    if len(body) > limit:
        raise MailTooLarge
    return body


def _stored(posted: Posted) -> list[str]:
    """Store a mail for each person of ours that its envelope names, or once where it names none."""
    named = [address for address, _ in secrets_in(posted.recipients)] or [(posted.recipients or [""])[0]]
    now = timezone.now()
    return [
        str(receive_mail(raw=posted.raw, door=MailDoor.HOOK, recipient=recipient, now=now).pk) for recipient in named
    ]
