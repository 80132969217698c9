"""Tags in the books: which group stands where, in the entry and in every file."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bookkeeping.dimensions import PlaceTaken, dimensions_of, place_groups
from bookkeeping.formats import custom
from bookkeeping.formats.document import COST, Line, Tagged
from bookkeeping.formats.registry import render
from bookkeeping.models import BookDimension, BookItem, BookSettings, Posting
from bookkeeping.setup import missing
from expenses.models import LineTag, Tag, TagGroup
from tests.bookkeeping.conftest import make_export, purchase, stored
from tests.bookkeeping.formats.conftest import document, entry, wallet, written

NASTY = 'Ø "Mitte"; Süd € 😀'


def group(cast: Any, name: str, dimension: str, *tags: tuple[str, str]) -> TagGroup:
    made = TagGroup.objects.create(company=cast.company, name=name, dimension=dimension)
    for code, tag in tags:
        Tag.objects.create(company=cast.company, group=made, code=code, name=tag, path=tag)
    return made


def tagged(expense: Any, *names: str) -> None:
    for tag in Tag.objects.filter(name__in=names):
        LineTag.objects.create(company=expense.company, line=expense.lines.get(), tag=tag, group=tag.group)


@pytest.fixture
def groups(cast):
    return {
        "centre": group(cast, "Cost centre", "cost_centre", ("100", "Sales"), ("", "Nameless")),
        "project": group(cast, "Project", "project", ("P-7", "Harbour")),
        "client": group(cast, "Client", "other", ("K1", "Fjord")),
    }


def test_cost_centres_and_projects_stand_in_the_books_unless_told_otherwise(cast, groups):
    places = [(one.group_id, one.place, one.sie_number) for one in dimensions_of(cast.company.pk)]
    assert places == [(groups["centre"].pk, 1, 1), (groups["project"].pk, 2, 6)] and dimensions_of(cast.other.pk) == []
    place_groups(by=cast.alice, wanted={groups["client"].pk: 1, groups["centre"].pk: 3, groups["project"].pk: 0})
    places = {one.group_id: (one.place, one.sie_number) for one in dimensions_of(cast.company.pk)}
    assert places == {groups["client"].pk: (1, 21), groups["centre"].pk: (3, 1)}


def test_two_groups_never_share_a_place(cast, groups):
    with pytest.raises(PlaceTaken) as error:
        place_groups(by=cast.alice, wanted={groups["client"].pk: 1, groups["centre"].pk: 1})
    assert error.value.params["group"] in (groups["client"].pk, groups["centre"].pk)
    for place, number in ((1, 50), (2, 1), (4, 60), (2, 0)):
        BookDimension.objects.get_or_create(
            company=cast.company, group=groups["centre"], defaults={"place": 1, "sie_number": 1}
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            BookDimension.objects.create(company=cast.company, group=groups["client"], place=place, sie_number=number)


def test_another_companys_group_is_as_if_it_were_not_there(cast, groups):
    theirs = TagGroup.objects.create(company=cast.other, name="Theirs", dimension="project")
    place_groups(by=cast.alice, wanted={theirs.pk: 1})
    assert not BookDimension.objects.exists()


def test_tags_are_frozen_into_the_entry_and_stay(cast, groups):
    bought = purchase(cast.carol)
    tagged(bought, "Sales", "Harbour", "Fjord")
    batch = make_export(cast.bob, formats=["csv", "datev", "sie", "xero", "quickbooks", "sage"], with_receipts=False)
    assert batch.status == "ready", batch.last_error
    cost = Posting.objects.get(entry__export=batch, role=COST)
    assert cost.dimensions == [[1, 1, "Cost centre", "100", "Sales"], [2, 6, "Project", "P-7", "Harbour"]]
    assert all(not other.dimensions for other in Posting.objects.exclude(pk=cost.pk))
    files = {file.format: stored(file.key) for file in batch.files.all()}
    rows = list(csv.reader(io.StringIO(files["datev"].decode("cp1252")), delimiter=";"))
    assert (rows[2][36], rows[2][37]) == ("100", "P-7") and {len(row) for row in rows[1:]} == {125}
    sie = files["sie"].decode("cp437")
    assert '#DIM 1 "Cost centre"' in sie and '#OBJEKT 6 "P-7" "Harbour"' in sie and '{1 "100" 6 "P-7"}' in sie
    assert (
        "Cost centre,Sales,Project,Harbour" in files["xero"].decode()
        and ",Sales,Harbour" in files["quickbooks"].decode()
    )
    assert ",100," in files["sage"].decode()


def test_the_setup_check_names_tags_without_a_code(cast, groups):
    book = BookSettings.objects.select_related("company").get(company=cast.company)
    assert missing(book) == ["A tag of Cost centre has no code for the books: Nameless."]
    place_groups(by=cast.alice, wanted={groups["client"].pk: 1})
    assert missing(book) == []


def test_looking_at_many_tagged_items_takes_no_more_queries(cast, groups, django_assert_max_num_queries):
    for _ in range(4):
        tagged(purchase(cast.carol), "Sales", "Harbour")
    from bookkeeping import facts

    with django_assert_max_num_queries(14):
        for item in BookItem.objects.with_facts():
            facts.fact_of(item)


# ---- the files, with texts that no format likes

TAGS = (Tagged(1, 1, "Kostenstelle", NASTY, NASTY), Tagged(2, 20, "Projekt", "", "x" * 200))


def batch():
    cost = Line("4930", "Büro", 1000, 0, role=COST, tax="V19", rate=Decimal(19), dimensions=TAGS)
    return document([entry(1, cost, wallet(0, 1000))])


def test_datev_writes_the_code_in_its_own_characters_or_nothing():
    ((_, data),) = written(render("datev", batch(), {}))
    row = list(csv.reader(io.StringIO(data.decode("cp1252")), delimiter=";"))[2]
    assert row[36] == 'Ø "Mitte"; Süd € :grinning:'[:36] and row[37] == "" and len(row) == 125


def test_sie_names_objects_before_the_vouchers_and_leaves_out_what_has_no_code():
    ((_, data),) = written(render("sie", batch(), {}))
    text = data.decode("cp437")
    code = '"Ö \\"Mitte\\"; Süd EUR :grinning:"'
    assert f"#OBJEKT 1 {code}" in text and f"{{1 {code}}}" in text and "#DIM 20" not in text
    assert text.index("#KONTO") < text.index("#DIM 1") < text.index("#OBJEKT") < text.index("#VER")


def test_xero_and_quickbooks_take_names_of_a_hundred_characters():
    for key in ("xero", "xero_bills", "quickbooks"):
        ((_, data),) = written(render(key, batch(), {}))
        rows = list(csv.DictReader(io.StringIO(data.decode())))
        first = rows[0]
        option, second = ("TrackingOption1", "TrackingOption2") if "TrackingOption1" in first else ("Class", "Location")
        assert first[option] == NASTY and first[second] == "x" * 100


def test_a_table_of_ones_own_has_columns_for_them():
    columns = (
        custom.Column("dimension1", "Code"),
        custom.Column("dimension2_name", "Name"),
        custom.Column("dimension3", "No"),
    )
    layout = custom.Layout("T", columns, encoding="utf-8", separator="|")
    ((_, data),) = written(custom.files(batch(), layout))
    assert list(csv.reader(io.StringIO(data.decode()), delimiter="|"))[1] == [NASTY, "x" * 200, ""]


# ---- the page


def test_the_page_sets_places_and_says_what_is_wrong_beside_the_field(cast, groups, sign_in):
    alice = sign_in(cast.alice)
    url = reverse("books-dimensions", kwargs={"company": cast.company.slug})
    assert "Nameless" in alice.get(url).content.decode()
    data = {f"group_{one.pk.hex}": place for one, place in zip(groups.values(), (1, 1, 0), strict=True)}
    refused = alice.post(url, data)
    assert refused.status_code == 422 and "Another group has this place already." in refused.content.decode()
    data = {f"group_{one.pk.hex}": place for one, place in zip(groups.values(), (2, 1, 0), strict=True)}
    assert alice.post(url, data).status_code == 303
    assert {one.group_id: one.place for one in dimensions_of(cast.company.pk)} == {
        groups["centre"].pk: 2,
        groups["project"].pk: 1,
    }
    assert alice.post(url, {**data, f"group_{groups['client'].pk.hex}": "9"}).status_code == 422


def test_an_empty_page(cast, sign_in):
    page = sign_in(cast.alice).get(reverse("books-dimensions", kwargs={"company": cast.company.slug}))
    assert "No tag groups yet" in page.content.decode()


def test_the_api_sets_the_places(cast):
    from django.test import Client

    from accounts.create_token import create_token

    groups = [TagGroup.objects.create(company=cast.company, name=name) for name in ("Site", "Client")]
    secret = create_token(membership=cast.bob, name="R", scopes=["books.see", "books.settings"], by=cast.bob).secret
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def put(*places: tuple[object, int]) -> object:
        body = {"dimensions": [{"tag_group": str(pk), "place": place} for pk, place in places]}
        return client.put("/api/v1/book-dimensions", body, content_type="application/json")

    set_ = put((groups[0].pk, 2), (groups[1].pk, 1))
    assert set_.status_code == 200, set_.content
    assert [row["tag_group"] for row in client.get("/api/v1/book-dimensions").json()] == [
        str(groups[1].pk), str(groups[0].pk),
    ]  # fmt: skip
    theirs = TagGroup.objects.create(company=cast.other, name="Theirs")
    for wrong in (
        put((groups[0].pk, 1), (groups[1].pk, 1)), put((groups[0].pk, 1), (groups[0].pk, 2)), put((theirs.pk, 1)),
        put((groups[0].pk, 9)),
    ):  # fmt: skip
        assert wrong.status_code == 422
    assert len(client.get("/api/v1/book-dimensions").json()) == 2
