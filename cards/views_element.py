"""The simulator's stand-in for an issuer's own element: the page inside a frame that shows a number or takes a PIN.

It plays the issuer: nothing of it is stored here, and it knows its visitor only by a token of a minute. It runs in a sandbox of
its own origin, so that the page around it cannot look inside.
"""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cards.forms_card import PinForm
from cards.intake import deliver
from cards.issuers.base import BadSignature, Message
from cards.issuers.simulator import adapter, number_of, opened
from cards.models import Card, MessageKind, Pin
from cards.reveal import NUMBER, PIN
from pleo.lib.ids import uuid7

RULES: dict[str, Any] = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "frame-src": [NONE],
    "manifest-src": [NONE],
    "style-src": [SELF],
    "font-src": [SELF],
    "img-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "sandbox": ["allow-forms"],
}


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("pin")
@csrf_exempt
@never_cache
@xframe_options_sameorigin
@csp_replace(RULES)  # type: ignore[arg-type]
def element(request: HttpRequest, token: str) -> HttpResponse:
    """Show a pretend card's number, or take a PIN and forget it. A token that is not ours, or older than a minute, says so."""
    if adapter.name not in settings.ISSUERS:
        raise Http404("no cards are simulated here")
    try:
        reference, what = opened(token, timezone.now())
    except BadSignature:
        return render(request, "cards/element.html", {"is_over": True}, status=404)
    card = Card.objects.filter(issuer=adapter.name, issuer_reference=reference).select_related("cardholder").first()
    if card is None:
        raise Http404("the card is gone")
    if what == NUMBER:
        return render(request, "cards/element.html", {"card": card, "shown": number_of(reference)})
    assert what == PIN, what
    form = PinForm(request.POST) if request.method == "POST" else PinForm()
    is_set = form.is_bound and form.is_valid()
    if is_set:
        _tell(card)
    return render(request, "cards/element.html", {"card": card, "form": form, "is_set": is_set})


def _tell(card: Card) -> None:
    """Tell us, as an issuer does, that the card has a PIN. The PIN itself goes nowhere."""
    now = timezone.now()
    message = Message(
        issuer=card.issuer,
        message_id=f"msg_{uuid7().hex}",
        kind=MessageKind.CARD,
        occurred_at=now,
        card_reference=card.issuer_reference,
        facts={"pin": Pin.SET.value},
    )
    deliver(message=message, now=now)
