"""Inviting, sending, accepting: once, by the right person, in time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.accept_invitation import InvitationClosed, InvitationUnknown, OtherPerson, SignInFirst, accept_invitation
from accounts.change_role import RoleNotYours
from accounts.invite import AddressInvalid, AlreadyHere, invite
from accounts.invite_again import invite_again
from accounts.models import Invitation, Membership, MembershipStatus, Role, User
from accounts.send_invitation import send_invitation, unsent
from accounts.withdraw_invitation import withdraw_invitation
from events.models import Event
from pleo.lib.errors import WrongState
from tests.conftest import PASSWORD, Cast, join

Signer = Callable[..., Client]
NEW = "freja.holm@havblik.example"


def invited(cast: Cast, email: str = NEW, role: str = Role.EMPLOYEE, **fields: Any) -> Invitation:
    return invite(email=email, role=role, by=cast.alice, now=timezone.now(), **fields)


def test_it_prepares_a_membership_that_cards_can_hang_on(cast: Cast) -> None:
    found = invited(cast, " Freja.Holm@Havblik.example ", team=cast.team).membership
    assert (found.status, found.user, found.email) == (MembershipStatus.INVITED, None, NEW)
    assert (found.name, found.team) == ("Freja Holm", cast.team)
    event = Event.objects.get(verb="person.invited")
    assert event.by == cast.alice and event.changes == {"role": "employee", "team": "Studio"}
    assert event.subject_label == "", "people stand in the log by id"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "freja",
        "freja@",
        "a b@c.example",
        "@x.example",
        "x@y@z.example",
        "a@b.example\n"[:-1] + "\x00",
        "a" * 250 + "@x.example",
    ],
)
def test_it_refuses_what_is_no_address(cast: Cast, address: str) -> None:
    with pytest.raises(AddressInvalid):
        invited(cast, address)


def test_it_refuses_somebody_who_is_here_or_invited_in_any_case_of_letters(cast: Cast) -> None:
    invited(cast)
    with pytest.raises(AlreadyHere) as twice:
        invited(cast, NEW.upper())
    assert "invited already" in twice.value.message()
    with pytest.raises(AlreadyHere) as here:
        invited(cast, "CAROL@example.com")
    assert here.value.message() == "Carol is here already."


def test_nobody_invites_above_their_own_role(cast: Cast) -> None:
    finance = join(cast.company, "felix", Role.CONTROLLER)
    for by, role, fits in (
        (finance, Role.ADMIN, False), (finance, Role.OWNER, False), (finance, Role.CONTROLLER, True),
        (finance, Role.ACCOUNTANT, True), (cast.dave, Role.OWNER, False), (cast.dave, Role.ADMIN, True),
        (cast.alice, Role.OWNER, True), (cast.alice, Role.SERVICE, False),
    ):  # fmt: skip
        address = f"{by.role}-{role}@x.example"
        if fits:
            invite(email=address, role=role, by=by, now=timezone.now())
        else:
            with pytest.raises(RoleNotYours):
                invite(email=address, role=role, by=by, now=timezone.now())


def test_the_database_keeps_one_open_link_and_one_membership_for_an_address(cast: Cast) -> None:
    first = invited(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            company=cast.company, membership=first.membership, email=NEW, token_hash="x", expires_at=timezone.now()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(company=cast.company, name="F", email=NEW.upper(), role="employee", status="invited")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=first.membership_id).update(status=MembershipStatus.ACTIVE)


def test_the_mail_goes_out_after_the_commit_and_once(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        found = invited(cast)
        assert mail.outbox == []
    assert send_invitation(invitation_id=str(found.pk), now=timezone.now()) or mail.outbox
    assert not send_invitation(invitation_id=str(found.pk), now=timezone.now()), "sent already"
    [letter] = mail.outbox
    assert letter.to == [NEW] and "Havblik" in letter.subject
    link = re.search(r"/invitation/[\w-]+/", str(letter.body))
    assert link and link.group() == reverse("invitation", args=[found.secret])
    assert link.group() in str(letter.alternatives[0][0])  # type: ignore[attr-defined]


def test_the_sweep_finds_what_the_bell_missed_and_a_dead_server_loses_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = invited(cast)
    later = timezone.now() + timedelta(minutes=1)
    assert unsent(before=later) == [found.pk]

    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("accounts.send_invitation.send_mail", refuse)
        assert not send_invitation(invitation_id=str(found.pk), now=later)
    assert unsent(before=later) == [found.pk]
    assert send_invitation(invitation_id=str(found.pk), now=later)
    assert unsent(before=later) == []


def test_the_secret_is_not_in_the_database(cast: Cast) -> None:
    found = invited(cast)
    row = Invitation.objects.filter(pk=found.pk).values().get()
    assert found.secret not in {str(value) for value in row.values()}


def test_it_makes_a_new_person_active_once(cast: Cast) -> None:
    found, now = invited(cast), timezone.now()
    joined = accept_invitation(token=found.secret, now=now, name="Freja Holm", password=PASSWORD)
    assert joined.status == MembershipStatus.ACTIVE and joined.user and joined.user.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=joined.user).verified
    assert Event.objects.get(verb="person.joined").by == joined
    with pytest.raises(InvitationClosed) as again:
        accept_invitation(token=found.secret, now=now, name="Other", password=PASSWORD)
    assert again.value.params == {"reason": "used"}
    assert User.objects.filter(email=NEW).count() == 1


def test_it_refuses_late_withdrawn_made_up_and_closed(cast: Cast) -> None:
    now = timezone.now()
    late = invited(cast)
    with pytest.raises(InvitationClosed, match="too old"):
        accept_invitation(token=late.secret, now=now + timedelta(days=15), name="F", password=PASSWORD)
    withdraw_invitation(membership=late.membership, by=cast.alice, now=now)
    with pytest.raises(InvitationClosed, match="does not work any more"):
        accept_invitation(token=late.secret, now=now, name="F", password=PASSWORD)
    with pytest.raises(InvitationUnknown):
        accept_invitation(token="made-up", now=now)
    other = invited(cast, "x@y.example")
    cast.company.status = "closed"
    cast.company.save()
    with pytest.raises(InvitationUnknown):
        accept_invitation(token=other.secret, now=now, name="F", password=PASSWORD)
    assert not User.objects.filter(email__in=[NEW, "x@y.example"]).exists()


def test_a_new_link_ends_the_old_one(cast: Cast) -> None:
    now, first = timezone.now(), invited(cast)
    second = invite_again(membership=first.membership, by=cast.alice, now=now)
    with pytest.raises(InvitationClosed):
        accept_invitation(token=first.secret, now=now, name="F", password=PASSWORD)
    accept_invitation(token=second.secret, now=now, name="F", password=PASSWORD)
    with pytest.raises(WrongState):
        invite_again(membership=first.membership, by=cast.alice, now=now)
    with pytest.raises(WrongState):
        withdraw_invitation(membership=first.membership, by=cast.alice, now=now)


def test_an_address_with_an_account_is_joined_by_its_owner_alone(cast: Cast) -> None:
    assert cast.mallory.user and cast.carol.user
    found, now = invited(cast, "mallory@example.com", Role.ACCOUNTANT), timezone.now()
    with pytest.raises(SignInFirst):
        accept_invitation(token=found.secret, now=now, name="Evil", password=PASSWORD)
    with pytest.raises(OtherPerson):
        accept_invitation(token=found.secret, now=now, user=cast.carol.user)
    assert accept_invitation(token=found.secret, now=now, user=cast.mallory.user).company == cast.company
    new = invited(cast)
    with pytest.raises(OtherPerson):
        accept_invitation(token=new.secret, now=now, user=cast.carol.user)


def test_a_person_who_left_comes_back_as_the_same_member(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.carol.pk).update(status=MembershipStatus.LEFT)
    found = invited(cast, "carol@example.com")
    assert found.membership_id == cast.carol.pk
    assert cast.carol.user
    assert accept_invitation(token=found.secret, now=timezone.now(), user=cast.carol.user).pk == cast.carol.pk


def test_nobody_joins_twice_under_another_address(cast: Cast, sign_in: Signer) -> None:
    User.objects.filter(pk=cast.carol.user_id).update(email="carol@new.example")
    url = reverse("invitation", args=[invited(cast, "carol@new.example").secret])
    answer = sign_in(cast.carol).post(url)
    assert answer.status_code == 409 and "is here already" in answer.content.decode()
    assert Membership.objects.filter(user=cast.carol.user).count() == 1


def test_the_page_lets_somebody_new_join_and_signs_them_in(cast: Cast, client: Client) -> None:
    url = reverse("invitation", args=[invited(cast).secret])
    page = client.get(url)
    assert page.status_code == 200 and NEW in page.content.decode()
    short = client.post(url, {"name": "Freja Holm", "password": "short"})
    assert short.status_code == 422 and b"Freja Holm" in short.content, "what was typed is kept"
    similar = client.post(url, {"name": "Freja Holm", "password": NEW})
    assert similar.status_code == 422
    joined = client.post(url, {"name": "Freja Hølm", "password": PASSWORD})
    assert joined.status_code == 303 and joined.headers["Location"] == f"/c/{cast.company.slug}/"
    assert client.get(joined.headers["Location"]).status_code == 200
    again = Client().get(url)
    assert again.status_code == 410 and "has been used" in again.content.decode()


def test_the_page_tells_strangers_and_wrong_people_whom_it_is_for(cast: Cast, sign_in: Signer) -> None:
    url = reverse("invitation", args=[invited(cast, "mallory@example.com").secret])
    stranger = Client().get(url).content.decode()
    assert "Log in to join" in stranger and f"/login/?next={url.replace('/', '%2F')}" in stranger
    assert "logged in as carol@example.com" in sign_in(cast.carol).get(url).content.decode()
    assert sign_in(cast.carol).post(url).status_code == 403
    assert sign_in(cast.mallory).post(url).status_code == 303
    assert Client().get(reverse("invitation", args=["made-up"])).status_code == 404
    assert Client().get("/invitation/" + "x" * 3000 + "/").status_code == 404


def test_an_admin_invites_many_and_sees_what_became_of_each(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.dave), reverse("people-invite", args=[cast.company.slug])
    pasted = "Freja Holm <freja@x.example>; carol@example.com, nonsense\nJONAS@x.example mailto:ida@x.example freja@x.example"
    answer = client.post(url, {"addresses": pasted, "role": "employee", "team": cast.team.pk})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Carol is here already." in page and "“nonsense” is not an e-mail" in page
    sent = Membership.objects.filter(status="invited").values_list("email", flat=True)
    assert set(sent) == {"freja@x.example", "jonas@x.example", "ida@x.example"}
    left = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert left and left.group(1).split() == ["carol@example.com", "nonsense"]
    fine = client.post(url, {"addresses": "ole@x.example", "role": "employee"})
    assert fine.status_code == 303


def test_the_invite_form_refuses_what_it_should(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.dave), reverse("people-invite", args=[cast.company.slug])
    many = ",".join(f"p{number}@x.example" for number in range(201))
    for form in (
        {"addresses": "", "role": "employee"}, {"addresses": " , ;", "role": "employee"},
        {"addresses": many, "role": "employee"}, {"addresses": "a@x.example", "role": "owner"},
        {"addresses": "a@x.example", "role": "service"}, {"addresses": "a@x.example\x00", "role": "employee"},
        {"addresses": "a@x.example", "role": "employee", "team": "not-a-team"}, {},
    ):  # fmt: skip
        assert client.post(url, form).status_code == 422, form
    assert not Membership.objects.filter(status="invited").exists()


def test_the_persons_page_sends_again_and_takes_back(cast: Cast, sign_in: Signer) -> None:
    person = invited(cast).membership
    client, base = sign_in(cast.dave), f"/c/{cast.company.slug}/people/{person.pk}/"
    assert "Send again" in client.get(base).content.decode()
    assert client.post(base + "invitation/").status_code == 303
    assert client.post(base + "invitation/withdrawal/").status_code == 303
    refused = client.post(base + "invitation/")
    assert refused.status_code == 409 and "Someone changed this" in refused.content.decode()
    boss = invited(cast, "boss@x.example", Role.OWNER).membership
    assert client.post(f"/c/{cast.company.slug}/people/{boss.pk}/invitation/withdrawal/").status_code == 403
