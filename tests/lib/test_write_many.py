"""Many rows in one statement: every kind of column, nulls, more rows than one statement takes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from expenses.models import BulkEdit, BulkRow, Category, ExpenseLine
from pleo.lib import write_many as module
from pleo.lib.write_many import write_many
from tests.conftest import Cast
from tests.expenses.conftest import buy

pytestmark = pytest.mark.django_db


def test_it_writes_what_save_would(cast: Cast) -> None:
    lines = [buy(cast.carol).lines.get() for _ in range(3)]
    category = Category.objects.for_company(cast.carol.company).first()
    for number, line in enumerate(lines):
        line.category, line.text, line.tax_amount, line.is_rest = category if number else None, "æ'%s\"", number, True
    write_many(lines, ["category", "text", "tax_amount", "is_rest", "locked_at"])
    for line in lines:
        stored = ExpenseLine.objects.get(pk=line.pk)
        for column in ("category_id", "text", "tax_amount", "is_rest", "locked_at", "amount"):
            assert getattr(stored, column) == getattr(line, column), column


def test_documents_and_nulls(cast: Cast) -> None:
    bulk = BulkEdit.objects.create(company=cast.dave.company, by=cast.dave, act="okay", total=2)
    rows = [BulkRow.objects.create(bulk=bulk, expense=buy(cast.carol)) for _ in range(2)]
    rows[0].error, rows[0].before, rows[0].state = {"code": "ø"}, [["a", None, 1, True]], "skipped"
    write_many(rows, ["error", "before", "state", "version"])
    first, second = (BulkRow.objects.get(pk=row.pk) for row in rows)
    assert first.error == {"code": "ø"} and first.before == [["a", None, 1, True]] and first.state == "skipped"
    assert second.error is None and second.before == [] and second.state == "waiting" and second.version is None
    assert BulkRow.objects.filter(error__isnull=True).count() == 1


def test_several_statements_and_none(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_VALUES", 4)
    lines = [buy(cast.carol).lines.get() for _ in range(5)]
    for line in lines:
        line.text = "new"
    write_many(lines, ["text"])
    write_many([], ["text"])
    assert ExpenseLine.objects.filter(text="new").count() == 5


def test_the_database_still_refuses(cast: Cast) -> None:
    line = buy(cast.carol).lines.get()
    line.amount = -1
    with pytest.raises(IntegrityError), transaction.atomic():
        write_many([line], ["amount"])
