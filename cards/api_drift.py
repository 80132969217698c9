"""The API of differences with the card issuer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, WordFilter
from cards.look_now import look_now
from cards.mend_drift import Remedy, mend, offers
from cards.models import Drift, DriftEnd, DriftKind, DriftState, Reconciliation, ReconciliationStatus


class DriftSerializer(serializers.Serializer[Drift]):
    """One difference: what each side says, since when, and what can be done."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(DriftKind.choices)
    state = serializers.ChoiceField(DriftState.choices)
    issuer = serializers.CharField()
    reference = serializers.CharField(help_text="the issuer's own, or a currency")
    card = serializers.UUIDField(source="card_id", allow_null=True)
    ours = serializers.JSONField(help_text="status, last_four, expires, or amount in minor units with currency")
    theirs = serializers.JSONField()
    found_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_how = serializers.ChoiceField(DriftEnd.choices, allow_blank=True)
    remedies = serializers.SerializerMethodField()

    def get_remedies(self, row: Drift) -> list[str]:
        return [remedy.value for remedy in offers(row)]


class RemedySerializer(serializers.Serializer[Any]):
    remedy = serializers.ChoiceField([remedy.value for remedy in Remedy])


class LookSerializer(serializers.Serializer[Reconciliation]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(ReconciliationStatus.choices)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class DriftFilters(ApiFilterSet):
    q = SearchFilter("search_text", help_text="words of the card, its holder, or the reference")
    state = WordFilter(DriftState.values)
    kind = WordFilter(DriftKind.values)
    card = UUIDFilter()


class _OfDrift(Endpoint):
    serializer_class: type[serializers.Serializer[Any]] = DriftSerializer

    def drifts(self) -> Any:
        return Drift.objects.for_company(self.company).select_related("company", "card__company", "card__cardholder")


class DriftsEndpoint(_OfDrift):
    capabilities = {"GET": "cards.manage"}
    filterset_class = DriftFilters

    @extend_schema(tags=["cards"], summary="Where the card issuer differs, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.drifts())


class DriftRemedyEndpoint(_OfDrift):
    capabilities = {"POST": "cards.manage"}
    # The issuer is asked, and never inside a transaction; asking again is refused once it is over.
    keeps_own_keys = True

    @extend_schema(tags=["cards"], summary="Put a difference right, or take note of it", request=RemedySerializer)
    def post(self, request: Any, drift_id: UUID) -> Response:
        found = get_object_or_404(self.drifts(), pk=drift_id)
        body = RemedySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = mend(drift=found, remedy=body.validated_data["remedy"], by=self.membership, now=timezone.now())
        return Response(self.get_serializer(done).data)


class DriftLookEndpoint(_OfDrift):
    capabilities = {"POST": "cards.manage"}
    serializer_class = LookSerializer

    @extend_schema(
        tags=["cards"], summary="Look at the card issuer now, at most every five minutes", request=None,
        responses={202: LookSerializer},
    )  # fmt: skip
    def post(self, request: Any) -> Response:
        return Response(self.get_serializer(look_now(company=self.company, by=self.membership)).data, status=202)
