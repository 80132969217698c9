"""Numbered system checks: settings that would fail later, or quietly, fail at the start and say what to do.

Errors stop `migrate`, `make run` and `manage.py check`. The numbers are never given to another check.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from pleo.lib import append_only

SECRETS = ("SECRET_KEY", "TOKEN_KEY", "SIMULATOR_SECRET")
SHORTEST_SECRET = 32
SHORTEST_HOOK_SECRET = 20
NEEDED_BY_STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS", "STRIPE_BILLING_ADDRESS")
# An issuer waits two seconds for a decision; a later yes is a lie.
LONGEST_DECISION_SECONDS = 2.0
LONGEST_FILE_URL_SECONDS = 7 * 24 * 3600
OLDEST_POSTGRESQL = 150_000
# Read by the supervisor and the tests, not by the settings.
OTHER_NAMES = {"HOST", "PORT", "DEMO", "CHROMIUM", "S3_SERVER", "REQUIRE_SERVICES"}


def is_production() -> bool:
    """Say whether this is more than the embedded default: a public address, or a database of its own."""
    return bool(settings.SECURE or not settings.EMBEDDED)


@register(Tags.security)
def check_secrets(**_: Any) -> list[CheckMessage]:
    """E001: a secret that must come from the environment. E002: one that can be guessed. E003: one used twice."""
    found: list[CheckMessage] = []
    needed = [name for name in SECRETS if name != "SIMULATOR_SECRET" or "simulator" in settings.ISSUERS]
    for name in needed:
        if is_production() and not os.environ.get(name):
            hint = "Every machine needs the same one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            found.append(Error(f"{name} is not in the environment.", hint=hint, id="pleo.E001"))
        elif len(getattr(settings, name)) < SHORTEST_SECRET:
            found.append(Error(f"{name} is shorter than {SHORTEST_SECRET} characters.", id="pleo.E002"))
    if len({getattr(settings, name) for name in needed}) < len(needed):
        found.append(Error(f"{', '.join(needed)} must differ from each other.", id="pleo.E003"))
    return found


@register(Tags.urls)
def check_addresses(**_: Any) -> list[CheckMessage]:
    """E004: an address that is none. E005: a public address whose host is refused."""
    found: list[CheckMessage] = []
    for name in ("BASE_URL", "ISSUER_URL"):
        address = urlsplit(getattr(settings, name))
        if address.scheme not in {"http", "https"} or not address.hostname or address.query or address.fragment:
            hint = "Write it like https://pleo.example"
            found.append(Error(f"{name} is no address: {getattr(settings, name)!r}", hint=hint, id="pleo.E004"))
    host = urlsplit(settings.BASE_URL).hostname or ""
    allowed = settings.ALLOWED_HOSTS
    covered = any(host == name or name == "*" or (name[:1] == "." and host.endswith(name)) for name in allowed)
    if host and not covered and f"[{host}]" not in allowed:
        hint = f"ALLOWED_HOSTS={host}"
        found.append(Error(f"The host of BASE_URL, {host}, is not in ALLOWED_HOSTS.", hint=hint, id="pleo.E005"))
    return found


@register(Tags.compatibility)
def check_issuers(**_: Any) -> list[CheckMessage]:
    """E006: an issuer that no adapter is written for. E007: a decision that takes longer than issuers wait.

    E015: an issuer without what it needs.
    """
    from cards import issuers

    known = issuers.ADAPTERS
    found: list[CheckMessage] = []
    for name in settings.ISSUERS:
        if name not in known:
            hint = f"There are: {', '.join(sorted(known))}"
            found.append(Error(f"ISSUERS names {name!r}, which is unknown.", hint=hint, id="pleo.E006"))
    for name in NEEDED_BY_STRIPE if "stripe" in settings.ISSUERS else ():
        if not getattr(settings, name):
            found.append(Error(f"ISSUERS names stripe, and {name} is not set.", hint="docs/issuers.md", id="pleo.E015"))
    if settings.DECISION_SECONDS is not None and settings.DECISION_SECONDS > LONGEST_DECISION_SECONDS:
        text = f"DECISION_SECONDS is {settings.DECISION_SECONDS}, and issuers wait {LONGEST_DECISION_SECONDS}."
        found.append(Error(text, id="pleo.E007"))
    return found


@register(Tags.compatibility)
def check_parts(**_: Any) -> list[CheckMessage]:
    """E008: no broker. E009, E010: files that cannot be kept or shown. W011: mail that nobody gets."""
    found: list[CheckMessage] = []
    if is_production() and not settings.REDIS_URL:
        text = "REDIS_URL is not set: jobs, locks and rate limits would stay inside one process."
        found.append(Error(text, hint="REDIS_URL=redis://host:6379/0", id="pleo.E008"))
    keys = [name for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY") if os.environ.get(name)]
    if len(keys) == 1:
        hint = "Set both, or neither where the machine has a role of its own."
        found.append(Error(f"{keys[0]} is set without its other half.", hint=hint, id="pleo.E009"))
    if not 1 <= settings.FILE_URL_SECONDS <= LONGEST_FILE_URL_SECONDS:
        text = f"FILE_URL_SECONDS is {settings.FILE_URL_SECONDS}: S3 signs for 1 second to 7 days."
        found.append(Error(text, id="pleo.E010"))
    if is_production() and not settings.EMAIL_URL:
        text = "EMAIL_URL is not set: invitations and other mail stay in files on this machine."
        found.append(Warning(text, hint="EMAIL_URL=smtp+tls://user:password@host:587", id="pleo.W011"))
    return found


@register(Tags.compatibility)
def check_mail_in(**_: Any) -> list[CheckMessage]:
    """E020: a provider's door that is unknown, or open to everybody. E021: an address that is none. E022: a mailbox that is none."""
    from receipts.collect_imap import Mailbox
    from receipts.mail_hooks import HOOKS

    found: list[CheckMessage] = []
    for name in settings.MAIL_HOOKS:
        if name not in HOOKS:
            hint = f"There are: {', '.join(sorted(HOOKS))}"
            found.append(Error(f"MAIL_HOOKS names {name!r}, which is unknown.", hint=hint, id="pleo.E020"))
    if settings.MAIL_HOOKS and not all(
        len(each) >= SHORTEST_HOOK_SECRET for each in settings.MAIL_HOOK_SECRETS or [""]
    ):
        text = (
            f"MAIL_HOOK_SECRETS needs secrets of {SHORTEST_HOOK_SECRET} characters or more: anybody could bring mail."
        )
        found.append(Error(text, hint="docs/mail-in.md", id="pleo.E020"))
    local, _at, host = settings.RECEIPTS_ADDRESS.rpartition("@")
    if not local or not host or "+" in local:
        hint = "receipts@pleo.example, or *@in.pleo.example where every address of a host is ours"
        found.append(Error(f"RECEIPTS_ADDRESS is no address: {settings.RECEIPTS_ADDRESS!r}", hint=hint, id="pleo.E021"))
    try:
        if settings.IMAP_URL:
            Mailbox.from_url(settings.IMAP_URL)
    except ValueError as error:
        found.append(Error("IMAP_URL is no mailbox.", hint=str(error), id="pleo.E022"))
    return found


