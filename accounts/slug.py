"""The short name of a company in its addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from django.utils.text import slugify

from accounts.models import Company, CompanySlug

# Letters that Unicode does not take apart into a base letter and a mark.
LETTERS = str.maketrans(
    {
        "ø": "oe",
        "æ": "ae",
        "å": "aa",
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
    }
)
LONGEST = 60


def slug_of(name: str) -> str:
    """Return a name in the letters of an address: "Ørsted & Søn" is "oersted-soen". A name without any is "company"."""
    composed = unicodedata.normalize("NFC", name).lower().translate(LETTERS)
    return slugify(composed)[: LONGEST - 5].strip("-_") or "company"


def is_free(slug: str, *, company: Company | None = None) -> bool:
    """Say whether a slug is neither in use nor a former one of another company, whose old links must not lead here."""
    others = Company.objects.filter(slug=slug)
    former = CompanySlug.objects.filter(slug=slug)
    if company is not None:
        others, former = others.exclude(pk=company.pk), former.exclude(company=company)
    return not others.exists() and not former.exists()


def candidates(name: str) -> Iterator[str]:
    """Yield free slugs for a name: "nordlys", then "nordlys-2" and so on."""
    base, number = slug_of(name), 1
    while True:
        slug = base if number == 1 else f"{base}-{number}"
        if is_free(slug):
            yield slug
        number += 1
