"""The port: what we ask of an issuer and what it tells us, in our words. Nothing else knows an issuer's field names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from pleo.lib.money import Money


class BadSignature(Exception):
    """The message was not signed with the key we share with the issuer, or too long ago."""


class Malformed(Exception):
    """A field of a message is missing or makes no sense. `code` says how, `where` names the issuer's field."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{where}: {code}")
        self.code, self.where = code, where


@dataclass(frozen=True)
class Merchant:
    """The shop, as the network describes it."""

    name: str = ""
    id: str = ""
    category_code: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class AuthorizationRequest:
    """A till asks. `amount` is what would be billed to the card's account, `merchant_amount` what the shop asked for."""

    issuer: str
    request_id: str
    reference: str
    card_reference: str
    amount: Money
    merchant_amount: Money
    merchant: Merchant
    channel: str
    occurred_at: datetime
    expires_at: datetime | None = None
    is_balance_inquiry: bool = False


@dataclass(frozen=True)
class Message:
    """An issuer tells us what happened. An amount that is absent means the whole of what is open, where that makes sense.

    `reference` is the network's own for a clearing or refund; `sequence` orders messages of the same second; `decided_by`
    and `outcome` are set where somebody decided.
    """

    issuer: str
    message_id: str
    kind: str
    occurred_at: datetime
    sequence: int = 0
    card_reference: str = ""
    authorization_reference: str = ""
    reference: str = ""
    amount: Money | None = None
    merchant_amount: Money | None = None
    merchant: Merchant = field(default_factory=Merchant)
    channel: str = "other"
    is_final: bool = False
    outcome: str = ""
    decided_by: str = ""
    rate: Decimal | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """What we say to a request. `reason` is the code of the first check that failed; `balance` answers an inquiry."""

    reference: str
    is_approved: bool
    reason: str = ""
    balance: Money | None = None
    is_fallback: bool = False


@dataclass(frozen=True)
class IssuedCard:
    """A card that the issuer made. The full number stays with the issuer."""

    reference: str
    last_four: str
    expires_month: date


class Issuer(Protocol):
    """One issuer. `is_remote` says that making a card leaves the machine, so never inside a transaction."""

    name: str
    is_remote: bool

    def create_card(self, *, key: UUID, holder: str, currency: str, today: date) -> IssuedCard:
        """Make a card; the same key again returns the same card."""

    def verify_signature(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raise BadSignature unless the raw body was signed by the issuer within the tolerance."""

    def message_id(self, document: dict[str, Any]) -> str:
        """Return the id that makes a message unique. Raises Malformed."""

    def parse_request(self, document: dict[str, Any]) -> AuthorizationRequest:
        """Read a decision request. Raises Malformed."""

    def parse_message(self, document: dict[str, Any]) -> Message:
        """Read a message; a type that nobody knows becomes the kind "unknown". Raises Malformed."""

    def answer(self, answer: Answer) -> dict[str, Any]:
        """Write our decision in the issuer's form."""
