"""The port to card issuers. `base.py` is what we ask and are told, in our words; each other module is one issuer's adapter."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cards.issuers.base import Feature, Issuer

ADAPTERS = {
    "simulator": "cards.issuers.simulator",
    "stripe": "cards.issuers.stripe",
    "iso8583": "cards.issuers.iso8583",
}


class UnknownIssuer(LookupError):
    """No issuer of this name is switched on here."""


def issuer_named(name: str) -> Issuer:
    """Return the adapter of an issuer that `ISSUERS` switches on. Raises UnknownIssuer."""
    if name not in settings.ISSUERS:
        raise UnknownIssuer(name)
    if name not in ADAPTERS:
        raise ImproperlyConfigured(f"ISSUERS names {name}; known are: {', '.join(sorted(ADAPTERS))}")
    adapter: Issuer = import_module(ADAPTERS[name]).adapter
    return adapter


def features_of(name: str) -> frozenset[Feature]:
    """Return what an issuer can do; nothing where it is not switched on here any more."""
    return issuer_named(name).features if name in settings.ISSUERS else frozenset()
