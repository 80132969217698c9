"""Cards and the life of a payment, in our words. Issuers' own field names are known to `issuers/` alone."""

from cards.models.cards import Card, CardKind, CardState, Freeze, FreezeSource
from cards.models.limits import WINDOWS, Interval, Limit, LimitUse
from cards.models.messages import IssuerMessage, MessageKind, MessageStatus
from cards.models.payments import (
    Authorization,
    AuthorizationStatus,
    Channel,
    Clearing,
    ClearingKind,
    DecidedBy,
    OurAnswer,
    Outcome,
)

__all__ = [
    "WINDOWS",
    "Authorization",
    "AuthorizationStatus",
    "Card",
    "CardKind",
    "CardState",
    "Channel",
    "Clearing",
    "ClearingKind",
    "DecidedBy",
    "Freeze",
    "FreezeSource",
    "Interval",
    "IssuerMessage",
    "Limit",
    "LimitUse",
    "MessageKind",
    "MessageStatus",
    "OurAnswer",
    "Outcome",
]
