"""Cards and the life of a payment, in our words. Issuers' own field names are known to `issuers/` alone."""

from cards.models.batches import BatchStatus, CardBatch, CardBatchRow, RowStatus
from cards.models.bulk import BulkAct, BulkRowState, BulkStatus, CardBulk, CardBulkRow
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
from cards.models.consents import Consent, ConsentKind, ConsentStatus
from cards.models.controls import (
    Allowance,
    CardRequest,
    Control,
    ControlKind,
    ControlMode,
    RequestKind,
    RequestStatus,
)
from cards.models.copies import IssuerCopy, IssuerHolder, Reconciliation, ReconciliationStatus
from cards.models.disputes import (
    CLOSED,
    Dispute,
    DisputeEvidence,
    DisputeReason,
    DisputeStatus,
    DisputeStep,
)
from cards.models.drift import Drift, DriftEnd, DriftKind, DriftState
from cards.models.leavings import Leaving, LeavingStatus
from cards.models.limits import CASH_WINDOWS, OF_CASH, SINGLE, WINDOWS, CardTemplate, Interval, Limit, LimitUse
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
from cards.models.simulated import SimulatedDay
from cards.models.subscriptions import Period, PriceChange, Subscription

__all__ = [
    "CASH_WINDOWS",
    "CLOSED",
    "LIVE_STATES",
    "OF_CASH",
    "OPEN_STATES",
    "SINGLE",
    "WINDOWS",
    "Allowance",
    "Authorization",
    "AuthorizationStatus",
    "BatchStatus",
    "BulkAct",
    "BulkRowState",
    "BulkStatus",
    "Card",
    "CardBatch",
    "CardBatchRow",
    "CardBulk",
    "CardBulkRow",
    "CardKind",
    "CardRequest",
    "CardState",
    "CardTemplate",
    "Channel",
    "Clearing",
    "ClearingKind",
    "CloseReason",
    "Consent",
    "ConsentKind",
    "ConsentStatus",
    "Control",
    "ControlKind",
    "ControlMode",
    "DecidedBy",
    "Dispute",
    "DisputeEvidence",
    "DisputeReason",
    "DisputeStatus",
    "DisputeStep",
    "Drift",
    "DriftEnd",
    "DriftKind",
    "DriftState",
    "Freeze",
    "FreezeSource",
    "Interval",
    "IssuerCopy",
    "IssuerHolder",
    "IssuerMessage",
    "IssuerStatus",
    "Leaving",
    "LeavingStatus",
    "Limit",
    "LimitUse",
    "MessageKind",
    "MessageStatus",
    "OurAnswer",
    "Outcome",
    "Period",
    "Pin",
    "Plastic",
    "PriceChange",
    "Reconciliation",
    "ReconciliationStatus",
    "RequestKind",
    "RequestStatus",
    "RowStatus",
    "Shipping",
    "SimulatedDay",
    "Subscription",
]
