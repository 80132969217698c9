"""Cards and the life of a payment, in our words. Issuers' own field names are known to `issuers/` alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import (
    Base,
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)
from pleo.lib.money import Money
from pleo.lib.work import States, Work
from wallet.models import Hold, LedgerAccount


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


class Interval(models.TextChoices):
    PURCHASE = "purchase", _("Each purchase")
    DAY = "day", _("Each day")
    WEEK = "week", _("Each week")
    MONTH = "month", _("Each month")
    QUARTER = "quarter", _("Each quarter")
    YEAR = "year", _("Each year")
    TOTAL = "total", _("In all")


WINDOWS = tuple(interval for interval in Interval if interval != Interval.PURCHASE)


class Limit(CompanyOwned):
    """How much a card (counted over its replacements) or a person may spend in an interval. Amount in minor units."""

    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="limits")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="limits")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    amount = amount_field()
    currency = currency_field()
    hard = models.BooleanField(default=True)
    set_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, membership__isnull=True)
                | Q(card__isnull=True, membership__isnull=False),
                name="limit_one_owner",
            ),
            models.UniqueConstraint(
                fields=["card", "interval"], condition=Q(ended_at__isnull=True), name="limit_card_live_once"
            ),
            models.UniqueConstraint(
                fields=["membership", "interval"], condition=Q(ended_at__isnull=True), name="limit_person_live_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_amount_not_negative"),
            choices_check("limit", "interval", Interval),
            currency_check("limit"),
        ]

    @property
    def cap(self) -> Money:
        return Money(self.amount, self.currency)


class LimitUse(CompanyOwned):
    """What a card chain or a person used in one window, holds and clearings together, in minor units.

    Kept for every interval of every card and person whether limited or not, so that a limit set today knows this month.
    """

    card = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="uses")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="limit_uses")
    interval = models.CharField(max_length=10, choices=Interval.choices)
    window_start = models.DateField()
    used = amount_field(default=0)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(card__isnull=False, membership__isnull=True)
                | Q(card__isnull=True, membership__isnull=False),
                name="limit_use_one_owner",
            ),
            models.UniqueConstraint(fields=["card", "interval", "window_start"], name="limit_use_card_once"),
            models.UniqueConstraint(fields=["membership", "interval", "window_start"], name="limit_use_person_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="limit_use_not_negative"),
        ]


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
    decision_ms = models.PositiveIntegerField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    decided_by = models.CharField(max_length=10, choices=DecidedBy.choices)
    decline_reason = models.CharField(max_length=40, blank=True)
    authorized_total = amount_field(default=0)
    reversed_total = amount_field(default=0)
    cleared_total = amount_field(default=0)
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


class MessageKind(models.TextChoices):
    """What issuers tell us. A kind that is not understood yet is stored as it came, under `unknown`."""

    AUTHORIZATION = "authorization", _("Authorization")
    INCREMENT = "increment", _("Increment")
    ADVICE = "advice", _("Advice")
    REVERSAL = "reversal", _("Reversal")
    EXPIRY = "expiry", _("Expiry")
    CLEARING = "clearing", _("Clearing")
    REFUND = "refund", _("Refund")
    BALANCE_INQUIRY = "balance_inquiry", _("Balance inquiry")
    UNKNOWN = "unknown", _("Not understood")


class MessageStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    PROCESSING = "processing", _("In work")
    WAITING = "waiting", _("Waiting for its original")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class IssuerMessage(Base, Work):
    """A message as it came, stored before it is understood, with numbers already tokenised by the adapter.

    `raw` is redacted; `raw_hmac` is keyed, since a plain hash of a message with a card's last four digits could be guessed.
    The company is empty until the card is known.
    """

    WORK: ClassVar[States] = States("received", "processing", "done", "failed")
    # Taking one in is a matter of milliseconds: a worker that died is noticed soon.
    LEASE: ClassVar[timedelta] = timedelta(seconds=30)

    company = models.ForeignKey("accounts.Company", null=True, on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField(max_length=20)
    message_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    card_reference = models.CharField(max_length=80, blank=True)
    authorization_reference = models.CharField(max_length=80, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    amount: models.BigIntegerField[int | None, int | None] = amount_field(null=True)  # type: ignore[assignment]
    currency = currency_field(blank=True, default="")
    is_final = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, blank=True)
    details = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    sequence = models.BigIntegerField(default=0)
    raw = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    raw_hmac = models.CharField(max_length=64)
    authorization = models.ForeignKey(Authorization, null=True, on_delete=models.PROTECT, related_name="messages")
    status = models.CharField(max_length=10, choices=MessageStatus.choices, default=MessageStatus.RECEIVED)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "message_id"], name="message_once"),
            choices_check("message", "kind", MessageKind),
            choices_check("message", "status", MessageStatus),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="message_amount_not_negative"
            ),
            currency_check("message", optional=True),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["issuer", "authorization_reference"], name="message_by_authorization"),
            models.Index(fields=["created_at"], condition=~Q(status="done"), name="message_open"),
            models.Index(
                fields=["issuer", "authorization_reference"],
                condition=Q(authorization__isnull=True) & ~Q(authorization_reference=""),
                name="message_orphan",
            ),
        ]

    def __str__(self) -> str:
        return self.message_id


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
    rate = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    merchant_name = models.CharField(max_length=120)
    merchant_category_code = models.CharField(max_length=4, blank=True)
    merchant_country = models.CharField(max_length=2, blank=True)
    cleared_at = models.DateTimeField()
    objects: ClassVar[Any] = ClearingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["issuer", "issuer_reference"], name="clearing_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, merchant_amount__gt=0), name="clearing_amount_positive"),
            choices_check("clearing", "kind", ClearingKind),
            currency_check("clearing"),
            currency_check("clearing", "merchant_currency"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-cleared_at"], name="clearing_by_time"),
        ]

    def __str__(self) -> str:
        return self.merchant_name

    @property
    def billing(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def merchant_money(self) -> Money:
        return Money(self.merchant_amount, self.merchant_currency)
