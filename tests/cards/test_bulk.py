"""Many cards at once: ticked in the list, and from a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Membership
from cards.bulk_issue import BatchStarted, keep_batch, make_cards, start_batch
from cards.freeze import freeze
from cards.models import Card, CardBatch, CardBatchRow, CardBulk, Freeze, Limit, Plastic
from cards.read_batch import FileUnreadable, read_batch, said
from events.models import Notification
from tests.cards import play
from tests.conftest import Cast

SignIn = Callable[[Any], Client]
HEAD = "person,name,kind,each_purchase,each_month,total,from,to,merchant,street,postal_code,city,country\n"


def base(cast: Cast) -> str:
    return f"/c/{cast.company.slug}/cards"


# ---- ticked in the list


def test_ticked_cards_are_frozen_and_thawed_again(cast: Cast, sign_in: SignIn) -> None:
    cards = [play.new_card(cast.carol), play.new_card(cast.lena)]
    dave = sign_in(cast.dave)
    answer = dave.post(f"{base(cast)}/bulk/", {"act": "freeze", "card": [card.pk for card in cards]}, follow=True)
    assert "2 cards are frozen." in answer.content.decode()
    assert Freeze.objects.filter(ended_at=None).count() == 2
    undo = f"{base(cast)}/bulk/{CardBulk.objects.get().pk}/undo/"
    assert undo in answer.content.decode()
    dave.post(undo)
    assert not Freeze.objects.filter(ended_at=None).exists()


def test_closing_many_asks_first_and_says_what_failed(cast: Cast, sign_in: SignIn) -> None:
    cards = [play.new_card(cast.carol), play.new_card(cast.lena)]
    ids, dave = [card.pk for card in cards], sign_in(cast.dave)
    asked = dave.post(f"{base(cast)}/bulk/", {"act": "close", "card": ids})
    assert "Close these 2 cards for good?" in asked.content.decode()
    assert not Card.objects.filter(state="closed").exists()
    play.end(cards[0])
    told = dave.post(f"{base(cast)}/bulk/", {"act": "close", "sure": "on", "card": ids}, follow=True).content.decode()
    assert "1 card is closed for good." in told and "This card is closed for good." in told
    assert Card.objects.filter(state="closed").count() == 2


def test_a_holder_cannot_thaw_finances_freeze_in_bulk(card: Card, cast: Cast, sign_in: SignIn) -> None:
    freeze(card=card, by=cast.dave)
    told = sign_in(cast.carol).post(f"{base(cast)}/bulk/", {"act": "thaw", "card": [card.pk]}, follow=True)
    assert "Dave froze this card" in told.content.decode()
    assert card.open_freezes().exists()


@pytest.mark.parametrize(
    "data", [{}, {"act": "freeze"}, {"act": "melt"}, {"act": "freeze", "card": ["x", "'; --"]}, {"act": "close", "sure": "on"}]
)  # fmt: skip
def test_nothing_ticked_does_nothing(card: Card, cast: Cast, sign_in: SignIn, data: dict[str, Any]) -> None:
    assert sign_in(cast.dave).post(f"{base(cast)}/bulk/", data).status_code == 303
    assert not Freeze.objects.exists()


def test_another_companys_card_is_not_touched(cast: Cast, sign_in: SignIn) -> None:
    theirs = play.new_card(cast.mallory)
    for act in ("freeze", "close"):
        sign_in(cast.dave).post(f"{base(cast)}/bulk/", {"act": act, "sure": "on", "card": [theirs.pk]})
    theirs.refresh_from_db()
    assert theirs.is_open and not theirs.freezes.exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [("kind=physical", 1), ("kind=virtual", 2), ("kind=rubber", 3), ("state=pending", 1), ("state=unused", 0),
     ("state=closed", 1), ("state=all", 4), ("sort=holder", 3), ("sort=-kind", 3), ("sort=-created", 3)],
)  # fmt: skip
def test_the_list_narrows_and_sorts(cast: Cast, sign_in: SignIn, query: str, found: int) -> None:
    play.new_card(cast.lena)
    play.new_card(cast.carol)
    play.end(play.new_card(cast.carol))
    play.plastic(cast.carol, active=False)
    shown = sign_in(cast.dave).get(f"{base(cast)}/?{query}").content.decode()
    assert shown.count("data-row") == found
    lines = b"".join(sign_in(cast.dave).get(f"{base(cast)}/cards.csv?{query}").streaming_content).decode()  # type: ignore[attr-defined]
    assert lines.count("\r\n") == found + 1


# ---- from a file


def problems(cast: Cast, text: str) -> list[list[str]]:
    return [
        [problem["code"] for problem in line.problems]
        for line in read_batch(content=text.encode(), company=cast.company)
    ]


def test_a_file_makes_each_kind_of_card(cast: Cast) -> None:
    text = HEAD + (
        "carol@example.com,Everyday,,200,1000,,,,,,,,\n"
        "carol@example.com,Plastic,plastic,,,,,,,Havnegade 3,8000,Aarhus,\n"
        f"lena@example.com,Fair,temporary,,,500,,{cast.company.day_of(play.in_days(5))},,,,,\n"
        "LENA@example.com,Figma,vendor,,,,,,Figma,,,,\n"
        "lena@example.com,Once,single-use,99,,,,,,,,,\n"
    )
    batch = keep_batch(content=text.encode(), filename="cards.csv", by=cast.dave)
    assert (batch.status, batch.row_count, Card.objects.count()) == ("preview", 5, 0)
    assert not batch.rows.filter(status="wrong").exists()
    start_batch(batch=batch, by=cast.dave)
    make_cards(batch_id=batch.pk)
    batch.refresh_from_db()
    kinds = Card.objects.order_by("batch_row__number").values_list("kind", flat=True)
    assert list(kinds) == ["virtual", "physical", "temporary", "vendor", "single_use"]
    assert (batch.status, Limit.objects.count(), Plastic.objects.get().country) == ("done", 4, "DK")
    assert Notification.objects.filter(event__verb="card_batch.done", membership=cast.dave).count() == 1


def test_each_line_says_what_is_wrong(cast: Cast) -> None:
    cast.lena.status = "left"
    cast.lena.save()
    play.new_card(cast.carol)
    found = problems(
        cast,
        HEAD + ",Everyday,,,,,,,,,,,\n"
        "nobody@example.com,Everyday,,,,,,,,,,,\n"
        "lena@example.com,Travel,,,,,,,,,,,\n"
        "bob@example.com,Travel,,,,,,,,,,,\n"
        "mallory@example.com,Travel,,,,,,,,,,,\n"
        "carol@example.com,,,,,,,,,,,,\n"
        "carol@example.com,\"=cmd|'/c calc'!A1\",,,,,,,,,,,\n"
        "carol@example.com,everyday,,,,,,,,,,,\n"
        "carol@example.com,Travel,rubber,,,,,,,,,,\n"
        "carol@example.com,One,,-5,,,,,,,,,\n"
        "carol@example.com,Two,,,1e9999,,,,,,,,\n"
        "carol@example.com,Three,temporary,,,,yesterday,9999-12-31,,,,,\n"
        "carol@example.com,Four,physical,,,,,,,,8000,Aarhus,Denmark\n"
        "carol@example.com,Five,,,,,,,,,,,\n"
        "carol@example.com,FIVE,,,,,,,,,,,\n",
    )
    assert found == [
        ["person_missing"], ["person_unknown"], ["person_left"], ["person_cannot"], ["person_unknown"], ["name_missing"],
        ["name_formula"], ["exists"], ["kind_unknown"], ["amount_unreadable"], ["amount_unreadable"],
        ["date_unreadable", "date_unreadable", "total_missing"], ["address_missing"], [], ["twice"],
    ]  # fmt: skip
    for codes in found:
        for code in codes:
            assert "_" not in said({"code": code, "value": "x", "column": "y"}).replace("postal_code", "").replace(
                "single_use", ""
            )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_spreadsheets_csv_is_read(cast: Cast, encoding: str, delimiter: str) -> None:
    text = "E-mail,Card name,Per month\r\ncarol@example.com,Køb på Grünerløkka,1000\r\n".replace(",", delimiter)
    line = read_batch(content=text.encode(encoding), company=cast.company)[0]
    assert (line.cardholder, line.wanted["name"], line.wanted["each_month"], line.problems) == (
        cast.carol, "Køb på Grünerløkka", 100_000, [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no_head"),
        (b"name\nTravel\n", "no_head"),
        (b"person,name\n", "empty"),
        (b"person,name\n\n ,\n", "empty"),
        (b"person,name,e-mail\nx,y,z\n", "twice"),
        (b'person,name\n"carol,Travel\n', "broken"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "encoding"),
        (b"PK\x03\x04\x00\x00", "encoding"),
        (b"\xff\xfep", "encoding"),
        (b"person,name\n" + b"carol@example.com,x\n" * 10_001, "too_many"),
        (b"person,name\n" + b"x" * (2 * 1024 * 1024), "too_large"),
        (b"person,name\n" + b"x" * 200_000 + b",y\n", "broken"),
    ],
)
def test_a_hostile_file_is_refused_whole(cast: Cast, content: bytes, why: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        keep_batch(content=content, filename="x.csv", by=cast.dave)
    assert refused.value.params == {"why": why} and refused.value.message()
    assert not CardBatch.objects.exists()


def test_ten_thousand_lines_are_checked_in_seconds(cast: Cast) -> None:
    text = "person,name\n" + "".join(f"carol@example.com,Card {number}\n" for number in range(10_000))
    batch = keep_batch(content=text.encode(), filename="many.csv", by=cast.dave)
    assert (batch.row_count, batch.rows.filter(status="ready").count()) == (10_000, 10_000)


def test_the_same_file_is_the_same_batch(cast: Cast) -> None:
    text = b"person,name\ncarol@example.com,Travel\nnew@example.com,Travel\n"
    first = keep_batch(content=text, filename="a.csv", by=cast.dave)
    Membership.objects.create(
        company=cast.company, name="New", email="new@example.com", role="employee", status="invited"
    )
    again = keep_batch(content=text, filename="b.csv", by=cast.alice)
    assert (again.pk, again.rows.filter(status="ready").count()) == (first.pk, 2)
    start_batch(batch=again, by=cast.alice)
    with pytest.raises(BatchStarted):
        start_batch(batch=first, by=cast.dave)
    make_cards(batch_id=first.pk)
    after = keep_batch(content=text, filename="c.csv", by=cast.dave)
    assert (after.pk, after.status, Card.objects.count()) == (first.pk, "done", 2)
    assert make_cards(batch_id=first.pk) == 0


def test_a_worker_that_dies_makes_no_card_twice(cast: Cast) -> None:
    text = "person,name\n" + "".join(f"carol@example.com,Card {number}\n" for number in range(5))
    batch = keep_batch(content=text.encode(), filename="a.csv", by=cast.dave)
    start_batch(batch=batch, by=cast.dave)
    make_cards(batch_id=batch.pk, most=2)
    # Killed after the card and before the row said so.
    row = CardBatchRow.objects.get(number=2)
    CardBatchRow.objects.filter(pk=row.pk).update(status="ready", card=None)
    while make_cards(batch_id=batch.pk, most=2):
        pass
    batch.refresh_from_db()
    assert (batch.status, Card.objects.count()) == ("done", 5)


def test_who_left_meanwhile_fails_alone(cast: Cast) -> None:
    text = b"person,name\ncarol@example.com,Travel\nlena@example.com,Travel\n"
    batch = keep_batch(content=text, filename="a.csv", by=cast.dave)
    start_batch(batch=batch, by=cast.dave)
    cast.carol.status = "left"
    cast.carol.save()
    make_cards(batch_id=batch.pk)
    rows = batch.rows.order_by("number")
    assert [row.status for row in rows] == ["failed", "made"]
    assert said(rows[0].problems[0]) == "Carol has left the company."


def test_the_pages_of_a_file(cast: Cast, sign_in: SignIn) -> None:
    dave = sign_in(cast.dave)
    assert dave.post(f"{base(cast)}/files/", {}).status_code == 422
    given = SimpleUploadedFile("../../evil.csv", b"person,name\ncarol@example.com,Travel\nx,=y\n", "text/csv")
    answer = dave.post(f"{base(cast)}/files/", {"file": given})
    assert answer.status_code == 303
    shown = dave.get(answer["Location"]).content.decode()
    assert (
        "1 line is good." in shown
        and "looks like a formula" in shown
        and "evil.csv" in shown
        and ".." not in CardBatch.objects.get().filename
    )
    assert dave.get(answer["Location"] + "?show=wrong&cursor=x").content.decode().count("<tr>") == 2
    assert dave.post(answer["Location"] + "start/").status_code == 303
    assert 'data-tick="2"' in dave.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    make_cards(batch_id=CardBatch.objects.get().pk)
    assert "1 card is made." in dave.get(answer["Location"]).content.decode()
    lines = b"".join(dave.get(answer["Location"] + "lines.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=y" in lines
    assert sign_in(cast.carol).get(answer["Location"]).status_code == 403
    assert b"Havnegade" in b"".join(dave.get(f"{base(cast)}/files/sample.csv").streaming_content)  # type: ignore[attr-defined]


def test_the_database_refuses_a_made_line_without_a_card(cast: Cast) -> None:
    keep_batch(content=b"person,name\ncarol@example.com,Travel\n", filename="a.csv", by=cast.dave)
    with pytest.raises(IntegrityError), transaction.atomic():
        CardBatchRow.objects.update(status="made")
    with pytest.raises(IntegrityError), transaction.atomic():
        CardBatch.objects.update(status="lost")
