"""A processor that speaks ISO 8583, behind the port. It makes its cards by itself: we only learn what they are known by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cards.issuers.base import (
    Answer,
    AuthorizationRequest,
    BadSignature,
    CardOrder,
    CardTold,
    Controls,
    DisputeOrder,
    Feature,
    IssuedCard,
    IssuerRefused,
    Message,
    Reveal,
    Unsupported,
)
from cards.issuers.iso8583 import fields, messages
from pleo.lib.money import Money

FORMAT_ERROR, UNAVAILABLE, SYSTEM_ERROR, NOT_PERMITTED = "30", "91", "96", "57"
# Why we said no, in the processor's numbers; every other reason is "do not honour".
REASONS = {
    "card_unknown": "14",
    "card_active": "62",
    "not_frozen": "62",
    "card_period": "54",
    "single_use": "62",
    "funds": "51",
    "unavailable": UNAVAILABLE,
    "too_late": UNAVAILABLE,
    "reference_reused": "94",
}
PREFIXES = {"limit_": "61", "control_": NOT_PERMITTED}
APPROVED, PARTLY, REFUSED = "00", "10", "05"


class Iso8583:
    """The adapter. Its door is a port of its own (`server.py`): what knocks at the others has no signature."""

    name = messages.NAME
    is_remote = True
    features: frozenset[Feature] = frozenset()
    answer_headers: Mapping[str, str] = {}

    def create_card(self, order: CardOrder) -> IssuedCard:
        """A card is ordered from the processor by a person, and `manage.py register_card` tells us its number's token."""
        raise IssuerRefused("not_registered")

    def set_status(self, *, card: str, status: str, reason: str, key: str) -> None:
        """The processor keeps no status for us: it asks, and we say no."""

    def set_controls(self, *, card: str, controls: Controls, key: str) -> None:
        raise Unsupported

    def window(self, *, card: str) -> Reveal | None:
        return None

    def reveal(self, *, card: str, nonce: str, what: str, now: datetime) -> Reveal:
        raise Unsupported

    def pin_key(self) -> Reveal:
        raise Unsupported

    def change_pin(self, *, card: str, encrypted: str, key: str) -> None:
        raise Unsupported

    def unblock_pin(self, *, card: str, key: str) -> None:
        raise Unsupported

    def answer_consent(self, *, reference: str, is_approved: bool) -> None:
        raise Unsupported

    def open_dispute(self, order: DisputeOrder) -> str:
        raise Unsupported

    def submit_dispute(self, *, reference: str, key: str) -> None:
        raise Unsupported

    def withdraw_dispute(self, *, reference: str, key: str) -> None:
        raise Unsupported

    def add_evidence(self, *, reference: str, name: str, file: str, key: str) -> None:
        raise Unsupported

    def top_up(self, *, key: UUID, amount: Money, company: str) -> str:
        raise Unsupported

    def missed(self, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        raise Unsupported

    def cards(self) -> Iterator[CardTold]:
        raise Unsupported

    def funds(self) -> list[Money]:
        raise Unsupported

    def verify_signature(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        raise BadSignature("a processor has a port of its own")

    def is_request(self, document: dict[str, Any]) -> bool:
        processing = str(document.get("3", ""))[:2]
        return document.get(fields.TYPE) in fields.REQUESTS and processing != messages.REFUND

    def message_id(self, document: dict[str, Any]) -> str:
        return messages.message_id(document)

    def parse_request(self, document: dict[str, Any]) -> AuthorizationRequest:
        return messages.parse_request(document)

    def parse_message(self, document: dict[str, Any]) -> Message:
        return messages.parse_message(document)

    def answer(self, answer: Answer) -> dict[str, Any]:
        """Return the fields of the response: its code, an approval code for a yes, the balance that was asked for."""
        body = {"39": code_of(answer)}
        if answer.is_approved:
            body["38"] = hashlib.sha256(answer.reference.encode()).hexdigest()[:6].upper()
        if answer.balance is not None:
            # Account type, amount type (available), currency, sign and twelve digits.
            sign = "D" if answer.balance.amount < 0 else "C"
            number = fields.currency_number(answer.balance.currency)
            body["54"] = f"0002{number}{sign}{abs(answer.balance.amount):012}"
        return body


def fields_of(document: dict[str, Any], answer: Answer) -> dict[str, str]:
    """Return the fields of the response to a question: those of `answer`, and the smaller amounts of a yes in part."""
    body: dict[str, str] = adapter.answer(answer)
    if answer.is_approved and answer.amount is not None:
        body |= messages.part_of(document, answer.amount)
    return body


def code_of(answer: Answer) -> str:
    """Return the response code for an answer."""
    if answer.is_approved:
        return PARTLY if answer.amount is not None else APPROVED
    if answer.is_fallback:
        return UNAVAILABLE
    by_prefix = next((code for prefix, code in PREFIXES.items() if answer.reason.startswith(prefix)), REFUSED)
    return REASONS.get(answer.reason, by_prefix)


adapter = Iso8583()
