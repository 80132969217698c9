"""The places that days away can be spent at: every country, and the towns that a country's tables name."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from django.utils.translation import get_language

from expenses.per_diem_rates import SAME_EVERYWHERE, towns

# What the list of territories has besides countries: unions, made-up ones, the unknown one.
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ"})


def _names() -> Mapping[str, str]:
    found: Mapping[str, str] = Locale.parse((get_language() or "en").replace("-", "_")).territories
    return found


def place_name(place: str) -> str:
    """Return a place in the language of the reader: "France", or "France – Paris"."""
    return _named(place, _names())


def _named(place: str, names: Mapping[str, str]) -> str:
    country, _slash, town = place.partition("/")
    name = names.get(country) or country
    return f"{name} – {town}" if town else name


def is_place(place: str, country: str) -> bool:
    """Say whether a text is the code of a country or of a town that a country's tables name."""
    return place in towns(country) or (_is_country(place) and place in _names())


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES


def places(country: str) -> list[tuple[str, str]]:
    """Return (place, name) of everywhere a day can be spent, by name; the company's own country first.

    Countries without a rate are in it: who chooses one is told so.
    """
    names = _names()
    codes = [code for code in names if _is_country(code)]
    everywhere = codes if country in SAME_EVERYWHERE else [*codes, *towns(country)]
    abroad = sorted(((code, _named(code, names)) for code in everywhere if code != country), key=lambda one: one[1])
    return [(country, _named(country, names)), *abroad]
