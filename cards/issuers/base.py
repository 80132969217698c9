"""The port: what we ask of an issuer and what it tells us, in our words. Nothing else knows an issuer's field names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from cards.models import IssuerStatus, Shipping
from pleo.lib.money import Money


class BadSignature(Exception):
    """The message was not signed with the key we share with the issuer, or too long ago."""


class Malformed(Exception):
    """A field of a message is missing or makes no sense. `code` says how, `where` names the issuer's field."""

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{where}: {code}")
        self.code, self.where = code, where


class IssuerUnavailable(Exception):
    """The issuer did not answer, or not in time: whether it did what we asked is unknown. Ask again with the same key."""


class IssuerRefused(Exception):
    """The issuer answered no, and asking again changes nothing. `code` is its own word, `text` its sentence."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class Unsupported(Exception):
    """The issuer cannot do this; its `features` say so beforehand."""


class Feature(StrEnum):
    """What an issuer may or may not be able to do. Pages ask before they offer it."""

    PHYSICAL = "physical"
    SHOW_NUMBER = "show_number"
    SHOW_PIN = "show_pin"
    SET_PIN = "set_pin"
    # Take a new PIN that the holder's browser encrypted for the issuer.
    CHANGE_PIN = "change_pin"
    UNBLOCK_PIN = "unblock_pin"
    CONSENT = "consent"
    CONTROLS = "controls"
    DISPUTES = "disputes"
    # Take a dispute back, and send more papers, after it was filed.
    CHANGE_DISPUTES = "change_disputes"
    TOP_UPS = "top_ups"
    RECONCILE = "reconcile"


class Reason(StrEnum):
    """Why a card is closed or replaced, as far as issuers care."""

    NONE = ""
    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    EXPIRED = "expired"


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
    """A till asks. `amount` is what would be billed to the card's account, `merchant_amount` what the shop asked for.

    With `is_increment` the amount is asked for on top of what the reference already holds. `can_be_partial` says that the
    till would take a smaller yes. With `takes_at_once` a yes is the payment itself, as at cash machines; `fee` is what the
    machine's owner charges and is part of `amount`.
    """

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
    is_increment: bool = False
    can_be_partial: bool = False
    takes_at_once: bool = False
    fee: Money | None = None


@dataclass(frozen=True)
class Message:
    """An issuer tells us what happened. An amount that is absent means the whole of what is open, where that makes sense.

    `reference` is the network's own for a clearing or refund; `sequence` orders messages of the same second; `decided_by`
    and `outcome` are set where somebody decided. `original_reference` names the clearing that this one corrects, returns or
    charges again, `fee` is contained in the amount. `facts` is what a message about something else than money says, in the
    words that `docs/issuers.md` lists.
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
    original_reference: str = ""
    fee: Money | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What we say to a request. `reason` is the code of the first check that failed; `balance` answers an inquiry.

    `amount` is less than was asked for when the yes is a part of it.
    """

    reference: str
    is_approved: bool
    reason: str = ""
    balance: Money | None = None
    is_fallback: bool = False
    amount: Money | None = None


@dataclass(frozen=True)
class Address:
    """Where a card is sent, or where its holder's bill would go. Country is ISO 3166 alpha-2."""

    name: str
    line1: str
    city: str
    postal_code: str
    country: str
    line2: str = ""
    region: str = ""


@dataclass(frozen=True)
class Holder:
    """Whom a card is made for. `key` is ours and makes the issuer know them once; `reference` is the issuer's, once known."""

    key: UUID
    name: str
    email: str = ""
    reference: str = ""


@dataclass(frozen=True)
class CardOrder:
    """A card that we want made. `key` is ours: the same key again returns the same card.

    `replaces` is the issuer's reference of the card before it, `because` why it is replaced.
    """

    key: UUID
    holder: Holder
    currency: str
    today: date
    is_physical: bool = False
    ship_to: Address | None = None
    replaces: str = ""
    because: str = Reason.NONE


@dataclass(frozen=True)
class IssuedCard:
    """A card that the issuer made. The full number stays with the issuer."""

    reference: str
    last_four: str
    expires_month: date
    holder_reference: str = ""
    status: IssuerStatus = IssuerStatus.ACTIVE
    shipping: Shipping | None = None


