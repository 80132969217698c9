"""Disputes over the API."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, UUIDFilter, WordFilter
from cards.change_dispute import add_evidence, withdraw_dispute
from cards.disputes import CONTESTABLE, open_dispute
from cards.evidence import MAX_FILES, Evidence
from cards.models import Clearing, Dispute, DisputeReason, DisputeStatus
from wallet.api import MoneySerializer


class StepSerializer(serializers.Serializer[Any]):
    word = serializers.CharField(
        help_text="opened, submitted, provisional_credit, chargeback, second_presentment, won, ..."
    )
    amount = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    note = serializers.CharField()


class DisputeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    clearing = serializers.UUIDField(source="clearing_id")
    card = serializers.UUIDField(source="clearing.card_id")
    merchant = serializers.CharField(source="clearing.merchant_name")
    reason = serializers.ChoiceField(choices=DisputeReason.choices)
    explanation = serializers.CharField()
    amount = MoneySerializer(source="money")
    status = serializers.ChoiceField(choices=DisputeStatus.choices)
    credited = MoneySerializer(source="lent", help_text="what the issuer lends until it is decided")
    opened_by = serializers.UUIDField(source="opened_by_id")
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class DisputeDetailSerializer(DisputeSerializer):
    steps = serializers.SerializerMethodField()

    def get_steps(self, row: Dispute) -> list[dict[str, Any]]:
        return StepSerializer(row.steps.order_by("occurred_at", "id"), many=True).data  # type: ignore[return-value]


class FileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    content = serializers.CharField(max_length=8 * 1024 * 1024, help_text="base64 of a PDF, PNG or JPEG file")

    def validate_content(self, value: str) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise serializers.ValidationError("This is not base64.") from None


class NewDisputeSerializer(serializers.Serializer[Any]):
    clearing = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=DisputeReason.choices)
    explanation = serializers.CharField(max_length=2000, default="", allow_blank=True)
    amount = MoneySerializer(required=False, help_text="absent: all of it")
    evidence = FileSerializer(many=True, required=False, max_length=MAX_FILES)  # type: ignore[call-arg]


class DisputeFilters(ApiFilterSet):
    q = SearchFilter("search_text", help_text="words of the merchant or the holder, or the card's last four digits")
    status = WordFilter(DisputeStatus.values)
    reason = WordFilter(DisputeReason.values)
    clearing = UUIDFilter()


class DisputesEndpoint(Endpoint):
    capabilities = {"GET": "disputes.see", "POST": "disputes.open"}
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilters

    @extend_schema(tags=["disputes"], summary="Contested purchases, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Dispute.objects.visible_to(self.membership).select_related("clearing"))

    @extend_schema(
        tags=["disputes"],
        summary="Contest a settled purchase; not every issuer lets it be taken back",
        request=NewDisputeSerializer,
        responses={201: DisputeDetailSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewDisputeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        rows = Clearing.objects.visible_to(self.membership).filter(kind__in=CONTESTABLE)
        clearing = get_object_or_404(rows.select_related("card__cardholder", "company"), pk=wanted["clearing"])
        made = open_dispute(
            clearing=clearing,
            by=self.membership,
            reason=wanted["reason"],
            explanation=wanted["explanation"],
            amount=wanted.get("amount"),
            evidence=[Evidence(each["name"], each["content"]) for each in wanted.get("evidence", [])],
        )
        return Response(DisputeDetailSerializer(made).data, status=201)


class _OfDispute(Endpoint):
    serializer_class = DisputeDetailSerializer

    def dispute(self, dispute_id: UUID) -> Dispute:
        rows = Dispute.objects.visible_to(self.membership).select_related("clearing__card", "company")
        found: Dispute = get_object_or_404(rows, pk=dispute_id)
        return found


class DisputeEndpoint(_OfDispute):
    capabilities = {"GET": "disputes.see"}

    @extend_schema(tags=["disputes"], summary="One dispute with everything said about it")
    def get(self, request: Any, dispute_id: UUID) -> Response:
        return Response(self.get_serializer(self.dispute(dispute_id)).data)


class WithdrawalEndpoint(_OfDispute):
    capabilities = {"POST": "disputes.open"}

    @extend_schema(tags=["disputes"], summary="Take a dispute back, where the issuer lets one", request=None)
    def post(self, request: Any, dispute_id: UUID) -> Response:
        row = withdraw_dispute(dispute=self.dispute(dispute_id), by=self.membership)
        return Response(self.get_serializer(row).data)


class EvidenceEndpoint(_OfDispute):
    capabilities = {"POST": "disputes.open"}

    @extend_schema(
        tags=["disputes"], summary="Send one more paper, where the issuer takes one", request=FileSerializer,
        responses={201: DisputeDetailSerializer},
    )  # fmt: skip
    def post(self, request: Any, dispute_id: UUID) -> Response:
        row = self.dispute(dispute_id)
        body = FileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        paper = Evidence(body.validated_data["name"], body.validated_data["content"])
        add_evidence(dispute=row, file=paper, by=self.membership)
        return Response(self.get_serializer(row).data, status=201)
