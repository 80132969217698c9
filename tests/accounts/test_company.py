"""Founding and changing a company: slugs, countries, constraints, the command."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.change_company import SlugEmpty, change_company
from accounts.create_company import CountryUnknown, SlugTaken, create_company
from accounts.models import Company, CompanySlug, Membership, Role, User
from accounts.signals import company_created
from accounts.slug import slug_of
from events.models import Event
from tests.conftest import PASSWORD, Cast, make_user

Signer = Callable[..., Client]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Havblik Arkitekter", "havblik-arkitekter"),
        ("Ørsted & Søn", "oersted-soen"),
        ("Ålborg Værft A/S", "aalborg-vaerft-as"),
        ("Großhandel Weiß GmbH", "grosshandel-weiss-gmbh"),
        ("  Łódź  ", "lodz"),
        ("株式会社", "company"),
        ("---", "company"),
        ("a" * 200, "a" * 55),
        ("<script>alert(1)</script>", "scriptalert1script"),
    ],
)
def test_it_makes_a_slug_of_any_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_it_counts_on_when_a_name_is_taken(db: None) -> None:
    owner = make_user("nora")
    slugs = [create_company(owner=owner, name="Søn", country="DK").slug for _ in range(3)]
    assert slugs == ["soen", "soen-2", "soen-3"]


def test_it_takes_currency_zone_and_region_from_the_country(db: None) -> None:
    company = create_company(owner=make_user("nora"), name="Weiß", country="DE")
    assert (company.currency, company.time_zone, company.region) == ("EUR", "Europe/Berlin", "DE")
    owner = company.memberships.get()
    assert owner.role == Role.OWNER and owner.user is not None and "nora" in owner.search_text


def test_it_refuses_a_country_without_cards_and_a_taken_slug(cast: Cast) -> None:
    assert cast.alice.user
    with pytest.raises(CountryUnknown):
        create_company(owner=cast.alice.user, name="Far", country="XX")
    with pytest.raises(SlugTaken):
        create_company(owner=cast.alice.user, name="Far", country="DK", slug=cast.company.slug)


def test_it_keeps_nothing_when_an_app_above_fails(db: None) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no ledger today")

    company_created.connect(broken)
    try:
        with pytest.raises(RuntimeError):
            create_company(owner=make_user("nora"), name="Nordlys", country="DK")
    finally:
        company_created.disconnect(broken)
    assert not Company.objects.filter(name="Nordlys").exists()


def test_it_writes_the_event_of_its_founding(cast: Cast) -> None:
    event = Event.objects.get(company=cast.company, verb="company.created")
    assert event.by == cast.alice and event.subject_id == cast.company.pk


def test_the_database_refuses_a_second_slug_and_a_wrong_currency(cast: Cast) -> None:
    for fields in ({"slug": cast.other.slug}, {"currency": "dkk"}, {"country": "Denmark"[:2]}, {"status": "odd"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Company.objects.filter(pk=cast.company.pk).update(**fields)


def test_a_new_slug_keeps_the_old_links(cast: Cast, sign_in: Signer) -> None:
    old = cast.company.slug
    change_company(company=cast.company, by=cast.alice, now=timezone.now(), slug="havet")
    answer = sign_in(cast.alice).get(f"/c/{old}/people/?q=a")
    assert answer.status_code == 301 and answer.headers["Location"] == "/c/havet/people/?q=a"
    assert sign_in(cast.mallory).get(f"/c/{old}/people/").status_code == 404


def test_nobody_takes_a_former_slug_but_its_company(cast: Cast) -> None:
    old = cast.company.slug
    change_company(company=cast.company, by=cast.alice, now=timezone.now(), slug="havet")
    with pytest.raises(SlugTaken):
        change_company(company=cast.other, by=cast.mallory, now=timezone.now(), slug=old)
    assert cast.mallory.user
    with pytest.raises(SlugTaken):
        create_company(owner=cast.mallory.user, name="X", country="DK", slug=old)
    change_company(company=Company.objects.get(pk=cast.company.pk), by=cast.alice, now=timezone.now(), slug=old)
    assert set(CompanySlug.objects.values_list("slug", flat=True)) == {"havet"}


def test_it_records_what_changed_and_nothing_when_nothing_did(cast: Cast) -> None:
    change_company(company=cast.company, by=cast.alice, now=timezone.now(), name="Havblik A/S")
    change_company(
        company=Company.objects.get(pk=cast.company.pk), by=cast.alice, now=timezone.now(), name="Havblik A/S"
    )
    event = Event.objects.get(verb="company.changed")
    assert event.changes == {"name": ["Havblik", "Havblik A/S"]}
    with pytest.raises(SlugEmpty):
        change_company(company=cast.company, by=cast.alice, now=timezone.now(), slug=" ")


def test_the_settings_page_saves_and_shows_errors_beside_the_field(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.alice), reverse("settings-company", args=[cast.company.slug])
    form = {"name": "Havblik A/S", "time_zone": "Europe/Copenhagen", "region": "DK", "slug": "havblik-as"}
    wrong = client.post(url, {**form, "slug": cast.other.slug, "time_zone": "Mars/Base"})
    assert wrong.status_code == 422 and b"Mars" in wrong.content and b"field__error" in wrong.content
    taken = client.post(url, {**form, "slug": cast.other.slug})
    assert taken.status_code == 422 and "Another company uses this short name" in taken.content.decode()
    right = client.post(url, form)
    assert right.status_code == 303 and right.headers["Location"] == "/c/havblik-as/settings/company/"


def test_a_stranger_founds_a_company_from_sign_up_to_first_page(db: None, client: Client) -> None:
    answer = client.post(
        reverse("account_signup"), {"name": "Nora Lys", "email": "Nora@Nordlys.Example", "password1": PASSWORD}
    )
    assert answer.status_code == 303
    user = User.objects.get()
    assert user.email == "nora@nordlys.example" and user.name == "Nora Lys"
    assert client.get("/", follow=True).redirect_chain == [("/companies/new/", 302)]
    empty = client.post(reverse("company-create"), {"name": "", "country": "XX"})
    assert empty.status_code == 422
    made = client.post(reverse("company-create"), {"name": "Nordlys ApS", "country": "DK", "currency": ""})
    assert made.status_code == 303 and made.headers["Location"] == "/c/nordlys-aps/"
    assert client.get("/c/nordlys-aps/", follow=True).status_code == 200


def test_where_sign_up_is_closed_nobody_signs_up_or_founds(settings: Any, cast: Cast, sign_in: Signer) -> None:
    settings.SIGNUP_OPEN = False
    page = Client().get(reverse("account_signup"))
    assert "By invitation only" in page.content.decode()
    Client().post(reverse("account_signup"), {"name": "N", "email": "n@x.example", "password1": PASSWORD})
    assert not User.objects.filter(email="n@x.example").exists()
    assert sign_in(cast.alice).get(reverse("company-create")).status_code == 403
    assert "Set up a company" not in Client().get(reverse("account_login")).content.decode()


def test_the_start_leads_to_the_one_company_or_the_choice(cast: Cast, sign_in: Signer) -> None:
    assert Client().get("/").headers["Location"] == "/login/"
    assert sign_in(cast.alice).get("/").headers["Location"] == f"/c/{cast.company.slug}/"
    Membership.objects.create(
        company=cast.other,
        user=cast.bob.user,
        name="Bob",
        email="bob@example.com",
        role=Role.ACCOUNTANT,
        status="active",
    )
    assert sign_in(cast.bob).get("/").headers["Location"] == reverse("clients")
    Membership.objects.create(
        company=cast.other,
        user=cast.alice.user,
        name="Alice",
        email="alice@example.com",
        role=Role.ADMIN,
        status="active",
    )
    assert sign_in(cast.alice).get("/").headers["Location"] == "/companies/"
    page = sign_in(cast.bob).get("/companies/").content.decode()
    assert "Havblik" in page and "Strandgut" in page


def run(*args: str, stdin: str = "", monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    out = io.StringIO()
    call_command("create_company", *args, stdout=out)
    return out.getvalue()


def test_the_command_founds_a_company(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--owner", "Ida@Lys.example", "--country", "dk", "--password-stdin")
    assert "/c/lys/" in run("Lys", *options, stdin=PASSWORD + "\n", monkeypatch=monkeypatch)
    assert User.objects.get().check_password(PASSWORD)
    assert "/c/lys-2/" in run("Lys", *options, monkeypatch=monkeypatch)


@pytest.mark.parametrize(
    ("args", "stdin", "says"),
    [
        (("Lys", "--owner", "not-an-address", "--country", "DK"), PASSWORD, "valid email"),
        (("Lys", "--owner", "a@b.example", "--country", "DK"), "short", "too short"),
        (("Lys", "--owner", "a@b.example", "--country", "Denmark"), PASSWORD, "country"),
        (("Lys", "--owner", "a@b.example", "--country", "DK", "--currency", "DUCATS"), PASSWORD, "not a currency"),
        ((" ", "--owner", "a@b.example", "--country", "DK"), PASSWORD, "1 to 120"),
        (("x" * 121, "--owner", "a@b.example", "--country", "DK"), PASSWORD, "1 to 120"),
    ],
)
def test_the_command_refuses_nonsense_and_keeps_nothing(
    db: None, args: tuple[str, ...], stdin: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match=says):
        run(*args, "--password-stdin", stdin=stdin, monkeypatch=monkeypatch)
    assert not Company.objects.exists() and not User.objects.exists()