@dataclass(frozen=True)
class Controls:
    """A coarse copy of our rules for the issuer to hold, in case we cannot be asked. Ours decide; these only stop the worst.

    `caps` are minor units by interval (purchase, day, week, month, year, total), in the card's currency. Categories are
    merchant category codes, countries ISO 3166 alpha-2; an empty list allows all.
    """

    currency: str
    caps: Mapping[str, int] = field(default_factory=dict)
    blocked_categories: tuple[str, ...] = ()
    allowed_categories: tuple[str, ...] = ()
    blocked_countries: tuple[str, ...] = ()
    allowed_countries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reveal:
    """What the holder's browser needs to show a card's number or PIN in the issuer's own element.

    `element` names the script or frame to use ("stripe", "simulator"); `values` are its parameters, each fit to be sent to
    that browser and useless after a minute.
    """

    element: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class DisputeOrder:
    """A purchase that we contest. `clearing_reference` is the issuer's own of the money taken."""

    key: UUID
    clearing_reference: str
    amount: Money
    reason: str
    explanation: str
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CardTold:
    """What the issuer says a card is, when we ask."""

    reference: str
    status: IssuerStatus
    last_four: str
    expires_month: date
    shipping: Shipping | None = None


class Issuer(Protocol):
    """One issuer. `is_remote` says that asking it leaves the machine, so never inside a transaction.

    Everything that asks raises IssuerUnavailable when the answer is unknown, IssuerRefused when it is no, and Unsupported
    when `features` does not name it. Asking again with the same key changes nothing.
    """

    name: str
    is_remote: bool
    features: frozenset[Feature]
    answer_headers: Mapping[str, str]

    def create_card(self, order: CardOrder) -> IssuedCard:
        """Make a card; the same key again returns the same card."""

    def set_status(self, *, card: str, status: str, reason: str, key: str) -> None:
        """Make the issuer's copy of a card active (a physical one is activated by that), frozen, or closed for ever."""

    def set_controls(self, *, card: str, controls: Controls, key: str) -> None:
        """Replace the issuer's copy of a card's rules."""

    def window(self, *, card: str) -> Reveal | None:
        """Return what a page needs beforehand where the issuer's own script makes a nonce; None where no script does."""

    def reveal(self, *, card: str, nonce: str, what: str, now: datetime) -> Reveal:
        """Return what the browser needs to show the "number" or the "pin". `nonce` comes from the issuer's own script."""

    def pin_key(self) -> Reveal:
        """Return the issuer's public key of this moment, with which the holder's browser encrypts a new PIN."""

    def change_pin(self, *, card: str, encrypted: str, key: str) -> None:
        """Give a card a new PIN, encrypted by the holder's browser for the issuer alone."""

    def unblock_pin(self, *, card: str, key: str) -> None:
        """Let a card ask for its PIN again after too many wrong ones."""

    def answer_consent(self, *, reference: str, is_approved: bool) -> None:
        """Tell the issuer what the holder answered to "is this you?"."""

    def open_dispute(self, order: DisputeOrder) -> str:
        """Contest a purchase, and return the issuer's reference. It is not on its way until it is submitted."""

    def submit_dispute(self, *, reference: str, key: str) -> None:
        """Send a contested purchase to the network."""

    def withdraw_dispute(self, *, reference: str, key: str) -> None:
        """Take a filed dispute back: the money stays with the shop."""

    def add_evidence(self, *, reference: str, name: str, file: str, key: str) -> None:
        """Send one more paper, kept under `file` in the file storage, to a filed dispute."""

    def top_up(self, *, key: UUID, amount: Money, company: str) -> str:
        """Ask the issuer to fetch money from its linked bank account. Returns its reference; the money comes as a message."""

    def missed(self, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        """Yield what happened in a period, each in the form of a message, whether it was sent or not."""

    def cards(self) -> Iterator[CardTold]:
        """Yield every card that the issuer has for us."""

    def funds(self) -> list[Money]:
        """Return what lies at the issuer for cards to spend, one amount for each currency."""

    def verify_signature(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raise BadSignature unless the raw body was signed by the issuer within the tolerance."""

    def is_request(self, document: dict[str, Any]) -> bool:
        """Say whether a document waits for a decision, whichever door it came to."""

    def message_id(self, document: dict[str, Any]) -> str:
        """Return the id that makes a message unique. Raises Malformed."""

    def parse_request(self, document: dict[str, Any]) -> AuthorizationRequest:
        """Read a decision request. Raises Malformed."""

    def parse_message(self, document: dict[str, Any]) -> Message:
        """Read a message; a type that nobody knows becomes the kind "unknown". Raises Malformed."""

    def answer(self, answer: Answer) -> dict[str, Any]:
        """Write our decision in the issuer's form."""
