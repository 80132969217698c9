"""Requests at tills and the final amounts that follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models.cards import Card
from pleo.lib.models import (
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)
from pleo.lib.money import Money
from wallet.models import Hold


class Channel(models.TextChoices):
    ONLINE = "online", _("Online")
    CHIP = "chip", _("Chip and PIN")
    CONTACTLESS = "contactless", _("Contactless")
    CASH = "cash", _("Cash machine")
    OTHER = "other", _("Other")


class Outcome(models.TextChoices):
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


class OurAnswer(models.TextChoices):
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    LATE = "late", _("Too late")


class DecidedBy(models.TextChoices):
    US = "us", _("Pleo")
    ISSUER = "issuer", _("Card issuer")
    STAND_IN = "stand_in", _("Stand-in")
    FALLBACK = "fallback", _("Fallback after a timeout")


class AuthorizationStatus(models.TextChoices):
    PENDING = "pending", _("Reserved")
    DECLINED = "declined", _("Declined")
    CLOSED = "closed", _("Settled")
    REVERSED = "reversed", _("Released")
    EXPIRED = "expired", _("Expired")


class AuthorizationQuerySet(CompanyQuerySet):
    """Requests at tills, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        rows = self.for_company(membership.company)
        return rows if membership.can("cards.see_all") else rows.filter(card__in=Card.objects.visible_to(membership))

    def with_money(self) -> Self:
        """Leave out what never was money: verifications of a card number for an amount of zero."""
        return self.exclude(amount=0, cleared_total=0, authorized_total=0)

    def declined(self) -> Self:
        return self.filter(outcome=Outcome.DECLINED)


