"""What the page of one card shows: what it can do now, where it is in the post, what comes before and after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import cached_property

from accounts.models import Membership
from cards.cancel import open_holds
from cards.freeze import CardClosed, NotYours, may_freeze, may_manage, may_thaw
from cards.issuers import features_of
from cards.issuers.base import Feature
from cards.limits import spendable
from cards.models import (
    Card,
    CardKind,
    CardState,
    CloseReason,
    Consent,
    Pin,
    Plastic,
    PriceChange,
    Shipping,
    Subscription,
)
from cards.replace import AlreadyReplaced, StillPosted, is_on_its_way
from cards.tell_issuer import wanted
from pleo.lib.errors import DomainError
from pleo.lib.money import Money

STEPS = (
    (Shipping.ORDERED, "credit-card", "ordered_at"),
    (Shipping.PRODUCED, "printer", "produced_at"),
    (Shipping.SHIPPED, "package", "shipped_at"),
    (Shipping.DELIVERED, "mail", "delivered_at"),
)
SIMULATOR = "simulator"


@dataclass(frozen=True)
class Step:
    """One stage of a card in the post. `state` is done, now or next."""

    name: Any
    icon: str
    at: datetime | None
    state: str


class CardPage:
    """One card for one reader."""

    def __init__(self, card: Card, viewer: Membership, now: datetime) -> None:
        self.card, self.viewer, self.now = card, viewer, now
        self.is_mine = card.cardholder_id == viewer.pk
        self.freezes = list(card.open_freezes())
        self.may_freeze = card.is_live and not self.freezes and may_freeze(viewer, card)
        self.may_thaw = card.is_live and bool(self.freezes) and may_thaw(viewer, card)
        self.may_manage = may_manage(viewer, card)
        self.may_end = self.may_manage and card.is_open
        self.features = features_of(card.issuer)

    @property
    def is_frozen(self) -> bool:
        return bool(self.freezes)

    @property
    def state(self) -> str:
        """One word: the state, or frozen."""
        return "frozen" if self.card.is_live and self.freezes else str(self.card.state)

    @cached_property
    def spendable(self) -> Money:
        return spendable(self.card, self.now)

    @cached_property
    def plastic(self) -> Plastic | None:
        return Plastic.objects.filter(card=self.card).first() if self.card.kind == CardKind.PHYSICAL else None

    @property
    def steps(self) -> list[Step]:
        """The way of the letter, with what is still to come."""
        plastic = self.plastic
        if plastic is None:
            return []
        reached = next((index for index, step in enumerate(STEPS) if step[0] == plastic.shipping), len(STEPS))
        return [
            Step(
                name=shipping.label,
                icon=icon,
                at=getattr(plastic, clock),
                state="done" if index <= reached else "next",
            )
            for index, (shipping, icon, clock) in enumerate(STEPS)
        ]

    @property
    def next_shipping(self) -> str:
        """What the simulator's post may say next; nothing for a real issuer or a letter that has arrived."""
        plastic = self.plastic
        if plastic is None or self.card.issuer != SIMULATOR or not self.viewer.can("simulator.use"):
            return ""
        names = [str(step[0]) for step in STEPS]
        if plastic.shipping not in names[:-1] or not self.card.is_open:
            return ""
        return names[names.index(plastic.shipping) + 1]

    @property
    def next_shipping_label(self) -> Any:
        return Shipping(self.next_shipping).label if self.next_shipping else ""

    @property
    def last_day(self) -> date | None:
        """The last day on which a temporary card works."""
        ends = self.card.ends_at
        return self.card.company.day_of(ends - timedelta(seconds=1)) if ends else None

    @property
    def may_activate(self) -> bool:
        return self.is_mine and self.card.state == CardState.PENDING

    @property
    def may_allow_tries(self) -> bool:
        plastic = self.plastic
        return bool(plastic and not plastic.tries_left and self.viewer.can("cards.manage"))

    @property
    def may_reveal(self) -> bool:
        return self.is_mine and self.card.is_live and Feature.SHOW_NUMBER in self.features

    @property
    def may_set_pin(self) -> bool:
        return self.is_mine and self.card.state == CardState.ACTIVE and bool(self.plastic) and self.pin_feature

    @property
    def may_change_pin(self) -> bool:
        """Say whether the holder's browser may send a new PIN to the issuer."""
        return self.is_mine and self.card.state == CardState.ACTIVE and bool(self.plastic) and self.takes_pins

    @property
    def takes_pins(self) -> bool:
        return Feature.CHANGE_PIN in self.features

    @property
    def shows_number(self) -> bool:
        """Say whether the issuer shows a card's number to its holder here."""
        return Feature.SHOW_NUMBER in self.features

    @property
    def asks_here(self) -> bool:
        """Say whether the issuer's questions to the holder are answered here; others ask by text message or mail."""
        return Feature.CONSENT in self.features

    @property
    def pin_feature(self) -> bool:
        return bool({Feature.SET_PIN, Feature.SHOW_PIN} & self.features)

    @property
    def may_unblock(self) -> bool:
        plastic = self.plastic
        blocked = bool(plastic and plastic.pin == Pin.BLOCKED)
        return blocked and self.card.is_open and self.may_manage and Feature.UNBLOCK_PIN in self.features

    @cached_property
    def after(self) -> Card | None:
        """The card that takes this one's place."""
        return Card.objects.filter(replaces=self.card).first()

    @property
    def may_replace(self) -> bool:
        gone = self.card.close_reason in (CloseReason.LOST, CloseReason.STOLEN)
        return self.may_manage and self.after is None and (self.card.is_live or gone)

    @property
    def offers_replacement(self) -> bool:
        """Whether the button stands there: not for a holder whose plastic is on its way."""
        return self.card.is_open and self.why_no_replacement is None

    @cached_property
    def questions(self) -> list[Consent]:
        """What shops wait for the holder to answer now; shown to the holder alone."""
        if not self.is_mine:
            return []
        return list(self.card.consents.filter(status="open", deadline__gt=self.now).order_by("deadline"))

    @cached_property
    def subscription(self) -> Subscription | None:
        """What a vendor card pays."""
        if self.card.kind != CardKind.VENDOR:
            return None
        rows = Subscription.objects.prefetch_related("changes__clearing")
        return rows.filter(card=self.card.head_id or self.card.pk).first()

    @property
    def price_changes(self) -> list[PriceChange]:
        """The changed prices that nobody has taken note of."""
        held = self.subscription
        return [change for change in held.changes.all() if change.seen_at is None] if held else []

    @property
    def may_code(self) -> bool:
        """Say whether a person may say what the purchases of this card are; the page for it is the expenses' own."""
        return self.viewer.can("masters.manage")

    @property
    def may_simulate(self) -> bool:
        return self.card.issuer == SIMULATOR and self.card.is_live and self.viewer.can("simulator.use")

    @property
    def why_no_end(self) -> DomainError | None:
        """Return what stands against ending the card, for this reader."""
        if not self.may_manage:
            return NotYours()
        return None if self.card.is_open else CardClosed()

    @property
    def why_no_replacement(self) -> DomainError | None:
        """Return what stands against a new card in this one's place, for this reader."""
        if not self.may_manage:
            return NotYours()
        if self.after is not None:
            return AlreadyReplaced(card=str(self.after))
        if self.may_replace and is_on_its_way(self.card) and not self.viewer.can("cards.manage"):
            return StillPosted()
        return None if self.may_replace else CardClosed()

    @cached_property
    def holds(self) -> list[Any]:
        """What is reserved with the card."""
        return list(open_holds(self.card)[:20])

    @property
    def held(self) -> Money:
        return Money(sum(row.open_amount for row in open_holds(self.card)), self.card.account.currency)

    @property
    def is_out_of_step(self) -> bool:
        """Say whether the issuer has yet to confirm what the card has become. The simulator has no copy to confirm."""
        card = self.card
        is_known = bool(card.issuer_reference) and card.issuer != SIMULATOR
        return is_known and card.issuer_status != wanted(card)
