"""Account numbers and creditor references: both prove their letters by the same check number (ISO 7064, modulo 97)."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# Lengths fixed by the registry, for the countries that companies here have accounts in; others are bounded by the form alone.
LENGTHS = {
    "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "IE": 22,
    "IS": 26, "IT": 27, "LT": 20, "LU": 20, "LV": 21, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24,
}  # fmt: skip


def _remainder(text: str) -> int:
    """Return the check value of letters and digits: letters count from ten, as in base 36."""
    return int("".join(str(int(letter, 36)) for letter in text)) % 97


def compact(text: str) -> str:
    """Return a number as banks keep it: capitals, without blanks and dashes."""
    return re.sub(r"[\s\-]", "", text).upper()


def is_iban(text: str) -> bool:
    """Say whether a compact text is an IBAN: form, length of its country where known, check number."""
    if not _IBAN.fullmatch(text) or len(text) != LENGTHS.get(text[:2], len(text)):
        return False
    return _remainder(text[4:] + text[:4]) == 1


def shown(iban: str) -> str:
    """Return an IBAN in groups of four, as people read it."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def with_check(country: str, rest: str) -> str:
    """Return `rest` with two capital letters and a check number before it: an IBAN, or with RF a creditor reference."""
    return f"{country}{98 - _remainder(rest + country + '00'):02d}{rest}"


def is_creditor_reference(text: str) -> bool:
    """Say whether a compact text is a structured creditor reference (ISO 11649): RF, check number, up to 21 more."""
    return bool(re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", text)) and _remainder(text[4:] + text[:4]) == 1


class IbanField(forms.CharField):
    """An account number as a person types or pastes it; cleans to the compact form."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"max_length": 60, **options})  # type: ignore[arg-type]

    def clean(self, value: object) -> str:
        text = compact(str(super().clean(value)))
        if text and not is_iban(text):
            raise ValidationError(_("This is not an IBAN: look at its digits again."), code="iban")
        return text
