"""The cast. Alice owns Havblik, Dave runs its finance, Bob is its outside accountant, Carol spends with a card, Lena leads
Carol's team. Mallory owns another company and must never see any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client

from accounts.create_company import create_company
from accounts.models import Company, Membership, MembershipStatus, Role, Team, User
from pleo.lib import append_only
from pleo.lib.search import search_text
from tests.migrated import django_db_setup

__all__ = ["Cast", "django_db_setup", "make_user"]

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session", autouse=True)
def _flush_lifts_append_only_triggers() -> Iterator[None]:
    """The runner empties tables between transactional tests; the triggers refuse that to everybody else."""
    original = BaseDatabaseOperations.execute_sql_flush

    def lifted(self: Any, sql_list: list[str]) -> None:
        with append_only.lifted(self.connection.alias):
            original(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = lifted  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Any) -> None:
    """Every test has its own place for files and mail, and fast password hashes."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class Cast:
    """Two companies and the people in them; `alice` to `lena` are memberships of `company`, `mallory` of `other`."""

    company: Company
    other: Company
    team: Team
    alice: Membership
    bob: Membership
    carol: Membership
    dave: Membership
    lena: Membership
    mallory: Membership


def make_user(name: str) -> User:
    """Make a person of the cast who can sign in."""
    return User.objects.create_user(f"{name.casefold()}@example.com", PASSWORD, name=name.title())


def join(company: Company, name: str, role: str, **fields: Any) -> Membership:
    """Put a person into a company, already active."""
    user = User.objects.filter(email=f"{name.casefold()}@example.com").first() or make_user(name)
    known = {"name": user.name, "email": user.email, "search_text": search_text(user.name, user.email)}
    return Membership.objects.create(
        company=company, user=user, role=role, status=MembershipStatus.ACTIVE, **{**known, **fields}
    )


@pytest.fixture
def cast(db: None) -> Cast:
    company = create_company(
        owner=make_user("alice"),
        name="Havblik",
        country="DK",
        currency="DKK",
        time_zone="Europe/Copenhagen",
        region="DK",
    )
    other = create_company(
        owner=make_user("mallory"),
        name="Strandgut",
        country="DE",
        currency="EUR",
        time_zone="Europe/Berlin",
        region="DE",
    )
    team = Team.objects.create(company=company, name="Studio")
    lena = join(company, "lena", Role.EMPLOYEE, team=team)
    team.leads.add(lena)
    return Cast(
        company=company,
        other=other,
        team=team,
        alice=company.memberships.get(role=Role.OWNER),
        bob=join(company, "bob", Role.ACCOUNTANT),
        carol=join(company, "carol", Role.EMPLOYEE, team=team),
        dave=join(company, "dave", Role.ADMIN),
        lena=lena,
        mallory=other.memberships.get(role=Role.OWNER),
    )


@pytest.fixture
def alice(cast: Cast) -> Membership:
    return cast.alice


@pytest.fixture
def bob(cast: Cast) -> Membership:
    return cast.bob


@pytest.fixture
def carol(cast: Cast) -> Membership:
    return cast.carol


@pytest.fixture
def dave(cast: Cast) -> Membership:
    return cast.dave


@pytest.fixture
def lena(cast: Cast) -> Membership:
    return cast.lena


@pytest.fixture
def mallory(cast: Cast) -> Membership:
    return cast.mallory


@pytest.fixture
def sign_in() -> Callable[[Membership | User], Client]:
    """Return a client signed in as somebody of the cast."""

    def as_person(person: Membership | User) -> Client:
        user = person if isinstance(person, User) else person.user
        assert user is not None
        client = Client()
        client.force_login(user)
        return client

    return as_person