@register
def check_engine(**_: Any) -> list[CheckMessage]:
    """E023: pictures are to be read elsewhere, and nobody says where. E024: a token sent without encryption to another machine."""
    if settings.RECEIPT_ENGINE != "remote":
        return []
    address = urlsplit(settings.RECEIPT_ENGINE_URL)
    if address.scheme not in {"http", "https"} or not address.hostname:
        hint = "RECEIPT_ENGINE=remote needs RECEIPT_ENGINE_URL, such as https://reader.internal/read."
        return [Error(f"RECEIPT_ENGINE_URL is no address: {settings.RECEIPT_ENGINE_URL!r}", hint=hint, id="pleo.E023")]
    near = address.hostname in {"localhost", "127.0.0.1", "::1"}
    if address.scheme == "http" and not near and settings.RECEIPT_ENGINE_TOKEN:
        hint = "Use https, or no RECEIPT_ENGINE_TOKEN."
        return [Error("RECEIPT_ENGINE_TOKEN would be sent without encryption.", hint=hint, id="pleo.E024")]
    return []


@register(Tags.compatibility)
def check_names(**_: Any) -> list[CheckMessage]:
    """W012: a name in the environment that is one of ours with a slip of the finger."""
    known = set(known_names())
    return [
        Warning(f"{name} in the environment is not read.", hint=f"Is {near[0]} meant?", id="pleo.W012")
        for name in sorted(os.environ)
        if name not in known and (near := difflib.get_close_matches(name, known, n=1, cutoff=0.88))
    ]


def known_names() -> Iterator[str]:
    """Yield every name that the product reads from the environment, as its settings name them."""
    source = (settings.BASE_DIR / "pleo" / "settings.py").read_text()
    yield from re.findall(r'(?:env\.\w+|_secret)\(\s*"([A-Z0-9_]+)"', source)
    yield from OTHER_NAMES


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """W013: a table of money or history that could be rewritten. E014: a PostgreSQL that is too old.

    W013 is no error, because `migrate` asks this first and is what makes the triggers again.
    """
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if connection.vendor == "postgresql" and getattr(connection, "pg_version", 0) < OLDEST_POSTGRESQL:
            found.append(Error(f"The database {alias!r} is older than PostgreSQL 15.", id="pleo.E014"))
        if "django_migrations" in connection.introspection.table_names():
            found += [
                Warning(f"The trigger {name} is missing.", hint="manage.py migrate makes it again.", id="pleo.W013")
                for name in append_only.missing(alias)
            ]
    return found
