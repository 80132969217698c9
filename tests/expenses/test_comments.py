"""What people say about an expense: who reads it, who is told, what can be changed, and what an answer does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from events.models import Event, Notification
from expenses.change_comment import TooLateToChange, change_comment, remove_comment
from expenses.check_expenses import check_expenses
from expenses.comment import NothingSaid, comment
from expenses.errors import NotYours
from expenses.models import Comment, Expense
from expenses.unread import unread
from tests.conftest import Cast
from tests.expenses.conftest import NOON
from tests.expenses.test_review_routes import bought, say, waiting

pytestmark = pytest.mark.django_db


def told(said: Comment) -> set[str]:
    event = Event.objects.get(changes__comment=str(said.pk))
    return set(Notification.objects.filter(event=event, channel="email").values_list("membership__name", flat=True))


def url(name: str, expense: Expense, **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": expense.company.slug, "expense_id": expense.pk, **kwargs})


def test_the_owner_the_mentioned_and_who_took_part_are_told(cast: Cast) -> None:
    expense = bought(cast.carol)
    first = comment(expense=expense, by=cast.bob, text="@dave, is this ours? @Mallory @", now=NOON)
    assert told(first) == {"Carol", "Dave"} and [one.name for one in first.mentioned.all()] == ["Dave"]
    assert told(comment(expense=expense, by=cast.carol, text="It is.", now=NOON)) == {"Bob"}


def test_a_longer_name_is_not_taken_for_a_shorter_one(cast: Cast) -> None:
    cast.lena.name = "Dave Smith"
    cast.lena.save(update_fields=["name"])
    said = comment(expense=bought(cast.carol), by=cast.bob, text="@Dave Smith knows", now=NOON)
    assert [one.pk for one in said.mentioned.all()] == [cast.lena.pk]


def test_what_finance_says_among_itself_stays_there(cast: Cast, sign_in: Any) -> None:
    expense = bought(cast.carol)
    said = comment(expense=expense, by=cast.dave, text="Odd. @Carol @Lena @Bob", now=NOON, is_internal=True)
    assert told(said) == {"Bob"}
    for person, sees in ((cast.carol, False), (cast.lena, False), (cast.bob, True)):
        client = sign_in(person)
        assert (b"Odd." in client.get(url("expense-comments", expense)).content) is sees
        assert (b"to finance" in client.get(url("expense-history", expense)).content.lower()) is False or sees
        assert Expense.objects.filter(unread(person)).exists() is sees
    own = comment(expense=expense, by=cast.carol, text="Mine", now=NOON, is_internal=True)
    assert own.is_internal is False, "an employee has nothing to hide from themselves"


def test_who_may_not_see_the_expense_says_nothing(cast: Cast, sign_in: Any) -> None:
    expense = bought(cast.dave)
    for stranger in (cast.carol, cast.lena, cast.mallory):
        with pytest.raises(NotYours):
            comment(expense=expense, by=stranger, text="Hello", now=NOON)
    assert sign_in(cast.carol).get(url("expense-comments", expense)).status_code == 404
    for empty in ("", "  \n", "\x00"):
        with pytest.raises(NothingSaid):
            comment(expense=expense, by=cast.dave, text=empty, now=NOON)


def test_own_words_are_changed_and_taken_away_while_fresh(cast: Cast) -> None:
    expense = bought(cast.carol)
    said = comment(expense=expense, by=cast.carol, text="Lunsh", now=NOON)
    with pytest.raises(NotYours):
        change_comment(comment=said, by=cast.dave, text="No", now=NOON)
    changed = change_comment(comment=said, by=cast.carol, text="Lunch", now=NOON + timedelta(minutes=15))
    assert (changed.text, changed.edited_at is None) == ("Lunch", False)
    with pytest.raises(NothingSaid):
        change_comment(comment=said, by=cast.carol, text=" ", now=NOON)
    with pytest.raises(TooLateToChange):
        remove_comment(comment=said, by=cast.carol, now=NOON + timedelta(minutes=16))
    assert remove_comment(comment=said, by=cast.carol, now=NOON).text == ""
    with pytest.raises(TooLateToChange):
        change_comment(comment=said, by=cast.carol, text="Again", now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.update(text="Back")


def test_a_question_stands_in_the_thread_and_its_answer_goes_back(cast: Cast) -> None:
    expense = bought(cast.carol)
    say(expense, cast.dave, "needs_details")
    asked = Comment.objects.get()
    assert (asked.by, asked.outcome, asked.text) == (cast.dave, "needs_details", "Who was there?")
    with pytest.raises(TooLateToChange):
        change_comment(comment=asked, by=cast.dave, text="Nothing", now=NOON)
    comment(expense=expense, by=cast.lena, text="I was not", now=NOON)
    assert Expense.objects.get().review == "needs_details", "only the owner answers"
    said = comment(expense=expense, by=cast.carol, text="Two clients", now=NOON)
    assert Expense.objects.get().review == "" and told(said) == {"Dave", "Lena"}
    assert waiting(cast.dave) == {expense.pk} and check_expenses() == []


def test_the_thread_on_the_page(cast: Cast, sign_in: Any) -> None:
    expense, carol, dave = bought(cast.carol), sign_in(cast.carol), sign_in(cast.dave)
    there = url("expense-comments", expense)
    assert carol.post(there, {"text": ""}).status_code == 422
    assert carol.post(there, {"text": "<script>alert(1)</script> @Dave"}).status_code == 303
    page = dave.get(there).content.decode()
    assert "thread__new" in page and "<script>alert" not in page and "&lt;script&gt;" in page
    assert dave.post(url("expense-comments-read", expense)).status_code == 204
    assert "thread__new" not in dave.get(there).content.decode()
    said = Comment.objects.get()
    change = url("expense-comment-change", expense, comment_id=said.pk)
    assert dave.post(change, {"text": "No"}).status_code == 403
    assert carol.post(change, {"text": "Better"}).status_code == 303
    assert carol.post(change, {"remove": "1"}, headers={"HX-Request": "true"}).status_code == 200
    assert sign_in(cast.mallory).post(there, {"text": "Hi"}).status_code == 404


def test_names_are_offered_from_those_who_may_read(cast: Cast, sign_in: Any) -> None:
    expense = bought(cast.carol)
    there, carol = url("expense-comment-people", expense), sign_in(cast.carol)
    assert carol.get(there, {"q": "le"}).json() == {"people": ["Lena"]}
    assert carol.get(there, {"q": "mal"}).json() == {"people": []}
    assert carol.get(there, {"q": "%\x00"}).json() == {"people": []}
    inside = sign_in(cast.dave).get(there, {"q": "", "internal": "1"}).json()["people"]
    assert inside == ["Alice", "Bob"]
