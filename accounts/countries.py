"""Where companies are: the currency and time zone that a country begins with."""

from __future__ import annotations

from babel import Locale
from django.utils.translation import get_language

# Country -> (currency, time zone). Cards are issued in these; a company may choose another zone.
COUNTRIES: dict[str, tuple[str, str]] = {
    "AT": ("EUR", "Europe/Vienna"),
    "BE": ("EUR", "Europe/Brussels"),
    "BG": ("EUR", "Europe/Sofia"),
    "CH": ("CHF", "Europe/Zurich"),
    "CY": ("EUR", "Asia/Nicosia"),
    "CZ": ("CZK", "Europe/Prague"),
    "DE": ("EUR", "Europe/Berlin"),
    "DK": ("DKK", "Europe/Copenhagen"),
    "EE": ("EUR", "Europe/Tallinn"),
    "ES": ("EUR", "Europe/Madrid"),
    "FI": ("EUR", "Europe/Helsinki"),
    "FR": ("EUR", "Europe/Paris"),
    "GB": ("GBP", "Europe/London"),
    "GR": ("EUR", "Europe/Athens"),
    "HR": ("EUR", "Europe/Zagreb"),
    "HU": ("HUF", "Europe/Budapest"),
    "IE": ("EUR", "Europe/Dublin"),
    "IS": ("ISK", "Atlantic/Reykjavik"),
    "IT": ("EUR", "Europe/Rome"),
    "LI": ("CHF", "Europe/Vaduz"),
    "LT": ("EUR", "Europe/Vilnius"),
    "LU": ("EUR", "Europe/Luxembourg"),
    "LV": ("EUR", "Europe/Riga"),
    "MT": ("EUR", "Europe/Malta"),
    "NL": ("EUR", "Europe/Amsterdam"),
    "NO": ("NOK", "Europe/Oslo"),
    "PL": ("PLN", "Europe/Warsaw"),
    "PT": ("EUR", "Europe/Lisbon"),
    "RO": ("RON", "Europe/Bucharest"),
    "SE": ("SEK", "Europe/Stockholm"),
    "SI": ("EUR", "Europe/Ljubljana"),
    "SK": ("EUR", "Europe/Bratislava"),
}
CURRENCIES = tuple(sorted({currency for currency, _ in COUNTRIES.values()} | {"USD"}))
TIME_ZONES = tuple(sorted({zone for _, zone in COUNTRIES.values()}))


def country_choices() -> list[tuple[str, str]]:
    """Return (code, name) pairs in the language of the reader, by name."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).territories
    return sorted(((code, str(names[code])) for code in COUNTRIES), key=lambda pair: pair[1])
