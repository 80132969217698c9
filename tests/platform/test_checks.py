"""Settings that would fail later fail at the start, each with a number of its own."""

from __future__ import annotations

import secrets

import pytest
from django.db import connection

from pleo import checks
from pleo.lib import append_only


def ids(messages):
    return [message.id for message in messages]


@pytest.fixture
def production(settings, monkeypatch):
    """A machine with everything set as it should be."""
    settings.SECURE = True
    settings.BASE_URL = settings.ISSUER_URL = "https://pleo.example"
    settings.ALLOWED_HOSTS = ["pleo.example"]
    settings.REDIS_URL = "redis://redis:6379/0"
    settings.EMAIL_URL = "smtp://mail:25"
    for name in checks.SECRETS:
        value = secrets.token_urlsafe(48)
        setattr(settings, name, value)
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("S3_ACCESS_KEY", raising=False)
    monkeypatch.delenv("S3_SECRET_KEY", raising=False)
    return settings


ALL = (checks.check_secrets, checks.check_addresses, checks.check_issuers, checks.check_parts)


def test_a_complete_production_machine_passes(production):
    assert [message for check in ALL for message in check()] == []


@pytest.mark.parametrize("name", checks.SECRETS)
def test_production_needs_its_secrets_from_the_environment(production, monkeypatch, name):
    monkeypatch.delenv(name)
    assert ids(checks.check_secrets()) == ["pleo.E001"]


def test_a_database_of_its_own_is_production_too(production, monkeypatch):
    production.SECURE, production.EMBEDDED = False, False
    monkeypatch.delenv("TOKEN_KEY")
    assert ids(checks.check_secrets()) == ["pleo.E001"]


def test_the_embedded_default_keeps_secrets_of_its_own(production, monkeypatch):
    production.SECURE, production.EMBEDDED = False, True
    monkeypatch.delenv("TOKEN_KEY")
    assert checks.check_secrets() == []


def test_the_simulators_secret_is_only_needed_where_it_plays(production, monkeypatch):
    production.ISSUERS = ["stripe"]
    monkeypatch.delenv("SIMULATOR_SECRET")
    assert checks.check_secrets() == []


def test_a_short_secret_is_refused(production, monkeypatch):
    production.TOKEN_KEY = "x" * 31
    assert ids(checks.check_secrets()) == ["pleo.E002"]


def test_one_secret_for_two_purposes_is_refused(production):
    production.TOKEN_KEY = production.SECRET_KEY
    assert ids(checks.check_secrets()) == ["pleo.E003"]


@pytest.mark.parametrize("address", ["pleo.example", "ftp://pleo.example", "https://", "https://pleo.example?x=1"])
def test_an_address_must_be_one(production, address):
    production.ISSUER_URL = address
    assert ids(checks.check_addresses()) == ["pleo.E004"]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (["other.example"], ["pleo.E005"]),
        (["pleo.example"], []),
        ([".example"], []),
        (["*"], []),
        ([".le"], ["pleo.E005"]),
    ],
)
def test_the_host_of_the_product_must_be_allowed(production, allowed, expected):
    production.ALLOWED_HOSTS = allowed
    assert ids(checks.check_addresses()) == expected


def test_an_address_of_numbers_with_colons_is_allowed_in_brackets(production):
    production.BASE_URL, production.ALLOWED_HOSTS = "http://[::1]:8000", ["[::1]"]
    assert checks.check_addresses() == []


def test_an_unknown_issuer_is_refused(production):
    production.ISSUERS = ["simulator", "stripes"]
    found = checks.check_issuers()
    assert ids(found) == ["pleo.E006"]
    assert "simulator" in found[0].hint


def test_stripe_needs_its_keys(production):
    production.ISSUERS = ["stripe"]
    assert ids(checks.check_issuers()) == ["pleo.E015"] * 4
    production.STRIPE_SECRET_KEY, production.STRIPE_PUBLISHABLE_KEY = "sk_test_1", "pk_test_1"
    production.STRIPE_WEBHOOK_SECRETS, production.STRIPE_BILLING_ADDRESS = (
        ["whsec_1"],
        "Havnegade 1; 1058; København; DK",
    )
    assert checks.check_issuers() == []


def test_a_decision_may_not_outlast_the_issuer(production):
    production.DECISION_SECONDS = 2.5
    assert ids(checks.check_issuers()) == ["pleo.E007"]
    production.DECISION_SECONDS = None
    assert checks.check_issuers() == []


def test_production_needs_a_broker_and_is_told_about_mail(production):
    production.REDIS_URL = production.EMAIL_URL = ""
    assert ids(checks.check_parts()) == ["pleo.E008", "pleo.W011"]


def test_half_a_pair_of_keys_is_refused(production, monkeypatch):
    monkeypatch.setenv("S3_ACCESS_KEY", "only this")
    assert ids(checks.check_parts()) == ["pleo.E009"]


@pytest.mark.parametrize("seconds", [0, -1, 8 * 24 * 3600])
def test_file_addresses_last_as_long_as_s3_can_sign(production, seconds):
    production.FILE_URL_SECONDS = seconds
    assert ids(checks.check_parts()) == ["pleo.E010"]


def test_a_slip_of_the_finger_in_a_name_is_noticed(monkeypatch):
    monkeypatch.setenv("DATABSE_URL", "postgres://db/pleo")
    found = checks.check_names()
    assert ids(found) == ["pleo.W012"]
    assert found[0].hint == "Is DATABASE_URL meant?"


def test_every_documented_name_is_known():
    assert {"SECRET_KEY", "TOKEN_KEY", "BASE_URL", "DATABASE_URL", "REDIS_URL", "S3_BUCKET"} <= set(
        checks.known_names()
    )


@pytest.mark.django_db
def test_a_missing_trigger_is_noticed():
    assert checks.check_database(databases=["default"]) == []
    table = append_only._models[0]._meta.db_table
    name = f"{table}_no_update"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else ""))
    assert ids(checks.check_database(databases=["default"])) == ["pleo.W013"]


def test_no_database_is_asked_without_being_named():
    assert checks.check_database() == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("MAIL_HOOKS", ["pigeon"], ["pleo.E020", "pleo.E020"]),
        ("MAIL_HOOKS", ["generic"], ["pleo.E020"]),
        ("MAIL_HOOK_SECRETS", ["s" * 40], []),
        ("RECEIPTS_ADDRESS", "nonsense", ["pleo.E021"]),
        ("RECEIPTS_ADDRESS", "a+b@pleo.example", ["pleo.E021"]),
        ("RECEIPTS_ADDRESS", "*@in.pleo.example", []),
        ("IMAP_URL", "http://mail.example", ["pleo.E022"]),
        ("IMAP_URL", "imaps://u:p@mail.example/INBOX", []),
    ],
)
def test_doors_of_mail_that_could_not_work_or_are_open_to_everybody(settings, name, value, found):
    settings.MAIL_HOOKS, settings.MAIL_HOOK_SECRETS, settings.IMAP_URL = [], [], ""
    setattr(settings, name, value)
    assert ids(checks.check_mail_in()) == found
