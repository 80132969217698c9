"""The API of an expense's lines."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from expenses.api import OneExpense
from expenses.lines import Part
from expenses.models import Category, Expense, Tag, TaxCode
from expenses.split import MOST_LINES, split
from pleo.lib.money import MAX_AMOUNT, Money


class LineInput(serializers.Serializer[Any]):
    """A part of an expense as it should be."""

    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, help_text="Gross, in minor units.")
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    tax_code = serializers.UUIDField(required=False, allow_null=True, default=None)
    tax_amount = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_AMOUNT,
        help_text="Minor units; left out, it follows from the rate.",
    )  # fmt: skip
    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    is_private = serializers.BooleanField(required=False, default=False, help_text="The person pays it back.")
    tags = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=20, help_text="One of each group."
    )


class LinesInput(serializers.Serializer[Any]):
    """All lines that no single movement owns; they sum to what the present ones sum to."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    lines = serializers.ListField(child=LineInput(), allow_empty=False, max_length=MOST_LINES)


class ExpenseLines(OneExpense):
    """The lines of an expense."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.edit"}

    @extend_schema(tags=["expenses"], summary="Split an expense into lines", request=LinesInput)
    def put(self, request: Any, expense_id: UUID) -> Response:
        expense, wanted = self.found(expense_id), self.valid(LinesInput)
        parts = [self._part(expense, line) for line in wanted["lines"]]
        split(expense=expense, by=self.membership, parts=parts, version=wanted.get("version"), now=timezone.now())
        return self.answer(expense_id)

    def _part(self, expense: Expense, line: dict[str, Any]) -> Part:
        if line["is_private"] and (line["category"] or line["tax_code"] or line["tax_amount"] or line["tags"]):
            raise serializers.ValidationError({"lines": ["What is private has no category, no VAT and no tags."]})
        tax = None if line["tax_amount"] is None else Money(line["tax_amount"], expense.currency)
        return Part(
            Money(line["amount"], expense.currency),
            self.of_company(Category, line["category"], field="lines"),
            self.of_company(TaxCode, line["tax_code"], field="lines"),
            None if line["is_private"] else tax,
            line["text"],
            line["is_private"],
            tuple(filter(None, (self.of_company(Tag, tag, field="lines") for tag in line["tags"]))),
        )
