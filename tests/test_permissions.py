"""Every URL and API route for every role, logged out, and another company's user. The table is tests/permission_table/."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.create_company import create_company
from accounts.create_token import create_token
from accounts.models import Company, Membership, MembershipStatus, Role, User
from accounts.permissions import CAPABILITIES
from tests.permission_objects_books import OBJECTS
from tests.permission_table import ANYONE, API, COMPANY, DOORS, ROOT, SERVICE, SIGNED_IN
from tests.permission_table.roles import ALL

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def walk(
    patterns: list[Any], params: tuple[str, ...] = (), prefix: str = ""
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield (name, parameters, route) of every route; Django's own admin is checked by itself."""
    for pattern in patterns:
        own = pattern.pattern.converters or pattern.pattern.regex.groupindex
        names = (*params, *own)
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from walk(pattern.url_patterns, names, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", names, route


ROUTES = {name: (params, route) for name, params, route in walk(get_resolver().url_patterns) if name}
UNNAMED = [route for name, _, route in walk(get_resolver().url_patterns) if not name]
CONVERTERS = {"int": 1, "slug": "made-up", "str": "madeup", "path": "made-up"}


def test_every_route_stands_in_the_table_and_no_other() -> None:
    listed = set(COMPANY) | set(API) | set(ROOT) | DOORS
    assert set(ROUTES) - listed == set(), "add these to tests/permission_table/"
    assert listed - set(ROUTES) == set(), "these routes are gone"
    assert len(listed) == len(COMPANY) + len(API) + len(ROOT) + len(DOORS), "a route is listed twice"


def test_routes_stand_in_the_part_of_the_table_that_fits_their_address() -> None:
    for name in COMPANY:
        assert ROUTES[name][1].startswith("c/<slug:company>/"), name
    for name in API:
        assert ROUTES[name][1].startswith("api/v1/"), name
    for name, (_, route) in ROUTES.items():
        if route.startswith("c/<slug:company>/"):
            assert name in COMPANY, name


def test_a_route_without_a_name_is_the_answer_for_wrong_addresses() -> None:
    assert set(UNNAMED) <= {"api/v1/", "api/v1/<path:path>"}


class World:
    """Two companies with one person and one token of every role."""

    def __init__(self) -> None:
        self.company = self.found("Havblik", "havblik")
        self.other = self.found("Fjordholm", "fjordholm")
        self.clients: dict[Role, Client] = {}
        self.tokens: dict[Role, str] = {}
        self.people: dict[Role, Membership] = {}
        for role in Role:
            self.join(role)
        outsider = Membership.objects.get(company=self.other, role=Role.OWNER)
        assert outsider.user
        self.outsider = Client()
        self.outsider.force_login(outsider.user)
        self.foreign_token = create_token(
            membership=outsider, name="Theirs", scopes=list(CAPABILITIES), by=outsider
        ).secret

    def found(self, name: str, slug: str) -> Company:
        user = User.objects.create_user(f"owner@{slug}.example", "correct horse battery", name="Ona Ejer")
        return create_company(
            owner=user, name=name, slug=slug, country="DK", currency="DKK", time_zone="Europe/Copenhagen", region="DK"
        )

    def join(self, role: Role) -> None:
        user = None
        if role == Role.OWNER:
            membership = Membership.objects.get(company=self.company, role=role)
            user = membership.user
        else:
            if role != SERVICE:
                user = User.objects.create_user(f"{role}@havblik.example", None, name=role.label)
            membership = Membership.objects.create(
                company=self.company, user=user, name=role.label, email=user.email if user else "", role=role,
                status=MembershipStatus.ACTIVE,
            )  # fmt: skip
        self.people[role] = membership
        owner = Membership.objects.get(company=self.company, role=Role.OWNER)
        scopes = [word for word, roles in CAPABILITIES.items() if role in roles]
        self.tokens[role] = create_token(membership=membership, name=role.label, scopes=scopes, by=owner).secret
        if user:
            self.clients[role] = Client()
            self.clients[role].force_login(user)

    def url(self, name: str, company: Company | None = None, objects: dict[str, Any] | None = None) -> str:
        params, route = ROUTES[name]
        kwargs: dict[str, Any] = {}
        for param in params:
            if param == "company":
                kwargs[param] = (company or self.company).slug
            elif objects and param in objects:
                kwargs[param] = objects[param]
            else:
                kind = route.split(f":{param}>")[0].rsplit("<", 1)[-1] if f":{param}>" in route else "str"
                kwargs[param] = CONVERTERS.get(kind, uuid4())
        return reverse(name, kwargs=kwargs)


@pytest.fixture(scope="module")
def committed_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Make the world once: each test's own transaction stands inside this one, which is rolled back at the end."""
    with django_db_blocker.unblock():
        with (
            transaction.atomic(),
            override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]),
        ):
            yield World()
            transaction.set_rollback(True)


