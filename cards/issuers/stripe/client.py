"""Asking Stripe: one client for the installation, every answer an object as plain values, every failure one of the port's.

A call gives up before a worker's lease ends, and asks again by itself only for what the network lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from cards.issuers.base import IssuerRefused, IssuerUnavailable

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 20
# What a call that will never go through ends with; anything else may go through later.
FINAL = (
    stripe.InvalidRequestError,
    stripe.CardError,
    stripe.IdempotencyError,
    stripe.PermissionError,
)


@cache
def client(key: str, base: str) -> stripe.StripeClient:
    """Return the client of a key. `base` is another address than Stripe's own, for tests."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base, "files": base} if base else {},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def ask(call: Callable[[stripe.StripeClient], Any]) -> dict[str, Any]:
    """Make one call and return the object as plain values. Raises IssuerUnavailable and IssuerRefused."""
    try:
        answer = call(client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API))
        return dict(answer.to_dict())
    except FINAL as error:
        # Its sentence may repeat what was sent; the code and Stripe's own id of the call are enough to find it there.
        logger.warning("Stripe refused: code=%s request=%s", error.code, error.request_id)
        raise IssuerRefused(str(error.code or "invalid_request"), str(error.user_message or "")[:200]) from None
    except stripe.StripeError as error:
        logger.warning("Stripe did not answer: kind=%s request=%s", type(error).__name__, error.request_id)
        raise IssuerUnavailable(type(error).__name__) from None


def pages(
    call: Callable[[stripe.StripeClient, dict[str, Any]], Any], params: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list, page after page, newest first as Stripe gives them. Raises as `ask` does."""
    after: dict[str, Any] = {}
    while True:
        page = ask(lambda stripe_, after=after: call(stripe_, {**params, "limit": 100, **after}))  # type: ignore[misc]
        yield from page["data"]
        if not page.get("has_more") or not page["data"]:
            return
        after = {"starting_after": page["data"][-1]["id"]}
