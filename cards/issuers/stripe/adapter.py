"""Stripe Issuing behind the port."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import stripe
from django.conf import settings
from django.core.files.storage import default_storage

from cards.issuers.base import (
    Address,
    Answer,
    AuthorizationRequest,
    BadSignature,
    CardOrder,
    CardTold,
    Controls,
    DisputeOrder,
    Feature,
    Holder,
    IssuedCard,
    IssuerRefused,
    Message,
    Reason,
    Reveal,
    Unsupported,
)
from cards.issuers.stripe import events, fetch
from cards.issuers.stripe.client import ask
from cards.issuers.stripe.controls import spending_controls
from cards.models import DisputeReason, IssuerStatus
from pleo.lib.money import Money

HEADER = "Stripe-Signature"
TOLERANCE_SECONDS = 300
STATUSES = {theirs.value: ours for ours, theirs in events.STATUSES.items()}
REASONS = {
    DisputeReason.FRAUD: "fraudulent",
    DisputeReason.NOT_RECEIVED: "not_received",
    DisputeReason.NOT_AS_DESCRIBED: "merchandise_not_as_described",
    DisputeReason.DUPLICATE: "duplicate",
    DisputeReason.CANCELLED: "canceled",
}


class Stripe:
    """The adapter. Numbers and PINs stay with Stripe: its own element shows them in the holder's browser."""

    name = events.NAME
    is_remote = True
    features = frozenset(
        {
            Feature.PHYSICAL,
            Feature.SHOW_NUMBER,
            Feature.SHOW_PIN,
            Feature.CHANGE_PIN,
            Feature.UNBLOCK_PIN,
            Feature.CONTROLS,
            Feature.DISPUTES,
            Feature.TOP_UPS,
            Feature.RECONCILE,
        }
    )

    @property
    def answer_headers(self) -> Mapping[str, str]:
        """Stripe takes an answer for an error when it does not name the version of its words."""
        return {"Stripe-Version": stripe.api_version}

    # ------------------------------------------------------------------ asking

    def create_card(self, order: CardOrder) -> IssuedCard:
        holder = order.holder.reference or self._cardholder(order.holder, order.ship_to)
        params: dict[str, Any] = {
            "cardholder": holder,
            "currency": order.currency.lower(),
            "type": "physical" if order.is_physical else "virtual",
            "status": "inactive" if order.is_physical else "active",
            "metadata": {"card": str(order.key)},
        }
        if order.replaces and order.because:
            params |= {"replacement_for": order.replaces, "replacement_reason": str(order.because)}
        if order.is_physical and order.ship_to is not None:
            params["shipping"] = {
                "name": order.ship_to.name,
                "address": _address(order.ship_to),
                "service": "standard",
                "type": "individual",
            }
        made = ask(lambda client: client.v1.issuing.cards.create(cast("Any", params), _key(f"card-{order.key}")))
        told = fetch.told(made)
        return IssuedCard(
            reference=told.reference,
            last_four=told.last_four,
            expires_month=told.expires_month,
            holder_reference=holder,
            status=told.status,
            shipping=told.shipping,
        )

    def _cardholder(self, holder: Holder, ship_to: Address | None) -> str:
        address = _billing_address() or ship_to
        if address is None:
            raise IssuerRefused("billing_address_missing", "STRIPE_BILLING_ADDRESS")
        first, _, last = holder.name.partition(" ")
        params: dict[str, Any] = {
            "name": holder.name[:24],
            "type": "individual",
            "billing": {"address": _address(address)},
            "individual": {"first_name": first[:40], "last_name": (last or first)[:40]},
            "metadata": {"membership": str(holder.key)},
        }
        params |= {"email": holder.email} if holder.email else {}
        made = ask(
            lambda client: client.v1.issuing.cardholders.create(cast("Any", params), _key(f"holder-{holder.key}"))
        )
        return str(made["id"])

    def set_status(self, *, card: str, status: str, reason: str, key: str) -> None:
        params: dict[str, Any] = {"status": STATUSES[status]}
        if status == IssuerStatus.CLOSED and reason in (Reason.LOST, Reason.STOLEN):
            params["cancellation_reason"] = str(reason)
        self._update(card, params, f"status-{key}")

    def set_controls(self, *, card: str, controls: Controls, key: str) -> None:
        self._update(card, {"spending_controls": spending_controls(controls)}, f"controls-{key}")

    def _update(self, card: str, params: dict[str, Any], key: str) -> None:
        ask(lambda client: client.v1.issuing.cards.update(card, cast("Any", params), _key(key)))

    def window(self, *, card: str) -> Reveal | None:
        return Reveal(element=self.name, values={"card": card, "publishable_key": settings.STRIPE_PUBLISHABLE_KEY})

    def reveal(self, *, card: str, nonce: str, what: str, now: datetime) -> Reveal:
        """The key that Stripe makes for a nonce of its script opens this one card in that one browser, and ends by itself."""
        made = ask(
            lambda client: client.v1.ephemeral_keys.create(
                {"issuing_card": card, "nonce": nonce}, {"stripe_version": stripe.api_version}
            )
        )
        values = {"card": card, "what": what, "nonce": nonce, "key": str(made["secret"])}
        return Reveal(element=self.name, values=values)

    def pin_key(self) -> Reveal:
        """Stripe changes its key without notice, so it is fetched for each PIN and never kept."""
        found = fetch.pin_key()
        return Reveal(element=self.name, values={"jwk": json.dumps(found["jwk"]), "kid": found["key_id"]})

    def change_pin(self, *, card: str, encrypted: str, key: str) -> None:
        """It holds at once where tills ask Stripe; where they ask the chip, after one more payment with the old one."""
        self._update(card, {"pin": {"encrypted_number": encrypted}}, f"pin-{key}")

    def unblock_pin(self, *, card: str, key: str) -> None:
        """Three wrong PINs make a card inactive; making it active lets it ask for its PIN again."""
        self._update(card, {"status": STATUSES[IssuerStatus.ACTIVE]}, f"unblock-{key}")

    def answer_consent(self, *, reference: str, is_approved: bool) -> None:
        raise Unsupported

    def open_dispute(self, order: DisputeOrder) -> str:
        reason = REASONS.get(DisputeReason(order.reason), "other")
        shown = self._evidence(order)
        params: dict[str, Any] = {
            "transaction": order.clearing_reference,
            "amount": order.amount.amount,
            "evidence": {"reason": reason, reason: {"explanation": order.explanation[:1500], **shown}},
            "metadata": {"dispute": str(order.key)},
        }
        made = ask(lambda client: client.v1.issuing.disputes.create(cast("Any", params), _key(f"dispute-{order.key}")))
        return str(made["id"])

    def _evidence(self, order: DisputeOrder) -> dict[str, str]:
        """Send the first file that shows what a dispute says: Stripe takes one."""
        for name, stored in order.evidence.items():
            with default_storage.open(stored) as file:
                params: dict[str, Any] = {"purpose": "dispute_evidence", "file": (name, file.read())}
            return {"additional_documentation": self._upload(params, f"file-{order.key}")}
        return {}

    def _upload(self, params: dict[str, Any], key: str) -> str:
        return str(ask(lambda client: client.v1.files.create(cast("Any", params), _key(key)))["id"])

    def submit_dispute(self, *, reference: str, key: str) -> None:
        ask(lambda client: client.v1.issuing.disputes.submit(reference, {}, _key(f"submit-{key}")))

    def withdraw_dispute(self, *, reference: str, key: str) -> None:
        raise Unsupported

    def add_evidence(self, *, reference: str, name: str, file: str, key: str) -> None:
        raise Unsupported

    def top_up(self, *, key: UUID, amount: Money, company: str) -> str:
        params: dict[str, Any] = {
            "amount": amount.amount,
            "currency": amount.currency.lower(),
            "description": "Pleo",
            "metadata": {"company": company, "top_up": str(key)},
        }
        made = ask(lambda client: client.v1.topups.create(cast("Any", params), _key(f"topup-{key}")))
        return str(made["id"])

    def missed(self, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        return fetch.missed(since, until)

    def cards(self) -> Iterator[CardTold]:
        return fetch.cards()

    def funds(self) -> list[Money]:
        return fetch.funds()

    # ------------------------------------------------------------------ being told

    def verify_signature(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        header = headers.get(HEADER, "")[:2000]
        if not header.isascii():
            raise BadSignature("not a signature")
        for secret in settings.STRIPE_WEBHOOK_SECRETS:
            try:
                stripe.WebhookSignature.verify_header(body, header, secret)
            except (stripe.SignatureVerificationError, UnicodeDecodeError):
                continue
            _check_age(header, now)
            return
        raise BadSignature("no signature matches")

    def is_request(self, document: dict[str, Any]) -> bool:
        return document.get("type") == events.REQUEST

    def message_id(self, document: dict[str, Any]) -> str:
        return events.message_id(document)

    def parse_request(self, document: dict[str, Any]) -> AuthorizationRequest:
        return events.parse_request(document)

    def parse_message(self, document: dict[str, Any]) -> Message:
        return events.parse_message(document)

    def answer(self, answer: Answer) -> dict[str, Any]:
        """Stripe refuses an answer with a field that it does not know; why we said no goes into its metadata."""
        body: dict[str, Any] = {"approved": answer.is_approved}
        if answer.is_approved and answer.amount is not None:
            body["amount"] = answer.amount.amount
        if answer.reason:
            body["metadata"] = {"reason": answer.reason}
        return body


def _check_age(header: str, now: datetime) -> None:
    """Refuse what was signed too long ago, or will be: a copy of a message must not open the door twice an hour later."""
    stamp = next(part.partition("=")[2] for part in header.split(",") if part.startswith("t="))
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature("too old")


def _key(key: str) -> stripe.RequestOptions:
    """Make what we call a thing an idempotency key: as short as Stripe wants it, and the same each time."""
    return {"idempotency_key": f"{events.OUR_KEYS}{hashlib.sha256(key.encode()).hexdigest()}"}


def _address(address: Address) -> dict[str, str]:
    parts = {
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "postal_code": address.postal_code,
        "state": address.region,
        "country": address.country,
    }
    return {name: value for name, value in parts.items() if value}


def _billing_address() -> Address | None:
    """The address that Stripe keeps of every cardholder: the installation's, as `docs/issuers.md` says how to write it."""
    parts = [part.strip() for part in settings.STRIPE_BILLING_ADDRESS.split(";")]
    if len(parts) != 4 or not all(parts):
        return None
    line1, postal_code, city, country = parts
    return Address(name="", line1=line1, postal_code=postal_code, city=city, country=country.upper())


adapter = Stripe()