@pytest.fixture
def world(committed_world: World, db: None) -> World:
    return committed_world


def send(client: Client, method: str, url: str, **headers: str) -> int:
    options: dict[str, Any] = {"headers": headers}
    if method != "GET":
        options |= {"data": {}, "content_type": "application/json"} if headers else {}
    return getattr(client, method.lower())(url, **options).status_code


def leads_to_login(client: Client, method: str, url: str) -> bool:
    response = getattr(client, method.lower())(url)
    return response.status_code in (302, 303) and "/login/" in response.headers["Location"]


def objects_of(company: Company, name: str) -> dict[str, Any]:
    return {param: OBJECTS[param](company) for param in ROUTES[name][0] if param in OBJECTS}


@pytest.mark.parametrize("name", sorted(COMPANY))
def test_pages_of_a_company(world: World, name: str) -> None:
    objects = objects_of(world.company, name)
    url = world.url(name, objects=objects)
    has_ids = len(ROUTES[name][0]) > 1
    for method in set(METHODS) - set(COMPANY[name]):
        status = send(world.clients[Role.OWNER], method, url)
        assert status in (404, 405), f"{method} {name} is not in the table, yet the owner got {status}"
    for method, roles in COMPANY[name].items():
        for role, client in world.clients.items():
            status = send(client, method, url)
            if role in roles:
                allowed = status < 400 or status in {400, 409, 422} or (has_ids and status == 404)
                assert allowed, f"{role} {method} {name}: {status}"
            else:
                assert status == 403, f"{role} {method} {name}: {status}"
        assert leads_to_login(Client(), method, url), f"a stranger {method} {name}"
        assert send(world.outsider, method, url) == 404, f"another company's owner {method} {name}"
        if objects:
            theirs = world.url(name, company=world.other, objects=objects)
            assert send(world.outsider, method, theirs) in (403, 404), f"{method} {name} shows another company's row"


@pytest.mark.parametrize("name", sorted(API))
def test_routes_of_the_api(world: World, name: str) -> None:
    objects = objects_of(world.company, name)
    url, client = world.url(name, objects=objects), Client()
    for method in set(METHODS) - set(API[name]):
        status = send(client, method, url, Authorization=f"Bearer {world.tokens[Role.OWNER]}")
        assert status in (403, 405), f"{method} {name} is not in the table, yet the owner got {status}"
    for method, roles in API[name].items():
        for role, secret in world.tokens.items():
            status = send(client, method, url, Authorization=f"Bearer {secret}")
            if role in roles:
                allowed = status < 400 or status in {400, 409, 422} or (bool(ROUTES[name][0]) and status == 404)
                assert allowed, f"{role} {method} {name}: {status}"
            else:
                assert status == 403, f"{role} {method} {name}: {status}"
        assert send(client, method, url, Authorization="Bearer pleo_made-up") == 401, f"a stranger {method} {name}"
        if objects:
            status = send(client, method, url, Authorization=f"Bearer {world.foreign_token}")
            assert status in (403, 404), f"{method} {name} shows another company's row: {status}"


def test_a_token_without_the_scope_is_refused(world: World) -> None:
    owner = world.people[Role.OWNER]
    bare = create_token(membership=owner, name="Bare", scopes=["company.see"], by=owner).secret
    for name, methods in API.items():
        for method, roles in methods.items():
            if roles == ALL:
                continue
            status = send(Client(), method, world.url(name), Authorization=f"Bearer {bare}")
            assert status == 403, f"{method} {name} let a token in without its scope: {status}"


@pytest.mark.parametrize("name", sorted(ROOT))
def test_pages_without_a_company(world: World, name: str) -> None:
    url = world.url(name)
    for method, who in ROOT[name].items():
        if who == SIGNED_IN:
            assert leads_to_login(Client(), method, url), f"a stranger {method} {name}"
        else:
            assert who == ANYONE
            assert send(Client(), method, url) < 500, f"a stranger {method} {name}"
        for role, client in world.clients.items():
            client.force_login(world.people[role].user)  # type: ignore[arg-type]
            status = send(client, method, url)
            assert status < 500 and status != 401, f"{role} {method} {name}: {status}"
    for method in set(METHODS) - set(ROOT[name]) - {"PUT", "PATCH", "DELETE"}:
        assert send(world.outsider, method, url) in (302, 404, 405), f"{method} {name} is not in the table"


@pytest.mark.parametrize("name", sorted(DOORS))
def test_doors_open_to_a_signature_alone(world: World, name: str) -> None:
    url = world.url(name)
    for client in (Client(), world.clients[Role.OWNER], world.outsider):
        for method in ("GET", "POST"):
            assert send(client, method, url) in (400, 401, 403, 404, 405), f"{method} {name} without a signature"


def test_djangos_admin_is_for_operators(world: World) -> None:
    for client in (*world.clients.values(), world.outsider, Client()):
        assert leads_to_login(client, "GET", reverse("admin:index"))