class Authorization(CompanyOwned):
    """A request at the till and everything that followed from it.

    `amount` is the billing amount first asked for, `merchant_amount` what the shop asked for in its own currency. The
    running totals and `status` are a pure function of the set of messages (`lifecycle.py`). The outcome that the issuer
    reports wins over our answer.
    """

    # Holds of hotels and car rentals live up to 31 days; the ordinary ones seven.
    LIFETIME: ClassVar[timedelta] = timedelta(days=7)

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="authorizations")
    hold = models.OneToOneField(Hold, null=True, on_delete=models.PROTECT, related_name="authorization")
    issuer = models.CharField(max_length=20)
    issuer_reference = models.CharField(max_length=80)
    amount = amount_field()
    currency = currency_field()
    merchant_amount = amount_field()
    merchant_currency = currency_field()
    merchant_name = models.CharField(max_length=120)
    merchant_id = models.CharField(max_length=60, blank=True)
    merchant_category_code = models.CharField(max_length=4, blank=True)
    merchant_city = models.CharField(max_length=60, blank=True)
    merchant_country = models.CharField(max_length=2, blank=True)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    checks = models.JSONField(default=list)
    # What we said when asked; empty when nobody asked. A yes that came too late is "late", and counts as a no.
    our_answer = models.CharField(max_length=10, choices=OurAnswer.choices, blank=True)
    # What a partial yes gave, where the till can take less than it asked for; empty for all of it.
    granted_amount: models.BigIntegerField[int | None, int | None] = amount_field(null=True)  # type: ignore[assignment]
    decision_ms = models.PositiveIntegerField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    decided_by = models.CharField(max_length=10, choices=DecidedBy.choices)
    decline_reason = models.CharField(max_length=40, blank=True)
    authorized_total = amount_field(default=0)
    reversed_total = amount_field(default=0)
    cleared_total = amount_field(default=0)
    # Of money that was asked for and taken at once: what came back because it was reversed or refused after all.
    returned_total = amount_field(default=0)
    open_amount = amount_field(default=0)
    status = models.CharField(max_length=10, choices=AuthorizationStatus.choices)
    occurred_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = AuthorizationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "issuer_reference"], name="authorization_reference_once"),
            models.CheckConstraint(
                condition=Q(
                    amount__gte=0,
                    merchant_amount__gte=0,
                    authorized_total__gte=0,
                    reversed_total__gte=0,
                    cleared_total__gte=0,
                    returned_total__gte=0,
                    open_amount__gte=0,
                ),
                name="authorization_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="declined") | Q(open_amount=0), name="authorization_declined_holds_nothing"
            ),
            choices_check("authorization", "outcome", Outcome),
            models.CheckConstraint(
                condition=Q(our_answer__in=["", *OurAnswer.values]), name="authorization_our_answer_known"
            ),
            choices_check("authorization", "decided_by", DecidedBy),
            choices_check("authorization", "status", AuthorizationStatus),
            choices_check("authorization", "channel", Channel),
            currency_check("authorization"),
            currency_check("authorization", "merchant_currency"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-occurred_at", "-id"], name="authorization_by_time"),
            models.Index(fields=["card", "-occurred_at"], name="authorization_by_card"),
            models.Index(
                fields=["company", "-occurred_at"], condition=Q(outcome="declined"), name="authorization_declines"
            ),
            models.Index(fields=["expires_at"], condition=Q(open_amount__gt=0), name="authorization_expiring"),
        ]

    def __str__(self) -> str:
        return self.merchant_name

    @property
    def billing(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def granted(self) -> Money | None:
        """What a partial yes gave; None when all of it or nothing was."""
        is_part = self.granted_amount is not None and self.outcome == Outcome.APPROVED
        return Money(self.granted_amount or 0, self.currency) if is_part else None

    @property
    def reserved(self) -> Money:
        """What is still held."""
        return Money(self.open_amount, self.currency)

    @property
    def cleared(self) -> Money:
        """What has settled, refunds not taken off."""
        return Money(self.cleared_total, self.currency)

    @property
    def merchant_money(self) -> Money:
        return Money(self.merchant_amount, self.merchant_currency)


class ClearingKind(models.TextChoices):
    PURCHASE = "purchase", _("Purchase")
    CASH = "cash", _("Cash withdrawal")
    REFUND = "refund", _("Refund")
    REFUND_REVERSAL = "refund_reversal", _("Refund taken back")
    CORRECTION_DEBIT = "correction_debit", _("Correction")
    CORRECTION_CREDIT = "correction_credit", _("Correction")
    CHARGEBACK = "chargeback", _("Disputed purchase returned")
    CHARGEBACK_REVERSAL = "chargeback_reversal", _("Disputed purchase charged again")


class ClearingQuerySet(CompanyQuerySet):
    """Final amounts, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        rows = self.for_company(membership.company)
        return rows if membership.can("cards.see_all") else rows.filter(card__in=Card.objects.visible_to(membership))


class Clearing(CompanyOwned):
    """The final amount from the network: exactly one transfer and one movement. Never refused, may have no authorization."""

    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="clearings")
    authorization = models.ForeignKey(Authorization, null=True, on_delete=models.PROTECT, related_name="clearings")
    kind = models.CharField(max_length=20, choices=ClearingKind.choices)
    issuer = models.CharField(max_length=20)
    issuer_reference = models.CharField(max_length=80)
    amount = amount_field()
    currency = currency_field()
    merchant_amount = amount_field()
    merchant_currency = currency_field()
    # What the machine's owner charges for cash; contained in `amount`.
    fee_amount = amount_field(default=0)
    rate = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    # The clearing that this one corrects, returns or charges again: the issuer's word for it, and the row once we know it.
    original_reference = models.CharField(max_length=80, blank=True)
    original = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    merchant_name = models.CharField(max_length=120)
    merchant_category_code = models.CharField(max_length=4, blank=True)
    merchant_country = models.CharField(max_length=2, blank=True)
    cleared_at = models.DateTimeField()
    objects: ClassVar[Any] = ClearingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "issuer_reference"], name="clearing_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, merchant_amount__gt=0), name="clearing_amount_positive"),
            models.CheckConstraint(
                condition=Q(fee_amount__gte=0, fee_amount__lte=models.F("amount")), name="clearing_fee_within_amount"
            ),
            models.CheckConstraint(condition=~Q(original=models.F("id")), name="clearing_corrects_another"),
            choices_check("clearing", "kind", ClearingKind),
            currency_check("clearing"),
            currency_check("clearing", "merchant_currency"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-cleared_at"], name="clearing_by_time"),
            models.Index(
                fields=["issuer", "original_reference"],
                condition=Q(original__isnull=True) & ~Q(original_reference=""),
                name="clearing_orphan",
            ),
        ]

    def __str__(self) -> str:
        return self.merchant_name

    @property
    def billing(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def merchant_money(self) -> Money:
        return Money(self.merchant_amount, self.merchant_currency)
