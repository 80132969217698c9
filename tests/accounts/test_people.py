"""People and teams: roles, details, the list with its filters, and who may see whom."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import parts
from accounts.change_person import ManagerWrong, change_person
from accounts.change_role import LastOwner, RoleNotYours, change_role
from accounts.change_team import change_team
from accounts.create_team import TeamNameTaken, create_team
from accounts.leave import leave
from accounts.models import Membership, MembershipStatus, Role, Team, User
from accounts.permissions import CAPABILITIES, allowed, roles_given_by
from events.models import Event
from pleo.lib.search import search_text
from tests.conftest import Cast, join

Signer = Callable[..., Client]


def export(client: Client, url: str) -> list[list[str]]:
    answer = client.get(url)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text)))


def test_every_capability_is_somebodys_and_the_owner_has_all_but_none_is_beyond(cast: Cast) -> None:
    assert all(CAPABILITIES.values())
    people = {word for word, roles in CAPABILITIES.items() if Role.OWNER in roles}
    assert people == set(CAPABILITIES)
    with pytest.raises(KeyError):
        allowed(cast.alice, "moon.land")


def test_a_lead_may_review_and_another_employee_may_not(cast: Cast) -> None:
    assert cast.lena.can("expenses.review") and not cast.carol.can("expenses.review")
    assert not cast.lena.can("wallet.see")


@pytest.mark.parametrize(
    ("role", "gives"),
    [
        (Role.OWNER, set(Role) - {Role.SERVICE}),
        (Role.ADMIN, set(Role) - {Role.SERVICE, Role.OWNER}),
        (
            Role.CONTROLLER,
            {Role.CONTROLLER, Role.CONTROLLER_LIMITED, Role.ACCOUNTANT, Role.ACCOUNTANT_LIMITED, Role.EMPLOYEE},
        ),
        (Role.EMPLOYEE, {Role.EMPLOYEE}),
    ],
)
def test_nobody_gives_more_than_they_have(role: str, gives: set[str]) -> None:
    assert roles_given_by(role) == gives


def test_it_changes_a_role_and_writes_both(cast: Cast) -> None:
    change_role(membership=cast.carol, role=Role.CONTROLLER, by=cast.dave, now=timezone.now())
    event = Event.objects.get(verb="person.role_changed")
    assert event.changes == {"role": ["employee", "controller"]} and event.by == cast.dave
    change_role(membership=cast.carol, role=Role.CONTROLLER, by=cast.dave, now=timezone.now())
    assert Event.objects.filter(verb="person.role_changed").count() == 1


def test_an_admin_neither_makes_nor_unmakes_an_owner(cast: Cast) -> None:
    now = timezone.now()
    for membership, role in ((cast.dave, Role.OWNER), (cast.carol, Role.OWNER), (cast.alice, Role.EMPLOYEE)):
        with pytest.raises(RoleNotYours):
            change_role(membership=membership, role=role, by=cast.dave, now=now)


def test_a_company_always_has_an_owner(cast: Cast) -> None:
    now = timezone.now()
    with pytest.raises(LastOwner):
        change_role(membership=cast.alice, role=Role.ADMIN, by=cast.alice, now=now)
    change_role(membership=cast.dave, role=Role.OWNER, by=cast.alice, now=now)
    change_role(membership=cast.alice, role=Role.EMPLOYEE, by=cast.alice, now=now)
    with pytest.raises(RoleNotYours):
        change_role(membership=cast.alice, role=Role.ADMIN, by=cast.alice, now=now)


def test_an_owner_who_is_only_invited_does_not_count(cast: Cast) -> None:
    Membership.objects.create(company=cast.company, name="New", email="n@x.example", role=Role.OWNER, status="invited")
    with pytest.raises(LastOwner):
        change_role(membership=cast.alice, role=Role.ADMIN, by=cast.alice, now=timezone.now())


def test_the_database_refuses_roles_and_states_it_does_not_know(cast: Cast) -> None:
    for fields in ({"role": "king"}, {"status": "asleep"}, {"user": None}, {"user": cast.dave.user}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(pk=cast.carol.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Team.objects.create(company=cast.company, name="STUDIO")


def test_it_keeps_names_out_of_the_log(cast: Cast) -> None:
    change_person(
        membership=cast.carol,
        name="Caroline",
        team=None,
        employee_number="7",
        manager=None,
        by=cast.dave,
        now=timezone.now(),
    )
    event = Event.objects.get(verb="person.changed")
    assert event.changes == {"name": True, "employee_number": ["", "7"], "team": ["Studio", None]}
    assert Membership.objects.filter(search_text__contains="caroline", employee_number="7").exists()


def managed(person: Membership, manager: Membership | None, by: Membership) -> Membership:
    person.refresh_from_db()
    return change_person(
        membership=person, name=person.name, team=person.team, employee_number="", manager=manager, by=by,
        now=timezone.now(),
    )  # fmt: skip


def test_a_manager_is_another_active_person_of_the_company_and_never_below(cast: Cast) -> None:
    managed(cast.carol, cast.lena, cast.dave)
    managed(cast.lena, cast.dave, cast.dave)
    assert Event.objects.filter(verb="person.changed").latest("id").changes == {"manager": [None, str(cast.dave.pk)]}
    for wrong, code in ((cast.dave, "person"), (cast.carol, "circle"), (cast.mallory, "person")):
        with pytest.raises(ManagerWrong) as refused:
            managed(cast.dave, wrong, cast.dave)
        assert refused.value.params["what"] == code
    Membership.objects.filter(pk=cast.bob.pk).update(status="left")
    with pytest.raises(ManagerWrong):
        managed(cast.carol, cast.bob, cast.dave)
    Membership.objects.filter(pk=cast.lena.pk).update(status="left")
    assert managed(cast.carol, cast.lena, cast.dave).manager == cast.lena, "who was named before may stay named"
    assert managed(cast.carol, None, cast.dave).manager is None


def test_who_takes_the_place_of_a_manager_does_not_report_to_themselves(cast: Cast) -> None:
    managed(cast.dave, cast.alice, cast.alice)
    managed(cast.lena, cast.dave, cast.alice)
    managed(cast.carol, cast.lena, cast.alice)
    leave(membership=cast.dave, lead=cast.carol, by=cast.alice, now=timezone.now())
    above = dict(Membership.objects.filter(company=cast.company).values_list("name", "manager__name"))
    assert (above["Carol"], above["Lena"]) == ("Alice", "Carol")


def test_the_manager_is_chosen_on_the_person_page(cast: Cast, sign_in: Signer) -> None:
    dave = sign_in(cast.dave)
    there = reverse("person", kwargs={"company": cast.company.slug, "person_id": cast.carol.pk})
    away = reverse("absence", kwargs={"company": cast.company.slug, "person_id": cast.carol.pk})
    assert away in dave.get(there).content.decode()
    assert away not in sign_in(cast.bob).get(there).content.decode(), "an accountant notes no absences"
    sent = {"name": "Carol", "team": str(cast.team.pk), "employee_number": "1", "manager": str(cast.dave.pk)}
    assert dave.post(there, sent).status_code == 303
    cast.carol.refresh_from_db()
    assert cast.carol.manager == cast.dave
    managed(cast.dave, cast.lena, cast.dave)
    for wrong in (cast.carol, cast.mallory):
        assert dave.post(there, {**sent, "manager": str(wrong.pk)}).status_code == 422
    other = reverse("person", kwargs={"company": cast.company.slug, "person_id": cast.lena.pk})
    refused = dave.post(other, {**sent, "name": "Lena!", "manager": str(cast.carol.pk)})
    assert refused.status_code == 422 and b"reports to Lena" in refused.content and b'value="Lena!"' in refused.content
    assert sign_in(cast.carol).post(there, sent).status_code == 403


def test_a_team_has_one_name_and_its_people(cast: Cast) -> None:
    now = timezone.now()
    with pytest.raises(TeamNameTaken):
        create_team(name="studio", by=cast.dave, now=now)
    team = create_team(name="Projects", by=cast.dave, now=now)
    with pytest.raises(TeamNameTaken):
        change_team(team=team, name="Studio", leads=[], members=[], by=cast.dave, now=now)
    change_team(team=team, name="Projects", leads=[cast.dave], members=[cast.carol], by=cast.dave, now=now)
    cast.carol.refresh_from_db()
    assert cast.carol.team == team and list(team.leads.all()) == [cast.dave]
    change_team(team=team, name="Projects", leads=[], members=[], by=cast.dave, now=now)
    cast.carol.refresh_from_db()
    assert cast.carol.team is None
    change_team(team=team, name="Projects", leads=[], members=[], by=cast.dave, now=now)
    assert Event.objects.filter(verb="team.changed").count() == 2
    assert create_team(name="Studio", by=cast.mallory, now=now), "another company may use the name"


def test_the_list_finds_filters_and_sorts(cast: Cast, sign_in: Signer) -> None:
    odd = join(cast.company, "søren", Role.EMPLOYEE, team=cast.team)
    Membership.objects.filter(pk=odd.pk).update(name="Søren Ægir Åberg", search_text=search_text("Søren Ægir Åberg"))
    client, url = sign_in(cast.dave), reverse("people", args=[cast.company.slug])

    def names(query: str) -> str:
        answer = client.get(f"{url}?{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    for query in (
        "q=søren",
        "q=SOREN",
        "q=soeren aegir",
        "q=åberg",
        "q=aaberg",
        f"q=s&team={cast.team.pk}&role=employee",
    ):
        assert "Søren Ægir Åberg" in names(query), query
    assert "Nobody matches" in names("q=nobody-has-this-name") and "Clear filters" in names("q=zzz")
    assert "Søren" not in names("role=admin") and "Søren" not in names("status=invited")
    for nonsense in ("team=x", "role=king", "status=asleep", "sort=salary", "cursor=AAAA", "q=%00", "q=" + "x" * 5000):
        names(nonsense)
    up, down = names("sort=name"), names("sort=-name")
    alice, dave = (f"/people/{person.pk}/" for person in (cast.alice, cast.dave))
    assert up.index(alice) < up.index(dave) and down.index(dave) < down.index(alice)
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "people-list" in fragment
    assert "Mallory" not in up


def test_the_list_pages_by_fifty(cast: Cast, sign_in: Signer, django_assert_max_num_queries: Any) -> None:
    Membership.objects.bulk_create(
        Membership(company=cast.company, name=f"P{i:03}", email=f"p{i}@x.example", role="employee", status="invited")
        for i in range(120)
    )
    client, url, seen = sign_in(cast.dave), reverse("people", args=[cast.company.slug]), 0
    for _ in range(4):
        with django_assert_max_num_queries(25):
            page = client.get(url).content.decode()
        seen += page.count("data-row")
        if 'rel="next"' not in page:
            break
        url = reverse("people", args=[cast.company.slug]) + page.split('rel="next" href="')[1].split('"')[0].replace(
            "&amp;", "&"
        )
    assert seen == 125


def test_the_export_has_the_filtered_rows_and_defuses_formulas(cast: Cast, sign_in: Signer) -> None:
    Membership.objects.filter(pk=cast.carol.pk).update(name='=HYPERLINK("http://evil")', employee_number="-7")
    rows = export(sign_in(cast.dave), reverse("people-export", args=[cast.company.slug]) + "?role=employee")
    assert rows[0][:2] == ["Name", "E-mail"] and len(rows) == 3
    assert "'=HYPERLINK" in rows[1][0] and rows[1][4] == "-7"


def test_the_export_speaks_one_language(cast: Cast, sign_in: Signer) -> None:
    User.objects.filter(pk=cast.dave.user_id).update(language="da")
    rows = export(sign_in(cast.dave), reverse("people-export", args=[cast.company.slug]) + "?role=employee")
    with translation.override("da"):
        assert rows[0][0] == gettext("Name") != "Name" and rows[1][2] == str(Role.EMPLOYEE.label) != "Employee"


def test_a_person_of_another_company_is_not_there(cast: Cast, sign_in: Signer) -> None:
    client = sign_in(cast.dave)
    for name in ("person", "person-role", "person-invitation"):
        url = reverse(name, args=[cast.company.slug, cast.mallory.pk])
        assert client.post(url, {"role": "employee"}).status_code == 404
    assert (
        client.get(
            reverse("team", args=[cast.company.slug, Team.objects.create(company=cast.other, name="X").pk])
        ).status_code
        == 404
    )


def test_the_person_page_shows_what_the_role_allows(cast: Cast, sign_in: Signer) -> None:
    url = reverse("person", args=[cast.company.slug, cast.carol.pk])
    assert "Change role" in sign_in(cast.dave).get(url).content.decode()
    accountant = sign_in(cast.bob).get(url).content.decode()
    assert "Change role" not in accountant and "Save" not in accountant
    assert (
        "Change role"
        not in sign_in(cast.dave).get(reverse("person", args=[cast.company.slug, cast.alice.pk])).content.decode()
    )
    assert sign_in(cast.carol).get(url).status_code == 403


def test_the_person_page_saves_and_refuses(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.dave), reverse("person", args=[cast.company.slug, cast.carol.pk])
    assert client.post(url, {"name": "Carol Ø", "employee_number": "12", "team": ""}).status_code == 303
    assert client.post(url, {"name": "", "employee_number": "x" * 41}).status_code == 422
    theirs = Team.objects.create(company=cast.other, name="Theirs")
    assert client.post(url, {"name": "C", "team": theirs.pk}).status_code == 422
    role = reverse("person-role", args=[cast.company.slug, cast.carol.pk])
    assert client.post(role, {"role": "owner"}).status_code == 422
    assert client.post(role, {"role": "controller"}).status_code == 303
    own = reverse("person-role", args=[cast.company.slug, cast.alice.pk])
    last = sign_in(cast.alice).post(own, {"role": "admin"})
    assert last.status_code == 422 and "always has an owner" in last.content.decode()


def test_team_pages_make_rename_and_fill(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.dave), reverse("teams", args=[cast.company.slug])
    assert client.post(url, {"name": "Projects"}).status_code == 303
    assert client.post(url, {"name": "projects"}).status_code == 422
    assert client.post(url, {"name": " " * 3}).status_code == 422
    team = Team.objects.get(name="Projects")
    one = reverse("team", args=[cast.company.slug, team.pk])
    assert client.get(one).status_code == 200
    assert client.post(one, {"name": "Builds", "leads": [cast.lena.pk], "members": [cast.carol.pk]}).status_code == 303
    assert client.post(one, {"name": "Builds", "members": [cast.mallory.pk]}).status_code == 422
    assert client.post(one, {"name": "Studio"}).status_code == 422
    assert "Lena" in client.get(url).content.decode()


def test_parts_of_other_apps_stand_on_the_page_unless_the_viewer_may_not_see_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_parts", {})
    monkeypatch.setattr(parts, "_columns", {})
    parts.add_part("b", template="b.html", context=lambda person, viewer: None)
    parts.add_part("a", template="a.html", context=lambda person, viewer: {"name": person.name})
    parts.add_column("c", title="Cards", template="c.html", cells=lambda people, viewer: {p.pk: 1 for p in people})
    assert parts.parts_of(cast.carol, cast.dave) == [("a.html", {"name": "Carol"})]
    parts.add_column("d", title="Hidden", template="d.html", cells=lambda people, viewer: None)
    [column] = parts.columns_of([cast.carol], cast.dave)
    assert column.title == "Cards" and cast.carol.cells == [("c.html", 1)]


def test_people_who_left_are_listed_only_when_asked_for(cast: Cast, sign_in: Signer) -> None:
    Membership.objects.filter(pk=cast.carol.pk).update(status=MembershipStatus.LEFT)
    url = reverse("people", args=[cast.company.slug])
    assert ">Carol<" not in sign_in(cast.dave).get(url).content.decode()
    assert ">Carol<" in sign_in(cast.dave).get(url + "?status=left").content.decode()
    assert sign_in(cast.carol).get(f"/c/{cast.company.slug}/notifications/").status_code == 404
