"""The issuers' doors: the one question answered inline, and everything else stored and answered at once."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cards import authorize as deciding
from cards.authorize import CardUnknown, ReferenceReused
from cards.decide import decide
from cards.intake import keep_refused, receive
from cards.issuers import UnknownIssuer, issuer_named
from cards.issuers.base import BadSignature, Issuer, Malformed
from cards.issuers.reading import load, redact
from cards.models import MessageStatus
from cards.tasks import take_in
from pleo.lib import bells
from pleo.lib.work import enqueue

logger = logging.getLogger(__name__)

# The largest real message is some 8 KB; nobody needs more to say what was bought.
MAX_BYTES = 64 * 1024


class _Refused(Exception):
    """The body is not let in; carries the answer. A stranger leaves a line in the server's log and no row anywhere."""

    def __init__(self, code: str, status: int, where: str = "") -> None:
        super().__init__(code)
        logger.warning("door refused: code=%s status=%s where=%s", code, status, where)
        error = {"code": code} | ({"where": where} if where else {})
        self.response = JsonResponse({"error": error}, status=status)


def _read(request: HttpRequest, name: str) -> tuple[Issuer, dict[str, Any], bytes]:
    """Let a body in: a known issuer, not too large, signed, then JSON. In this order, so that a stranger learns nothing."""
    try:
        issuer = issuer_named(name)
    except UnknownIssuer:
        raise _Refused("unknown_issuer", 404) from None
    declared = request.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared[:12]) > MAX_BYTES:
        raise _Refused("too_large", 413)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise _Refused("too_large", 413)
    try:
        issuer.verify_signature(headers=request.headers, body=body, now=timezone.now())
        return issuer, load(body), body
    except BadSignature:
        raise _Refused("bad_signature", 401) from None
    except Malformed as error:
        raise _Refused(error.code, 400, error.where) from None


@csrf_exempt
@require_POST
def authorizations(request: HttpRequest, issuer_name: str) -> HttpResponse:
    """POST /issuer/<name>/authorizations: may this purchase go through? Every way out is an answer; the default is no."""
    started = deciding.clock()
    try:
        issuer, document, body = _read(request, issuer_name)
    except _Refused as refused:
        return refused.response
    return _answer(issuer, document, body, started)


def _answer(issuer: Issuer, document: dict[str, Any], body: bytes, started: float) -> HttpResponse:
    try:
        asked = issuer.parse_request(redact(document))
    except Malformed as error:
        keep_refused(
            issuer=issuer, document=document, body=body, code=error.code, where=error.where, now=timezone.now()
        )
        return _Refused(error.code, 400, error.where).response
    answer, rung = decide(asked, started)
    if answer.reason in (CardUnknown.code, ReferenceReused.code):
        keep_refused(issuer=issuer, document=document, body=body, code=answer.reason, where="card", now=timezone.now())
    response = JsonResponse(issuer.answer(answer), headers=dict(issuer.answer_headers))
    # Without it the answer goes out in chunks, which takes a till one more read.
    response["Content-Length"] = str(len(response.content))
    # Once the answer is out: a broker that is slow to take a bell must not eat the till's two seconds.
    response._resource_closers.append(partial(bells.ring, rung))  # type: ignore[attr-defined]
    return response


@csrf_exempt
@require_POST
def messages(request: HttpRequest, issuer_name: str) -> HttpResponse:
    """POST /issuer/<name>/messages: stored once, answered 200, and taken in by a task. A question here is answered as well."""
    started = deciding.clock()
    try:
        issuer, document, body = _read(request, issuer_name)
    except _Refused as refused:
        return refused.response
    if issuer.is_request(document):
        return _answer(issuer, document, body, started)
    try:
        row, is_new = receive(issuer=issuer, document=document, body=body, now=timezone.now())
    except Malformed as error:
        keep_refused(
            issuer=issuer, document=document, body=body, code=error.code, where=error.where, now=timezone.now()
        )
        return _Refused(error.code, 400, error.where).response
    if row.status == MessageStatus.RECEIVED:
        enqueue(take_in, message_id=row.pk)
    return JsonResponse({"received": True, "repeated": not is_new})
