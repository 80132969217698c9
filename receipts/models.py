"""Files and what was read from them. Nothing here knows of expenses or cards."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, keyed_hash
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


class Source(models.TextChoices):
    WEB = "web", _("Uploaded")
    PHONE = "phone", _("Photographed")
    MAIL = "mail", _("By e-mail")
    API = "api", _("By API")
    DECLARED = "declared", _("Signed instead of a receipt")


class Scan(models.TextChoices):
    NONE = "", _("Not scanned")
    CLEAN = "clean", _("No virus found")
    INFECTED = "infected", _("Carries a virus")


class ReceiptStatus(models.TextChoices):
    RECEIVED = "received", _("Waiting to be read")
    PROCESSING = "processing", _("Being read")
    READY = "ready", _("Read")
    UNREADABLE = "unreadable", _("Could not be read")


class ReceiptQuerySet(CompanyQuerySet):
    """Files of a company, drawn to who may see them."""

    def visible_to(self, membership: Membership) -> Self:
        """Every file for finance and accountants, else one's own and those of the teams one leads."""
        rows = self.for_company(membership.company)
        if membership.can("receipts.see_all"):
            return rows
        return rows.filter(Q(uploaded_by=membership) | Q(uploaded_by__team__in=membership.led_teams.values("pk")))


class Receipt(CompanyOwned, Work):
    """A file that somebody sent. The original is never changed, and goes only by an `Erasure`; all else is made from it.

    Object keys are `<company>/<yyyy>/<receipt>/<original, page-n, thumb-n>`: no user text in them. `file_name` is what the
    sender called it and is only ever shown.
    """

    WORK: ClassVar[States] = States("received", "processing", "ready", "unreadable")
    LEASE: ClassVar[timedelta] = timedelta(minutes=3)
    MAX_ATTEMPTS: ClassVar[int] = 3

    uploaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="receipts")
    source = models.CharField(max_length=8, choices=Source.choices)
    client_key = models.CharField(max_length=64)
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    image_hash = models.CharField(max_length=64, blank=True, editable=False)
    alike_key = models.CharField(max_length=60, blank=True, editable=False)
    key = models.CharField(max_length=200, unique=True, editable=False)
    page_count = models.PositiveSmallIntegerField(default=0, editable=False)
    status = models.CharField(max_length=12, choices=ReceiptStatus.choices, default=ReceiptStatus.RECEIVED)
    ready_at = models.DateTimeField(null=True, editable=False)
    scan = models.CharField(max_length=8, choices=Scan.choices, blank=True, default=Scan.NONE, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    # From then on nobody sees the file; the row stays as a tombstone, and its `Erasure` says how far the rest is.
    erased_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = ReceiptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["uploaded_by", "client_key"], name="receipt_client_key_once"),
            choices_check("receipt", "status", ReceiptStatus),
            choices_check("receipt", "source", Source),
            choices_check("receipt", "scan", Scan),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="receipt_sha256_hex"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-created_at", "-id"], name="receipt_by_time"),
            models.Index(fields=["company", "sha256"], name="receipt_by_content"),
            models.Index(fields=["company", "alike_key"], condition=~Q(alike_key=""), name="receipt_by_facts"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["received", "processing"]), name="receipt_open"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or str(self.pk)

    @property
    def is_servable(self) -> bool:
        """Say whether the original may leave: never once erased or with a virus, and only scanned where that is asked for."""
        if self.erased_at is not None or self.scan == Scan.INFECTED:
            return False
        return (
            self.scan == Scan.CLEAN
            or self.source == Source.DECLARED
            or not (settings.CLAMD and settings.CLAMD_REQUIRED)
        )

    def twins(self) -> models.QuerySet[Receipt]:
        """Other receipts of the company with the very same bytes: a warning for people, never a reason to drop a file."""
        same: models.QuerySet[Receipt] = Receipt.objects.filter(company_id=self.company_id, sha256=self.sha256)
        return same.exclude(pk=self.pk).order_by("created_at", "id")


class EraseRule(models.TextChoices):
    RETENTION = "retention", _("Its time was over")
    BY_HAND = "by_hand", _("Deleted by a person")


