"""Cards and what makes one rest."""

from __future__ import annotations

from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from wallet.models import LedgerAccount


class CardKind(models.TextChoices):
    """What a card is for. Temporary cards have a start and an end, single-use ones pay once, vendor cards pay one shop."""

    VIRTUAL = "virtual", _("Virtual")
    PHYSICAL = "physical", _("Plastic")
    VENDOR = "vendor", _("Vendor")
    TEMPORARY = "temporary", _("Temporary")
    SINGLE_USE = "single_use", _("Single use")


class CardState(models.TextChoices):
    """How far a card has come. Whether it can be used also depends on freezes.

    Pending is a plastic card that its holder has not activated: the number works online, the chip does not work yet.
    """

    ISSUING = "issuing", _("Being made")
    PENDING = "pending", _("In the post")
    ACTIVE = "active", _("Active")
    CLOSED = "closed", _("Closed")


# What may follow each state. Nothing follows closed.
TRANSITIONS: dict[str, frozenset[str]] = {
    CardState.ISSUING: frozenset({CardState.PENDING, CardState.ACTIVE, CardState.CLOSED}),
    CardState.PENDING: frozenset({CardState.ACTIVE, CardState.CLOSED}),
    CardState.ACTIVE: frozenset({CardState.CLOSED}),
    CardState.CLOSED: frozenset(),
}
OPEN_STATES = (CardState.ISSUING, CardState.PENDING, CardState.ACTIVE)
# In these states the issuer knows the card and lets it pay.
LIVE_STATES = (CardState.PENDING, CardState.ACTIVE)


class CloseReason(models.TextChoices):
    CANCELLED = "cancelled", _("Cancelled")
    LOST = "lost", _("Lost")
    STOLEN = "stolen", _("Stolen")
    REPLACED = "replaced", _("Replaced")
    EXPIRED = "expired", _("Expired")
    USED = "used", _("Used once")
    ENDED = "ended", _("Its time is over")
    LEFT = "left", _("Holder left")


class IssuerStatus(models.TextChoices):
    """What the issuer was last told about a card. Empty until the card is made."""

    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen")
    CLOSED = "closed", _("Closed")


class CardQuerySet(CompanyQuerySet):
    """Cards of a company, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        """Every card for finance, else one's own and those of the teams one leads."""
        rows = self.for_company(membership.company)
        if membership.can("cards.see_all"):
            return rows
        return rows.filter(Q(cardholder=membership) | Q(cardholder__team__in=membership.led_teams.values("pk")))

    def with_frozen(self) -> Self:
        return self.annotate(is_frozen=Exists(Freeze.objects.filter(card=OuterRef("pk"), ended_at=None)))


class Card(CompanyOwned):
    """A card issued to a membership. The full number is never here: the issuer shows it, in its own element."""

    cardholder = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="cards")
    kind = models.CharField(max_length=12, choices=CardKind.choices, default=CardKind.VIRTUAL)
    state = models.CharField(max_length=10, choices=CardState.choices, default=CardState.ISSUING)
    name = models.CharField(_("name"), max_length=60)
    last_four = models.CharField(max_length=4, blank=True, editable=False)
    expires_month = models.DateField(null=True, editable=False)
    issuer = models.CharField(max_length=20, editable=False)
    issuer_reference = models.CharField(max_length=80, editable=False)
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="cards")
    issued_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    head = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="chain", editable=False)
    # The card policy it follows, kept on the first card of the chain; none means that the card has rules of its own.
    template = models.ForeignKey("cards.CardTemplate", null=True, on_delete=models.PROTECT, related_name="cards")
    starts_at = models.DateTimeField(null=True, editable=False)
    ends_at = models.DateTimeField(null=True, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    close_reason = models.CharField(max_length=10, choices=CloseReason.choices, blank=True, editable=False)
    issuer_status = models.CharField(max_length=10, choices=IssuerStatus.choices, blank=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = CardQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["issuer", "issuer_reference"], condition=~Q(issuer_reference=""), name="card_reference_once"
            ),
            choices_check("card", "kind", CardKind),
            choices_check("card", "state", CardState),
            models.CheckConstraint(condition=Q(last_four__regex=r"^([0-9]{4})?$"), name="card_last_four_digits"),
            models.CheckConstraint(
                condition=~Q(state=CardState.PENDING) | Q(kind=CardKind.PHYSICAL), name="card_pending_is_plastic"
            ),
            models.CheckConstraint(
                condition=Q(kind=CardKind.TEMPORARY, starts_at__isnull=False, ends_at__gt=F("starts_at"))
                | (~Q(kind=CardKind.TEMPORARY) & Q(starts_at__isnull=True, ends_at__isnull=True)),
                name="card_temporary_has_period",
            ),
            models.CheckConstraint(
                condition=(Q(state=CardState.CLOSED, closed_at__isnull=False) & ~Q(close_reason=""))
                | (~Q(state=CardState.CLOSED) & Q(closed_at__isnull=True, close_reason="")),
                name="card_closed_says_why",
            ),
            models.CheckConstraint(
                condition=Q(close_reason__in=["", *CloseReason.values]), name="card_close_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(issuer_status__in=["", *IssuerStatus.values]), name="card_issuer_status_known"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, head__isnull=True)
                | (Q(replaces__isnull=False, head__isnull=False) & ~Q(replaces=F("id"))),
                name="card_chain_has_head",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "name", "id"], name="card_by_name")]

    def __str__(self) -> str:
        return f"{self.name} •• {self.last_four}"

    @property
    def limit_owner(self) -> Card:
        """The first card of the replacement chain: limits and their use survive a replacement."""
        return self.head or self

    @property
    def template_owner_id(self) -> UUID | None:
        """The card policy that this card follows, which its first card keeps."""
        return self.limit_owner.template_id

    @property
    def is_open(self) -> bool:
        return self.state != CardState.CLOSED

    @property
    def is_live(self) -> bool:
        """Say whether the issuer lets it pay, a freeze aside."""
        return self.state in LIVE_STATES

    def may_become(self, state: str) -> bool:
        return state in TRANSITIONS[self.state]

    def open_freezes(self) -> models.QuerySet[Freeze]:
        return self.freezes.filter(ended_at=None).select_related("by").order_by("created_at")


class FreezeSource(models.TextChoices):
    HOLDER = "holder", _("Cardholder")
    ADMIN = "admin", _("Finance")
    LOCK = "lock", _("Missing receipts")
    ISSUER = "issuer", _("Card issuer")
    LEAVING = "leaving", _("Leaving the company")


class Freeze(CompanyOwned):
    """One reason for a card to rest. A card works when none is open; a holder cannot end finance's."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="freezes")
    source = models.CharField(max_length=8, choices=FreezeSource.choices)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["card", "source"], condition=Q(ended_at__isnull=True), name="freeze_open_once"
            ),
            choices_check("freeze", "source", FreezeSource),
        ]
