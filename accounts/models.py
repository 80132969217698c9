"""Who: companies (the tenants), people, their memberships, and the secrets that act for them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from pleo.lib.models import Base, CompanyOwned, CompanyQuerySet, choices_check, currency_check, currency_field


def keyed_hash(secret: str) -> str:
    """Return the HMAC of a secret under TOKEN_KEY: what we keep of tokens, so that a copied database opens nothing."""
    return hmac.new(settings.TOKEN_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


def fold_email(address: str) -> str:
    """Return an address as we keep and compare it. Lower case, not case-folded: "ß" in a domain is not "ss"."""
    return address.strip().lower()


def check_time_zone(value: str) -> None:
    """Refuse names that the time zone database does not know."""
    if value not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list."))


class UserManager(BaseUserManager["User"]):
    """Makes people by e-mail; addresses are folded on the way in and on look-up."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=fold_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=fold_email(username or ""))


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class ReceiptMails(models.TextChoices):
    """When somebody is written to about receipts that are missing. In the app they stand in any case."""

    AT_ONCE = "at_once", _("At once, when I have paid and when it is late")
    DAILY = "daily", _("Once a day, if something is late")
    WEEKLY = "weekly", _("On Mondays, if something is late")
    NEVER = "never", _("Only in the app")


class User(Base, AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail and may belong to any number of companies."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    region = models.CharField(_("numbers and dates as in"), max_length=2, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    receipt_mails = models.CharField(
        _("mails about missing receipts"), max_length=8, choices=ReceiptMails.choices, default=ReceiptMails.DAILY
    )
    single_key_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            choices_check("user", "theme", Theme),
            choices_check("user", "receipt_mails", ReceiptMails),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email.split("@")[0]


class CompanyStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    CLOSED = "closed", _("Closed")


class Company(Base):
    """One legal entity: the tenant. Its currency is fixed after the first transfer, its issuer at creation."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=160, blank=True)
    country = models.CharField(_("country"), max_length=2)
    currency = currency_field()
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    region = models.CharField(_("numbers and dates as in"), max_length=2)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    issuer = models.CharField(max_length=20, editable=False)
    status = models.CharField(max_length=10, choices=CompanyStatus.choices, default=CompanyStatus.ACTIVE)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            currency_check("company"),
            choices_check("company", "status", CompanyStatus),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="company_country_iso"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone that decides which day it is for this company."""
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> Any:
        """Return the calendar date of a moment, where the company is."""
        return moment.astimezone(self.zone).date()


class CompanySlug(Base):
    """A slug that a company had before: its links answer 301."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="old_slugs")
    slug = models.SlugField(max_length=60, unique=True)


class Team(CompanyOwned):
    """A group of people; its leads review what the group spends."""

    name = models.CharField(_("name"), max_length=80)
    leads: models.ManyToManyField[Membership, Any] = models.ManyToManyField(
        "Membership", related_name="led_teams", blank=True
    )
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint("company", Lower("name"), name="team_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = permissions.OWNER, _("Owner")
    ADMIN = permissions.ADMIN, _("Admin")
    CONTROLLER = permissions.CONTROLLER, _("Finance")
    CONTROLLER_LIMITED = permissions.CONTROLLER_LIMITED, _("Finance, limited")
    ACCOUNTANT = permissions.ACCOUNTANT, _("Accountant")
    ACCOUNTANT_LIMITED = permissions.ACCOUNTANT_LIMITED, _("Accountant, limited")
    EMPLOYEE = permissions.EMPLOYEE, _("Employee")
    SERVICE = permissions.SERVICE, _("Service")


class MembershipStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACTIVE = "active", _("Active")
    LEFT = "left", _("Left")


class MembershipQuerySet(CompanyQuerySet):
    """People of companies."""

    def active(self) -> Self:
        return self.filter(status=MembershipStatus.ACTIVE)

    def visible_to(self, membership: Membership) -> Self:
        """All people for who may see people, else oneself and the team one leads."""
        rows = self.for_company(membership.company)
        if membership.can("people.see"):
            return rows
        return rows.filter(Q(pk=membership.pk) | Q(team__in=membership.led_teams.all())).distinct()


class Membership(CompanyOwned):
    """A person in one company. Cards, coding and money hang on it, so they can be prepared before the person accepts.

    `name` and `email` are what the company calls the person; the user is null while invited and for role service.
    `is_reviewer` marks those whom a rule or somebody's absence made decide about others' money, whatever their role.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="memberships", editable=False)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    manager = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    status = models.CharField(max_length=10, choices=MembershipStatus.choices)
    employee_number = models.CharField(_("employee number"), max_length=40, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    is_reviewer = models.BooleanField(default=False, editable=False)
    led_teams: Any  # the other side of Team.leads, which its annotation hides from the type checker
    objects: ClassVar[Any] = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "user"], name="membership_once"),
            models.UniqueConstraint(
                "company", Lower("email"), condition=~Q(email="") & ~Q(status="left"), name="membership_email_once"
            ),
            choices_check("membership", "role", Role),
            choices_check("membership", "status", MembershipStatus),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(status__in=["invited", "left"]) | Q(role=Role.SERVICE),
                name="membership_active_has_user",
            ),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "name", "id"], name="membership_by_name")]

    def __str__(self) -> str:
        return self.name

    def can(self, capability: str) -> bool:
        """Say whether this person may do something in the company; the word comes from `permissions.CAPABILITIES`."""
        return permissions.allowed(self, capability)

    @cached_property
    def leads_a_team(self) -> bool:
        return self.led_teams.exists()

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]


class Invitation(CompanyOwned):
    """A single-use link that turns an invited membership into an active one."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="invitation_unsent"),
        ]

    @property
    def secret(self) -> str:
        """The token of the link, made from TOKEN_KEY each time: the database alone opens nothing."""
        return keyed_hash(f"invitation:{self.pk}")

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > now


class ApiToken(CompanyOwned):
    """A secret that acts as its membership, within its scopes. The secret itself is shown once and never stored."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def grants(self, capability: str) -> bool:
        """Rights are role and scope together."""
        return capability in self.scopes and self.membership.can(capability)


class IdempotencyKey(CompanyOwned):
    """The answer to a write, replayed when the same key comes again. Written in the transaction of the effect."""

    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    response = models.JSONField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once"),
        ]


class Counter(CompanyOwned):
    """The next number of a range (expense numbers, export numbers, vouchers), per company and without gaps on commit."""

    range = models.CharField(max_length=40)
    next = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "range"], name="counter_once"),
        ]
