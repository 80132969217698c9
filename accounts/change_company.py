"""What a company is called, and how its pages write numbers and dates."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.create_company import SlugTaken
from accounts.models import Company, CompanySlug, Membership
from accounts.signals import happened
from accounts.slug import is_free
from pleo.lib.errors import DomainError

FIELDS = ("name", "legal_name", "vat_number", "time_zone", "region", "slug")


class SlugEmpty(DomainError):
    """A company needs a short name."""

    code = "slug_empty"
    field = "slug"

    def message(self) -> str:
        return gettext("Use letters, digits and hyphens.")


@transaction.atomic
def change_company(*, company: Company, by: Membership, now: datetime, **values: str) -> Company:
    """Set names, VAT number, time zone, region and slug. A former slug goes on leading here. Raises SlugTaken, SlugEmpty."""
    assert set(values) <= set(FIELDS), set(values) - set(FIELDS)
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    changes = {
        field: [getattr(locked, field), value.strip()]
        for field, value in values.items()
        if getattr(locked, field) != value.strip()
    }
    if not changes:
        return locked
    if "slug" in changes:
        _move(locked, *changes["slug"])
    for field, (_, value) in changes.items():
        setattr(locked, field, value)
    try:
        with transaction.atomic():
            locked.save(update_fields=list(changes))
    except IntegrityError:
        if "slug" in changes:
            raise SlugTaken(slug=changes["slug"][1]) from None
        raise
    happened.send(
        sender=Company, company=locked, verb="company.changed", subject=locked, by=by, changes=changes, now=now
    )
    return locked


def _move(company: Company, before: str, after: str) -> None:
    """Keep the old slug for its links, and take one back that the company had before."""
    if not after:
        raise SlugEmpty
    if not is_free(after, company=company):
        raise SlugTaken(slug=after)
    CompanySlug.objects.filter(company=company, slug=after).delete()
    CompanySlug.objects.get_or_create(company=company, slug=before)
