"""The API of the month's end: the checklist, closing, opening again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from bookkeeping import close_points
from bookkeeping.close_period import ALSO, close_period
from bookkeeping.models import PeriodClose
from bookkeeping.month_report import Report, month_report
from bookkeeping.months import Month
from bookkeeping.reopen_period import reopen_period


class ClosingSerializer(serializers.Serializer[PeriodClose]):
    id = serializers.UUIDField()
    month = serializers.CharField(source="__str__", help_text="as 2026-10")
    upto = serializers.DateField(help_text="no voucher made afterwards is dated up to this day")
    by = serializers.UUIDField(source="by_id")
    closed_at = serializers.DateTimeField(source="created_at")
    reason = serializers.CharField()
    points = serializers.JSONField(help_text="what was open: {code: [count, minor units]}")
    open_count = serializers.IntegerField()
    reopened_at = serializers.DateTimeField(allow_null=True)
    reopened_by = serializers.UUIDField(source="reopened_by_id", allow_null=True)
    reopened_reason = serializers.CharField()


class MonthField(serializers.CharField):
    """A month as 2026-10."""

    def to_internal_value(self, data: Any) -> Any:
        month = Month.read(str(data))
        if month is None:
            raise serializers.ValidationError("Write a month as 2026-10.")
        return month


class CloseSerializer(serializers.Serializer[Any]):
    month = MonthField(help_text="as 2026-10; it must be over")
    reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="needed when something is open"
    )
    also = serializers.ListField(
        child=serializers.ChoiceField(choices=[str(kind) for kind in ALSO]), max_length=2, required=False, default=list
    )


class ReopenSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class PointSerializer(serializers.Serializer[close_points.Point]):
    code = serializers.CharField()
    words = serializers.CharField()
    count = serializers.IntegerField()
    amount = serializers.IntegerField(
        source="amount.amount", allow_null=True, default=None, help_text="minor units; none where it is no money"
    )
    currency = serializers.CharField(source="amount.currency", allow_null=True, default=None)


class ChecklistSerializer(serializers.Serializer[Any]):
    month = serializers.CharField()
    points = PointSerializer(many=True)


class ClosingsEndpoint(Endpoint):
    capabilities = {"GET": "books.see", "POST": "periods.lock"}
    serializer_class = ClosingSerializer

    @extend_schema(tags=["books"], summary="Closings of months, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(PeriodClose.objects.visible_to(self.membership))

    @extend_schema(
        tags=["books"],
        summary="Close a month and everything before it",
        request=CloseSerializer,
        responses={201: ClosingSerializer},
    )
    def post(self, request: Any) -> Response:
        body = CloseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        closing = close_period(
            by=self.membership, month=wanted["month"], reason=wanted["reason"], also=tuple(wanted["also"]), now=timezone.now()
        )  # fmt: skip
        return Response(self.get_serializer(closing).data, status=201)


class ReopeningEndpoint(Endpoint):
    capabilities = {"POST": "periods.lock"}
    serializer_class = ClosingSerializer

    @extend_schema(
        tags=["books"],
        summary="Open the newest closed month again",
        request=ReopenSerializer,
        responses={201: ClosingSerializer},
    )
    def post(self, request: Any, closing_id: UUID) -> Response:
        closing = get_object_or_404(PeriodClose.objects.visible_to(self.membership), pk=closing_id)
        body = ReopenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        opened = reopen_period(closing=closing, by=self.membership, reason=reason, now=timezone.now())
        return Response(self.get_serializer(opened).data, status=201)


class SliceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="label")
    amount = serializers.IntegerField(source="amount.amount", help_text="spent less refunds, minor units")
    tax = serializers.IntegerField(source="tax.amount", help_text="VAT inside it")
    count = serializers.IntegerField(help_text="entries")
    before = serializers.IntegerField(source="before.amount", help_text="the same in the month before")


class WalletLineSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="label")
    amount = serializers.IntegerField(source="amount.amount", help_text="above zero it came in")
    count = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[Report]):
    month = serializers.CharField(source="month.key")
    currency = serializers.CharField(source="spent.currency")
    spent = serializers.IntegerField(source="spent.amount")
    tax = serializers.IntegerField(source="tax.amount")
    before = serializers.IntegerField(source="before.amount")
    count = serializers.IntegerField()
    exported = serializers.IntegerField(source="exported.amount")
    open = serializers.IntegerField(source="open.amount")
    opening = serializers.IntegerField(source="opening.amount", help_text="of the wallet")
    closing = serializers.IntegerField(source="closing.amount")
    wallet = WalletLineSerializer(many=True)
    categories = SliceSerializer(source="slices.category", many=True)
    teams = SliceSerializer(source="slices.team", many=True)
    people = SliceSerializer(source="slices.person", many=True)
    tax_codes = SliceSerializer(source="slices.tax", many=True)
    merchants = SliceSerializer(source="slices.merchant", many=True)
    points = PointSerializer(many=True)


class ReportEndpoint(Endpoint):
    capabilities = {"GET": "books.see"}
    serializer_class = ReportSerializer

    @extend_schema(tags=["books"], summary="A month in figures, in minor units")
    def get(self, request: Any, month: str) -> Response:
        wanted = Month.read(month)
        if wanted is None:
            raise Http404
        return Response(self.get_serializer(month_report(self.membership, wanted)).data)


class ChecklistEndpoint(Endpoint):
    capabilities = {"GET": "books.see"}
    serializer_class = ChecklistSerializer

    @extend_schema(tags=["books"], summary="What is open up to the end of a month")
    def get(self, request: Any, month: str) -> Response:
        wanted = Month.read(month)
        if wanted is None:
            raise Http404
        points = close_points.points(self.membership, wanted)
        return Response(self.get_serializer({"month": wanted.key, "points": points}).data)
