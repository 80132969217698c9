"""The roles and the tables that the lines of the permission table fill."""

from __future__ import annotations

from accounts.models import Role

OWNER, ADMIN, CONTROLLER, CONTROLLER_LIMITED = Role.OWNER, Role.ADMIN, Role.CONTROLLER, Role.CONTROLLER_LIMITED
ACCOUNTANT, ACCOUNTANT_LIMITED, EMPLOYEE, SERVICE = (
    Role.ACCOUNTANT, Role.ACCOUNTANT_LIMITED, Role.EMPLOYEE, Role.SERVICE,
)  # fmt: skip

ALL = frozenset(Role)
ADMINS = frozenset({OWNER, ADMIN})
MANAGERS = ADMINS | {CONTROLLER}
FINANCE = MANAGERS | {CONTROLLER_LIMITED}
BOOKS = FINANCE | {ACCOUNTANT, ACCOUNTANT_LIMITED}
SPENDERS = FINANCE | {EMPLOYEE}
UPLOADERS = SPENDERS | {ACCOUNTANT}
NOBODY: frozenset[Role] = frozenset()

ANYONE, SIGNED_IN = "anyone", "signed in"

Roles = frozenset[Role]

COMPANY: dict[str, dict[str, Roles]] = {}
API: dict[str, dict[str, Roles]] = {}
ROOT: dict[str, dict[str, str]] = {}
DOORS: set[str] = set()


def company(name: str, **methods: Roles) -> None:
    assert name not in COMPANY, name
    COMPANY[name] = methods


def api(name: str, **methods: Roles) -> None:
    assert name not in API, name
    API[name] = methods


def root(name: str, **methods: str) -> None:
    assert name not in ROOT, name
    ROOT[name] = methods


def door(name: str) -> None:
    DOORS.add(name)