class Erasure(CompanyOwned):
    """That a receipt is erased: by which rule, by whom, and what stays of it for the books.

    `started_at` hides the receipt and can still be stopped by a hold; `removing_at` is the point of no return, after which
    files go; `removed_at` says that they are gone with everything personal that was read; `finished_at` that no archive
    of ours holds a copy any more. `day`, `amount` (minor units) and `currency` are what stood on the receipt, as far as known;
    the digest is the receipt's own.
    """

    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="erasure")
    rule = models.CharField(max_length=10, choices=EraseRule.choices)
    by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(null=True)
    amount = amount_field(null=True)
    currency = currency_field(blank=True)
    due_on = models.DateField(null=True)
    started_at = models.DateTimeField()
    removing_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            choices_check("erasure", "rule", EraseRule),
            currency_check("erasure", optional=True),
            models.CheckConstraint(
                condition=Q(amount__isnull=True, currency="") | (Q(amount__isnull=False) & ~Q(currency="")),
                name="erasure_money_pair",
            ),
            models.CheckConstraint(
                condition=(Q(removed_at__isnull=True) | Q(removing_at__isnull=False))
                & (Q(finished_at__isnull=True) | Q(removed_at__isnull=False)),
                name="erasure_steps_in_order",
            ),
            models.CheckConstraint(condition=~Q(rule="by_hand") | Q(by__isnull=False), name="erasure_by_hand_has_by"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="erasure_open"),
        ]

    @property
    def money(self) -> Money | None:
        """What stood on the receipt, if it was known."""
        return None if self.amount is None else Money(self.amount, self.currency)


class Page(CompanyOwned):
    """One page as an upright image without metadata, and its thumbnails (320 and 96 px wide). Derived: can be made again."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    image_key = models.CharField(max_length=200)
    thumbnail_key = models.CharField(max_length=200)
    small_key = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["receipt", "number"], name="page_once"),
        ]


class Reading(CompanyOwned):
    """What an engine read from a receipt. A new reading does not delete the old; what a person typed stands elsewhere.

    `fields` maps merchant, date, time, total, currency, vat, card_last_four... to `{"value", "confidence", "page", "box"}`,
    amounts in minor units, boxes as fractions of the page; `amounts` are all amounts seen, for matching; `lines` is the raw
    text in reading order.
    """

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="readings")
    engine = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    fields = models.JSONField(default=dict)
    amounts = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["receipt", "-id"], name="reading_latest")]


class ReceivingAddress(CompanyOwned):
    """Where one person's mail with receipts goes. The secret in it decides whose they are, whoever sends them.

    Like the link of an invitation it is made from TOKEN_KEY each time and kept as a hash: a copied database tells no address.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="receiving_addresses")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    replaced_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(replaced_at__isnull=True), name="receiving_address_once"
            ),
        ]

    @property
    def secret(self) -> str:
        """80 bits as sixteen small letters and digits: fit for the part before the @."""
        return base64.b32encode(bytes.fromhex(keyed_hash(f"receiving:{self.pk}")[:20])).decode().lower()


