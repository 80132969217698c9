"""The API of corrections of what was exported."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet
from bookkeeping.correct import correct
from bookkeeping.drop_correction import drop_correction
from bookkeeping.models import BookItem, Correction, CorrectionLine
from expenses.lines import Part
from expenses.models import Category, Tag, TaxCode
from expenses.split import MOST_LINES
from pleo.lib.money import MAX_AMOUNT, Money


class CorrectionLineSerializer(serializers.Serializer[CorrectionLine]):
    direction = serializers.CharField()
    amount = serializers.IntegerField(help_text="gross, minor units")
    category = serializers.UUIDField(source="category_id", allow_null=True)
    tax_code = serializers.UUIDField(source="tax_code_id", allow_null=True)
    tax_amount = serializers.IntegerField()
    text = serializers.CharField()
    is_private = serializers.BooleanField()
    tags = serializers.SerializerMethodField()

    def get_tags(self, line: CorrectionLine) -> list[UUID]:
        return [tag.pk for tag in line.tags.all()]


class CorrectionSerializer(serializers.Serializer[Correction]):
    id = serializers.UUIDField()
    book_item = serializers.UUIDField(source="item_id", help_text="the item that books it")
    corrects = serializers.UUIDField(source="corrects_id", help_text="the item that it corrects")
    expense = serializers.UUIDField(source="item.expense_id")
    lane = serializers.CharField(source="item.lane", help_text="unexported, queue, exported; empty when taken back")
    reason = serializers.CharField()
    by = serializers.UUIDField(source="by_id")
    created_at = serializers.DateTimeField()
    dropped_at = serializers.DateTimeField(allow_null=True)
    lines = CorrectionLineSerializer(many=True)


class CorrectionLineInput(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, help_text="gross, minor units")
    category = serializers.UUIDField()
    tax_code = serializers.UUIDField(required=False, allow_null=True, default=None)
    tax_amount = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_AMOUNT,
        help_text="minor units; left out, it follows from the rate",
    )  # fmt: skip
    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    tags = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=20, help_text="one of each group"
    )


class CorrectInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)
    lines = serializers.ListField(
        child=CorrectionLineInput(),
        allow_empty=False,
        max_length=MOST_LINES,
        help_text="what is not private of the item; they sum to what is booked now",
    )


class CorrectionFilters(ApiFilterSet):
    expense = UUIDFilter(field_name="item__expense", help_text="corrections of one expense")


def _rows(endpoint: Endpoint) -> Any:
    rows = Correction.objects.visible_to(endpoint.membership).select_related("item__expense")
    return rows.prefetch_related("lines__tags")


class CorrectionsEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"GET": "books.see"}
    serializer_class = CorrectionSerializer
    filterset_class = CorrectionFilters

    @extend_schema(tags=["books"], summary="Corrections of what was exported, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(_rows(self))


class CorrectEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"POST": "books.queue"}
    serializer_class = CorrectionSerializer

    @extend_schema(
        tags=["books"],
        summary="Correct an exported item by an entry of its own; what was exported stays",
        request=CorrectInput,
        responses={201: CorrectionSerializer},
    )
    def post(self, request: Any, item_id: UUID) -> Response:
        item = get_object_or_404(BookItem.objects.visible_to(self.membership), pk=item_id)
        body = CorrectInput(data=request.data)
        body.is_valid(raise_exception=True)
        parts = [self._part(item, line) for line in body.validated_data["lines"]]
        made = correct(
            item=item, by=self.membership, parts=parts, reason=body.validated_data["reason"], client_key=uuid4().hex,
            now=timezone.now(),
        )  # fmt: skip
        return Response(self.get_serializer(_rows(self).get(pk=made.pk)).data, status=201)

    def _part(self, item: BookItem, line: dict[str, Any]) -> Part:
        return Part(
            amount=Money(line["amount"], item.currency),
            category=self.of_company(Category, line["category"], field="lines"),
            tax_code=self.of_company(TaxCode, line["tax_code"], field="lines"),
            tax=None if line["tax_amount"] is None else Money(line["tax_amount"], item.currency),
            text=line["text"],
            tags=tuple(self.of_company(Tag, tag, field="lines") for tag in line["tags"]),
        )


class CorrectionEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"GET": "books.see", "DELETE": "books.queue"}
    serializer_class = CorrectionSerializer

    @extend_schema(tags=["books"], summary="One correction")
    def get(self, request: Any, correction_id: UUID) -> Response:
        return Response(self.get_serializer(get_object_or_404(_rows(self), pk=correction_id)).data)

    @extend_schema(tags=["books"], summary="Take a correction back that is in no export", responses={204: None})
    def delete(self, request: Any, correction_id: UUID) -> Response:
        found = get_object_or_404(_rows(self), pk=correction_id)
        drop_correction(correction=found, by=self.membership, now=timezone.now())
        return Response(status=204)
