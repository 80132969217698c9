"""Accountants ask the people of a company about an expense, from the books, and see what nobody answered yet."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Role
from bookkeeping.clients import open_work
from events.models import Notification
from expenses.comment import comment
from expenses.models import Comment
from expenses.questions import open_questions
from tests.bookkeeping.conftest import NOW, purchase
from tests.conftest import Cast, join

pytestmark = pytest.mark.django_db


def ask(expense: Any, by: Any, text: str = "Who was there?", **how: Any) -> Comment:
    return comment(expense=expense, by=by, text=text, now=NOW, is_question=True, **how)


def questions(cast: Cast) -> int:
    return int(open_work([cast.company.pk])[cast.company.pk]["questions"])


def test_a_question_is_open_until_the_company_answers(cast: Cast) -> None:
    expense = purchase(cast.carol)
    other = join(cast.company, "Ole", Role.ACCOUNTANT_LIMITED)
    assert questions(cast) == 0
    ask(expense, cast.bob)
    assert questions(cast) == 1 and open_questions().get().by == cast.bob
    ask(expense, cast.bob, "And why?")
    assert questions(cast) == 1, "one expense, however often it was asked about"
    comment(expense=expense, by=other, text="I wonder, too", now=NOW)
    comment(expense=expense, by=cast.dave, text="She is away", now=NOW, is_internal=True)
    assert questions(cast) == 1, "accountants among themselves, and finance among itself, answer nothing"
    comment(expense=expense, by=cast.carol, text="Two clients", now=NOW)
    assert questions(cast) == 0
    ask(expense, other, "Which?")
    assert questions(cast) == 1
    comment(expense=expense, by=other, text="Found it", now=NOW)
    assert questions(cast) == 0, "who asked settles it"


def test_only_the_books_ask_and_never_in_secret_or_themselves(cast: Cast) -> None:
    expense = purchase(cast.carol)
    for by, how in ((cast.carol, {}), (cast.dave, {}), (cast.bob, {"is_internal": True})):
        assert ask(expense, by, **how).outcome == ""
    assert questions(cast) == 0
    assert ask(expense, cast.bob).outcome == "needs_details"
    expense.refresh_from_db()
    assert expense.review == "okay", "a question takes no decision back"


def test_the_answer_taken_away_leaves_the_question_open(cast: Cast) -> None:
    expense = purchase(cast.carol)
    ask(expense, cast.bob)
    said = comment(expense=expense, by=cast.carol, text="Oops", now=NOW)
    Comment.objects.filter(pk=said.pk).update(text="", deleted_at=NOW)
    assert questions(cast) == 1


def test_the_person_hears_of_it_in_the_app_and_by_mail(cast: Cast) -> None:
    ask(purchase(cast.carol), cast.bob)
    told = Notification.objects.filter(event__verb="expense.commented", membership=cast.carol)
    assert set(told.values_list("channel", flat=True)) == {"in_app", "email"}


def test_the_pages(cast: Cast, sign_in: Any) -> None:
    expense, quiet = purchase(cast.carol, merchant="Asked"), purchase(cast.carol, merchant="Quiet")
    bob, carol = sign_in(cast.bob), sign_in(cast.carol)
    lane = reverse("export", kwargs={"company": cast.company.slug})
    thread = reverse("expense-comments", kwargs={"company": cast.company.slug, "expense_id": expense.pk})
    assert "Question open" not in bob.get(lane).content.decode()
    assert 'name="is_question"' in bob.get(thread).content.decode()
    assert 'name="is_question"' not in carol.get(thread).content.decode()
    assert bob.post(thread, {"text": " ", "is_question": "1"}).status_code == 422
    assert bob.post(thread, {"text": "Who?", "is_question": "1"}).status_code == 303
    page = bob.get(lane).content.decode()
    assert "Question open" in page and "1 comment<" in page and thread in page
    found = {row.item.expense_id for row in bob.get(lane + "?show=asked").context["rows"]}
    assert found == {expense.pk} and quiet.pk not in found
    clients = bob.get("/clients/").content.decode()
    assert f'href="{lane}?show=asked">1</a>' in clients
    assert "Who?" in carol.get(thread).content.decode()
    assert carol.post(thread, {"text": "Two clients"}).status_code == 303
    assert bob.get(lane + "?show=asked").context["rows"] == []
    assert "Two clients" in bob.get(thread, headers={"HX-Request": "true"}).content.decode()


def test_other_companies_count_nothing(cast: Cast, sign_in: Any) -> None:
    expense = purchase(cast.carol)
    ask(expense, cast.bob)
    thread = reverse("expense-comments", kwargs={"company": cast.company.slug, "expense_id": expense.pk})
    assert sign_in(cast.mallory).post(thread, {"text": "Hello", "is_question": "1"}).status_code == 404
    found = open_work([cast.company.pk, cast.mallory.company_id])
    assert found.get(cast.mallory.company_id, {}).get("questions", 0) == 0 and questions(cast) == 1
