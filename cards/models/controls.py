"""Where, when and how a card works: controls, single exceptions from them, and what people ask for."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from cards.models.limits import CardTemplate, Interval
from cards.models.payments import Authorization
from pleo.lib.models import (
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)
from pleo.lib.money import Money


class ControlKind(models.TextChoices):
    CATEGORY = "category", _("What is bought")
    MERCHANT = "merchant", _("Merchants")
    FIRST_MERCHANT = "first_shop", _("First merchant")
    COUNTRY = "country", _("Countries")
    WEEKDAY = "weekday", _("Days")
    HOURS = "hours", _("Hours")
    CHANNEL = "channel", _("How")
    AMOUNT = "amount", _("Amounts")


class ControlMode(models.TextChoices):
    ALLOW = "allow", _("Only these")
    BLOCK = "block", _("All but these")


class ControlQuerySet(CompanyQuerySet):
    """Controls of cards and templates."""

    def live(self) -> Self:
        """Keep those in force or on trial."""
        return self.filter(ended_at=None)


class Control(CompanyOwned):
    """One rule of a card (kept over its replacements) or of a template: which purchases it lets through.

    `values` is a list of codes; `cards.controls` says what each kind holds. A `shadow` is on trial and decides nothing.
    """

    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="controls")
    template = models.ForeignKey(CardTemplate, null=True, on_delete=models.PROTECT, related_name="controls")
    kind = models.CharField(max_length=10, choices=ControlKind.choices)
    mode = models.CharField(max_length=5, choices=ControlMode.choices)
    values = models.JSONField(default=list)
    note = models.CharField(max_length=120, blank=True)
    shadow = models.BooleanField(default=False)
    set_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = ControlQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, template__isnull=True) | Q(card__isnull=True, template__isnull=False),
                name="control_one_owner",
            ),
            *(
                models.UniqueConstraint(
                    fields=[owner, "kind", "shadow"],
                    condition=Q(ended_at__isnull=True),
                    name=f"control_{owner}_live_once",
                )
                for owner in ("card", "template")
            ),
            choices_check("control", "kind", ControlKind),
            choices_check("control", "mode", ControlMode),
        ]


class Allowance(CompanyOwned):
    """One purchase that may pass rules which refused it before: at this merchant, up to this amount, once, until then.

    `codes` are the checks it lifts; freezes and empty wallets are never among them. `used_by` is the purchase that took it.
    """

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="allowances")
    refused = models.ForeignKey(Authorization, on_delete=models.PROTECT, related_name="allowances")
    codes = models.JSONField()
    merchant_name = models.CharField(max_length=120)
    merchant_id = models.CharField(max_length=60, blank=True)
    amount = amount_field()
    currency = currency_field()
    granted_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    used_by = models.OneToOneField(Authorization, null=True, on_delete=models.PROTECT, related_name="allowance")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["refused"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="allowance_open_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allowance_amount_positive"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False),
                name="allowance_use_is_whole",
            ),
            currency_check("allowance"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["card"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="allowance_open",
            ),
        ]

    @property
    def most(self) -> Money:
        return Money(self.amount, self.currency)


class RequestKind(models.TextChoices):
    RAISE = "raise", _("Higher limit")
    NEW_CARD = "new_card", _("New card")
    ALLOW_ONCE = "allow_once", _("Allow once")


class RequestStatus(models.TextChoices):
    OPEN = "open", _("Waiting")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Not granted")
    WITHDRAWN = "withdrawn", _("Taken back")


class CardRequestQuerySet(CompanyQuerySet):
    """What people ask for, drawn to who may see it."""

    def visible_to(self, membership: Membership) -> Self:
        """Every request for finance, else one's own."""
        rows = self.for_company(membership.company)
        return rows if membership.can("cards.see_all") else rows.filter(asked_by=membership)


class CardRequest(CompanyOwned):
    """A wish: a higher limit, a new card, or that one refused purchase may pass. Answered once, by somebody else."""

    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    status = models.CharField(max_length=10, choices=RequestStatus.choices, default=RequestStatus.OPEN)
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="card_requests")
    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="requests")
    authorization = models.ForeignKey(Authorization, null=True, on_delete=models.PROTECT, related_name="requests")
    name = models.CharField(max_length=60, blank=True)
    interval = models.CharField(max_length=10, choices=Interval.choices, blank=True)
    amount = amount_field()
    currency = currency_field()
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    comment = models.CharField(max_length=300, blank=True, editable=False)
    made = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = CardRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["card"], condition=Q(status="open", kind="raise"), name="request_raise_open_once"
            ),
            models.UniqueConstraint(
                fields=["asked_by"], condition=Q(status="open", kind="new_card"), name="request_card_open_once"
            ),
            models.UniqueConstraint(
                fields=["authorization"], condition=Q(status="open", kind="allow_once"), name="request_once_open_once"
            ),
            choices_check("request", "kind", RequestKind),
            choices_check("request", "status", RequestStatus),
            models.CheckConstraint(
                condition=Q(kind="raise", card__isnull=False, interval__in=Interval.values)
                | Q(kind="new_card", card__isnull=True) & ~Q(name="")
                | Q(kind="allow_once", card__isnull=False, authorization__isnull=False),
                name="request_says_what",
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True) | ~Q(status="open") & Q(decided_at__isnull=False),
                name="request_decided_has_time",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="request_amount_positive"),
            currency_check("request"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-asked_at", "-id"], name="request_by_time"),
        ]

    def __str__(self) -> str:
        return self.name or (str(self.card) if self.card else "")

    @property
    def wanted(self) -> Money:
        return Money(self.amount, self.currency)
