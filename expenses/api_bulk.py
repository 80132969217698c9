"""The API of acts on many expenses."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from expenses.models import BulkAct, BulkEdit, BulkRow, BulkStatus, Category, Expense, RowState, Tag, TaxCode
from expenses.start_bulk import start_bulk, undo_bulk

MOST_IDS = 10_000


class BulkInput(serializers.Serializer[Any]):
    """An act and the expenses it is for."""

    act = serializers.ChoiceField(
        [BulkAct.CODE.value, BulkAct.ACCEPT.value, BulkAct.OKAY.value],
        help_text="accept: take over the suggestions that are sure.",
    )
    expenses = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST_IDS)
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    tax_code = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Left out, the category's own."
    )
    tags = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=50, default=list,
        help_text="One of a group; other groups keep theirs.",
    )  # fmt: skip


class BulkEditRow(serializers.Serializer[BulkEdit]):
    """How far an act on many expenses is."""

    id = serializers.UUIDField()
    act = serializers.ChoiceField(BulkAct.choices)
    status = serializers.ChoiceField(BulkStatus.choices)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    undo_of = serializers.UUIDField(source="undo_of_id", allow_null=True)
    created_at = serializers.DateTimeField()


class BulkResultRow(serializers.Serializer[BulkRow]):
    """What became of one expense."""

    id = serializers.UUIDField()
    expense = serializers.UUIDField(source="expense_id")
    state = serializers.ChoiceField(RowState.choices)
    error = serializers.JSONField(allow_null=True, help_text="Why it was skipped: a code and its parameters.")


class BulkResultFilters(ApiFilterSet):
    """How the results are narrowed."""

    state = WordFilter(RowState.values)


class BulkEndpoint(Endpoint):
    """What these endpoints share: one's own acts, or everybody's for who may edit everything."""

    serializer_class: type[serializers.Serializer[Any]] = BulkEditRow

    def found(self, bulk_id: UUID) -> BulkEdit:
        rows = BulkEdit.objects.for_company(self.company)
        if not self.membership.can("expenses.edit_all"):
            rows = rows.filter(by=self.membership)
        return get_object_or_404(rows, pk=bulk_id)


class BulkEdits(BulkEndpoint):
    """Asking for an act."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.edit"}

    @extend_schema(
        tags=["expenses"], summary="Code or okay many expenses", request=BulkInput, responses={202: BulkEditRow}
    )
    def post(self, request: Any) -> Response:
        asked = BulkInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        bulk = start_bulk(
            by=self.membership,
            expenses=Expense.objects.visible_to(self.membership).filter(pk__in=values["expenses"]),
            act=values["act"],
            category=self.of_company(Category, values["category"], field="category"),
            tax_code=self.of_company(TaxCode, values["tax_code"], field="tax_code"),
            tags=[self.of_company(Tag, pk, field="tags") for pk in values["tags"]],
        )
        return Response(BulkEditRow(bulk).data, status=202)


class BulkEditDetail(BulkEndpoint):
    """One act."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.edit"}

    @extend_schema(tags=["expenses"], summary="How far an act on many expenses is")
    def get(self, request: Any, bulk_id: UUID) -> Response:
        return Response(BulkEditRow(self.found(bulk_id)).data)


class BulkEditResults(BulkEndpoint):
    """What became of each expense."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.edit"}
    serializer_class = BulkResultRow
    filterset_class = BulkResultFilters

    @extend_schema(tags=["expenses"], summary="What became of each expense of an act")
    def get(self, request: Any, bulk_id: UUID) -> Response:
        seen = Expense.objects.visible_to(self.membership)
        rows: QuerySet[BulkRow] = self.found(bulk_id).rows.filter(expense__in=seen)
        return self.listed(rows)


class BulkEditUndo(BulkEndpoint):
    """Putting back what an act changed."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.edit"}

    @extend_schema(
        tags=["expenses"], summary="Undo an act on many expenses", request=None, responses={202: BulkEditRow}
    )
    def post(self, request: Any, bulk_id: UUID) -> Response:
        return Response(BulkEditRow(undo_bulk(bulk=self.found(bulk_id), by=self.membership)).data, status=202)
