"""The API of what is kept: how long, and what is on legal hold."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, WordFilter
from accounts.models import Membership
from bookkeeping.change_retention import change_retention
from bookkeeping.kept import period_of
from bookkeeping.lift_hold import lift_hold
from bookkeeping.models import BookSettings, HoldScope, LegalHold
from bookkeeping.place_hold import place_hold
from bookkeeping.retention_law import CountedFrom, law_of
from expenses.models import Expense
from receipts.models import Receipt


class RetentionSerializer(serializers.Serializer[BookSettings]):
    """How long a company keeps its receipts."""

    years = serializers.IntegerField(help_text="Years that receipts are kept.")
    law_years = serializers.IntegerField(help_text="What the country's law asks for at least.")
    law = serializers.CharField(help_text="Which rule; empty where we know none and keep ten years.")
    counted_from = serializers.ChoiceField(
        choices=[word.value for word in CountedFrom], help_text="What has to end before the years begin."
    )
    erases = serializers.BooleanField(help_text="Whether receipts are erased by themselves when their time is over.")


class WantedRetentionSerializer(serializers.Serializer[Any]):
    years = serializers.IntegerField(allow_null=True, required=False, help_text="null: what the law asks for.")
    erases = serializers.BooleanField(required=False)


class HoldSerializer(serializers.Serializer[LegalHold]):
    """A legal hold."""

    id = serializers.UUIDField()
    scope = serializers.ChoiceField(choices=HoldScope.choices)
    receipt = serializers.UUIDField(source="receipt_id", allow_null=True)
    expense = serializers.UUIDField(source="expense_id", allow_null=True)
    person = serializers.UUIDField(source="person_id", allow_null=True)
    reason = serializers.CharField()
    placed_by = serializers.UUIDField(source="by_id")
    placed_at = serializers.DateTimeField()
    lifted_by = serializers.UUIDField(source="lifted_by_id", allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_reason = serializers.CharField()


class NewHoldSerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(choices=HoldScope.choices)
    receipt = serializers.UUIDField(required=False, allow_null=True)
    expense = serializers.UUIDField(required=False, allow_null=True)
    person = serializers.UUIDField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=500)


class LiftingSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class HoldFilters(ApiFilterSet):
    """How holds are narrowed."""

    q = SearchFilter("search_text", help_text="words of what is held, the reason or who placed it")
    scope = WordFilter(HoldScope.values)


class RetentionEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"GET": "retention.see", "PATCH": "retention.manage"}
    serializer_class = RetentionSerializer

    def _answer(self) -> Response:
        settings = get_object_or_404(BookSettings.objects.for_company(self.company).select_related("company"))
        law, period = law_of(self.company.country), period_of(settings)
        shown = {
            "years": period.years, "law_years": law.years, "law": law.source, "counted_from": law.counted_from.value,
            "erases": settings.erases,
        }  # fmt: skip
        return Response(RetentionSerializer(shown).data)  # type: ignore[arg-type]

    @extend_schema(tags=["books"], summary="How long receipts are kept")
    def get(self, request: Any) -> Response:
        return self._answer()

    @extend_schema(
        tags=["books"],
        summary="Change how long receipts are kept; never shorter than the law",
        request=WantedRetentionSerializer,
        responses=RetentionSerializer,
    )
    def patch(self, request: Any) -> Response:
        body = WantedRetentionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = get_object_or_404(BookSettings.objects.for_company(self.company))
        years = body.validated_data.get("years", now.retention_years)
        change_retention(by=self.membership, years=years, erases=body.validated_data.get("erases", now.erases))
        return self._answer()


class HoldsEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"GET": "retention.see", "POST": "legal_holds.place"}
    serializer_class = HoldSerializer
    filterset_class = HoldFilters

    @extend_schema(tags=["books"], summary="Legal holds, lifted ones too, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(LegalHold.objects.visible_to(self.membership))

    @extend_schema(
        tags=["books"],
        summary="Place a legal hold: nothing that it covers is erased until it is lifted",
        request=NewHoldSerializer,
        responses={201: HoldSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewHoldSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        placed = place_hold(
            by=self.membership, scope=wanted["scope"], reason=wanted["reason"], now=timezone.now(),
            receipt=self.of_company(Receipt, wanted.get("receipt"), field="receipt"),
            expense=self.of_company(Expense, wanted.get("expense"), field="expense"),
            person=self.of_company(Membership, wanted.get("person"), field="person"),
        )  # fmt: skip
        return Response(HoldSerializer(placed.hold).data, status=201)


class HoldLiftingEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"POST": "legal_holds.lift"}
    serializer_class = HoldSerializer

    @extend_schema(
        tags=["books"], summary="Lift a legal hold", request=LiftingSerializer, responses={201: HoldSerializer}
    )
    def post(self, request: Any, hold_id: UUID) -> Response:
        hold = get_object_or_404(LegalHold.objects.visible_to(self.membership).select_related("company"), pk=hold_id)
        body = LiftingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        lifted = lift_hold(hold=hold, by=self.membership, reason=body.validated_data["reason"], now=timezone.now())
        return Response(HoldSerializer(lifted).data, status=201)
