"""A card processor on the old road: ISO 8583 over TCP. `server.py` is its door, `messages.py` reads what comes through."""

from cards.issuers.iso8583.adapter import adapter

__all__ = ["adapter"]