class SenderAddress(CompanyOwned):
    """A further address that a person sends receipts from, believed once a link mailed to it was opened."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="sender_addresses")
    email = models.EmailField(_("e-mail"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, editable=False)
    verified_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["membership", "email"], name="sender_address_once"),
            # Believed for one person in one company: else a mail would not say whose receipts it brings.
            models.UniqueConstraint(
                fields=["email"], condition=Q(verified_at__isnull=False), name="sender_address_believed_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="sender_address_unsent"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def secret(self) -> str:
        """The token of the link."""
        return keyed_hash(f"sender:{self.pk}")


class MailDoor(models.TextChoices):
    HOOK = "hook", _("From the mail provider")
    IMAP = "imap", _("From the mailbox")
    FOLDER = "folder", _("From the folder")
    COMMAND = "command", _("By hand")


class MailStatus(models.TextChoices):
    RECEIVED = "received", _("Waiting")
    PROCESSING = "processing", _("Being opened")
    TAKEN = "taken", _("Done")
    FAILED = "failed", _("Failed")


class MailOutcome(models.TextChoices):
    RECEIPTS = "receipts", _("Receipts added")
    PARTLY = "partly", _("Partly added")
    REPEATED = "repeated", _("Came before")
    NOTHING = "nothing", _("Nothing usable")
    REFUSED = "refused", _("Files refused")
    ENCRYPTED = "encrypted", _("Encrypted")
    TOO_LARGE = "too_large", _("Too large")
    BROKEN = "broken", _("Damaged")
    AUTOMATIC = "automatic", _("Automatic reply")
    STRANGER = "stranger", _("Unknown sender")
    UNPROVEN = "unproven", _("Sender not proven")
    AMBIGUOUS = "ambiguous", _("Several companies")
    OLD_ADDRESS = "old_address", _("Old address")
    LEFT = "left", _("May not add receipts")


class InboundMailQuerySet(CompanyQuerySet):
    """Mail that came in for a company."""

    def visible_to(self, membership: Membership) -> Self:
        """All for finance, else what came for oneself."""
        rows = self.for_company(membership.company)
        return rows if membership.can("mail.see") else rows.filter(membership=membership)


class InboundMail(Base, Work):
    """A mail as it came. It is stored before anybody opens it, and ends with an outcome that people can read.

    `company` and `membership` are null until it is known whose it is; such mail is kept MAIL_KEEP_DAYS and then removed.
    `key` is empty once the mail itself was removed; its receipts have files of their own.
    """

    WORK: ClassVar[States] = States("received", "processing", "taken", "failed")
    LEASE: ClassVar[timedelta] = timedelta(minutes=5)

    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    membership = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="inbound_mails")
    door = models.CharField(max_length=8, choices=MailDoor.choices)
    # Where the door had it (mailbox, UIDVALIDITY and UID), so that it is not fetched twice; empty where it tells nothing.
    door_ref = models.CharField(max_length=200, blank=True, editable=False)
    recipient = models.CharField(max_length=254, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    message_id = models.CharField(max_length=250, blank=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=200, blank=True, editable=False)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=MailStatus.choices, default=MailStatus.RECEIVED)
    outcome = models.CharField(max_length=12, choices=MailOutcome.choices, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    objects: ClassVar[Any] = InboundMailQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["recipient", "sha256"], name="inbound_mail_once"),
            models.UniqueConstraint(fields=["door_ref"], condition=~Q(door_ref=""), name="inbound_mail_ref_once"),
            models.CheckConstraint(
                condition=Q(membership__isnull=True) | Q(company__isnull=False), name="inbound_mail_person_has_company"
            ),
            models.CheckConstraint(condition=Q(status="taken") | Q(outcome=""), name="inbound_mail_outcome_when_taken"),
            choices_check("inbound_mail", "status", MailStatus),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=MailOutcome.values), name="inbound_mail_outcome_known"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-received_at", "-id"], name="inbound_mail_by_time"),
            models.Index(fields=["membership", "-received_at"], name="inbound_mail_by_person"),
            models.Index(fields=["sender"], condition=Q(company__isnull=True), name="inbound_mail_homeless"),
            models.Index(
                fields=["created_at"], condition=Q(status__in=["received", "processing"]), name="inbound_mail_open"
            ),
            models.Index(fields=["received_at"], condition=~Q(key=""), name="inbound_mail_kept"),
        ]

    def __str__(self) -> str:
        return self.subject or self.sender or str(self.pk)


class MailPart(Base):
    """What became of one attachment (or the text) of a mail: a receipt, or the reason why not."""

    mail = models.ForeignKey(InboundMail, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    file_name = models.CharField(max_length=200, blank=True)
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.SET_NULL, related_name="mail_parts")
    refusal = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["mail", "number"], name="mail_part_once"),
        ]


class MailAnswer(Base):
    """A mail that we owe somebody for one that came in. Strangers get one a day at most: the database says so."""

    mail = models.OneToOneField(InboundMail, null=True, on_delete=models.SET_NULL, related_name="answer")
    to = models.EmailField()
    code = models.CharField(max_length=12, choices=MailOutcome.choices)
    to_stranger = models.BooleanField(default=False)
    day = models.DateField()
    params = models.JSONField(default=dict)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["to", "day"], condition=Q(to_stranger=True), name="mail_answer_stranger_daily"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="mail_answer_unsent"),
            models.Index(fields=["to", "day"], name="mail_answer_by_day"),
        ]


class DirectUpload(CompanyOwned):
    """A file that a browser was allowed to put straight into the bucket, under a key that is no receipt's yet."""

    by = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="direct_uploads")
    client_key = models.CharField(max_length=64)
    source = models.CharField(max_length=8, choices=Source.choices)
    file_name = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField()
    key = models.CharField(max_length=200, unique=True, editable=False)
    expires_at = models.DateTimeField()
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.CASCADE, related_name="direct_uploads")
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["by", "client_key"], name="direct_upload_client_key_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="direct_upload_has_bytes"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["expires_at"], name="direct_upload_by_end")]
