"""A company begins: the tenant, its first owner, and everything that apps above cannot be without."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import slug as slugs
from accounts.countries import COUNTRIES
from accounts.models import Company, Membership, MembershipStatus, Role, User, fold_email
from accounts.signals import company_created, happened
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text

TRIES = 5


class SlugTaken(DomainError):
    """Another company has, or had, this short name."""

    code = "slug_taken"
    field = "slug"

    def message(self) -> str:
        return gettext("Another company uses this short name. Choose a different one.")


class CountryUnknown(DomainError):
    """No cards are issued in this country."""

    code = "country_unknown"
    field = "country"

    def message(self) -> str:
        return gettext("Choose a country from the list. Cards are issued in Europe alone for now.")


@transaction.atomic
def create_company(
    *,
    owner: User,
    name: str,
    country: str,
    currency: str = "",
    time_zone: str = "",
    region: str = "",
    legal_name: str = "",
    vat_number: str = "",
    slug: str = "",
    issuer: str = "",
    is_demo: bool = False,
    now: datetime | None = None,
) -> Company:
    """Make a company with its first owner, its ledger accounts and its coding masters, all or nothing.

    Currency, time zone and region begin as the country's own; without a `slug` one is made from the name. The issuer is
    fixed here for good. Raises SlugTaken, CountryUnknown.
    """
    if country not in COUNTRIES:
        raise CountryUnknown(country=country)
    home_currency, home_zone = COUNTRIES[country]
    company = _insert(
        slug,
        name=name.strip(),
        legal_name=legal_name.strip(),
        country=country,
        currency=currency or home_currency,
        time_zone=time_zone or home_zone,
        region=region or country,
        vat_number=vat_number.strip(),
        issuer=issuer or settings.ISSUERS[0],
        is_demo=is_demo,
        created_at=now or timezone.now(),
    )
    membership = Membership.objects.create(
        company=company,
        user=owner,
        name=owner.get_full_name(),
        email=fold_email(owner.email),
        role=Role.OWNER,
        status=MembershipStatus.ACTIVE,
        search_text=search_text(owner.get_full_name(), owner.email),
    )
    company_created.send(sender=Company, company=company, owner=membership)
    happened.send(sender=Company, company=company, verb="company.created", subject=company, by=membership, now=now)
    return company


def _insert(slug: str, **fields: object) -> Company:
    """Insert under the wished slug, or under the first free one: a race for it is settled by the unique index."""
    if slug and not slugs.is_free(slug):
        raise SlugTaken(slug=slug)
    choices = slugs.candidates(str(fields["name"]))
    for _ in range(TRIES):
        wanted = slug or next(choices)
        try:
            with transaction.atomic():
                return Company.objects.create(slug=wanted, **fields)
        except IntegrityError:
            if slugs.is_free(wanted):
                raise
            if slug:
                break
    raise SlugTaken(slug=slug)
