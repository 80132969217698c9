"""Many at once at an invitation, an owner's chair, a number, an API key: one is first, the others are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.accept_invitation import InvitationClosed, SignInFirst, accept_invitation
from accounts.change_role import LastOwner, change_role
from accounts.create_company import create_company
from accounts.create_token import create_token
from accounts.invite import AlreadyHere, invite
from accounts.models import IdempotencyKey, Membership, Role, User
from accounts.numbering import next_number
from events.models import SealedEvent
from events.seal import seal_events
from tests.concurrency.conftest import Together
from tests.conftest import PASSWORD, Cast

NEW = "freja@havblik.example"


def tried(act: Callable[[], Any]) -> Any:
    """Return what an act returns, or the refusal it raises."""
    try:
        return act()
    except (InvitationClosed, SignInFirst, AlreadyHere, LastOwner) as refusal:
        return type(refusal)


def test_one_invitation_makes_one_person(cast: Cast, together: Together) -> None:
    found = invite(email=NEW, role=Role.EMPLOYEE, by=cast.alice, now=timezone.now())

    def accept(number: int) -> Any:
        return tried(
            lambda: accept_invitation(token=found.secret, now=timezone.now(), name=f"F{number}", password=PASSWORD).pk
        )

    results = together(8, accept)
    assert results.count(found.membership_id) == 1
    assert set(results) <= {found.membership_id, InvitationClosed, SignInFirst}
    assert User.objects.filter(email=NEW).count() == 1


def test_one_address_is_invited_once(cast: Cast, together: Together) -> None:
    results = together(
        8, lambda _: tried(lambda: invite(email=NEW, role=Role.EMPLOYEE, by=cast.alice, now=timezone.now()) and "sent")
    )
    assert results.count("sent") == 1 and set(results) == {"sent", AlreadyHere}
    assert Membership.objects.filter(email=NEW).count() == 1


def test_two_owners_cannot_step_down_past_each_other(cast: Cast, together: Together) -> None:
    change_role(membership=cast.dave, role=Role.OWNER, by=cast.alice, now=timezone.now())
    pair = [Membership.objects.get(pk=cast.alice.pk), Membership.objects.get(pk=cast.dave.pk)]

    def step_down(number: int) -> Any:
        me = pair[number]
        return tried(lambda: change_role(membership=me, role=Role.EMPLOYEE, by=me, now=timezone.now()).role)

    assert sorted(map(str, together(2, step_down))) == sorted(map(str, ["employee", LastOwner]))
    assert Membership.objects.filter(company=cast.company, role=Role.OWNER).count() == 1


def test_numbers_are_given_once_and_without_gaps(cast: Cast, together: Together) -> None:
    results = together(16, lambda _: next_number(company=cast.company, range="race"))
    assert sorted(results) == list(range(1, 17))


def test_companies_of_one_name_get_names_of_their_own(cast: Cast, together: Together) -> None:
    assert cast.alice.user
    owner = cast.alice.user
    slugs = together(4, lambda _: create_company(owner=owner, name="Nordlys", country="DK").slug)
    assert sorted(slugs) == ["nordlys", "nordlys-2", "nordlys-3", "nordlys-4"]


def test_a_repeated_request_acts_once(cast: Cast, together: Together) -> None:
    cache.clear()
    secret = create_token(membership=cast.dave, name="T", scopes=["people.manage"], by=cast.dave).secret

    def send(_: int) -> tuple[int, str]:
        answer = Client().post(
            "/api/v1/people", json.dumps({"email": NEW}), content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"},
        )  # fmt: skip
        return answer.status_code, answer.json().get("id", "")

    results = together(6, send)
    assert {status for status, _ in results} == {201}, results
    assert len({person for _, person in results}) == 1
    assert Membership.objects.filter(email=NEW).count() == 1 and IdempotencyKey.objects.count() == 1


def test_two_sealers_make_one_chain(cast: Cast, together: Together) -> None:
    sealed = together(4, lambda _: seal_events(before=timezone.now()))
    numbers = list(SealedEvent.objects.order_by("number").values_list("number", flat=True))
    assert sum(sealed) == len(numbers) and numbers == list(range(1, len(numbers) + 1)) and numbers
