"""Cards and what makes one rest."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check
from wallet.models import LedgerAccount


class CardKind(models.TextChoices):
    VIRTUAL = "virtual", _("Virtual")


class CardState(models.TextChoices):
    """What the issuer's side of the card is. Whether it can be used also depends on freezes."""

    ISSUING = "issuing", _("Being made")
    ACTIVE = "active", _("Active")
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
    closed_at = models.DateTimeField(null=True, editable=False)
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
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "name", "id"], name="card_by_name")]

    def __str__(self) -> str:
        return f"{self.name} •• {self.last_four}"

    @property
    def limit_owner(self) -> Card:
        """The first card of the replacement chain: limits and their use survive a replacement."""
        return self.head or self

    def open_freezes(self) -> models.QuerySet[Freeze]:
        return self.freezes.filter(ended_at=None).select_related("by").order_by("created_at")


class FreezeSource(models.TextChoices):
    HOLDER = "holder", _("Cardholder")
    ADMIN = "admin", _("Finance")
    LOCK = "lock", _("Missing receipts")
    ISSUER = "issuer", _("Card issuer")


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
