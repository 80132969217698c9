"""Stripe Issuing: `adapter.py` asks and answers, `events.py` reads what it tells, `fetch.py` looks for what we missed."""

from cards.issuers.stripe.adapter import adapter

__all__ = ["adapter"]
