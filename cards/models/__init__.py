"""Cards and the life of a payment, in our words. Issuers' own field names are known to `issuers/` alone."""

from cards.models.cards import (
    LIVE_STATES,
    OPEN_STATES,
    Card,
    CardKind,
    CardState,
    CloseReason,
    Freeze,
    FreezeSource,
    IssuerStatus,
)
from cards.models.disputes import (
    CLOSED,
    Dispute,
    DisputeEvidence,
    DisputeReason,
    DisputeStatus,
    DisputeStep,
)
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
from cards.models.plastic import Pin, Plastic, Shipping

__all__ = [
    "CLOSED",
    "LIVE_STATES",
    "OPEN_STATES",
    "WINDOWS",
    "Authorization",
    "AuthorizationStatus",
    "Card",
    "CardKind",
    "CardState",
    "Channel",
    "Clearing",
    "ClearingKind",
    "CloseReason",
    "DecidedBy",
    "Dispute",
    "DisputeEvidence",
    "DisputeReason",
    "DisputeStatus",
    "DisputeStep",
    "Freeze",
    "FreezeSource",
    "Interval",
    "IssuerMessage",
    "IssuerStatus",
    "Limit",
    "LimitUse",
    "MessageKind",
    "MessageStatus",
    "OurAnswer",
    "Outcome",
    "Pin",
    "Plastic",
    "Shipping",
]
