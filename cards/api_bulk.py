"""The API of acts on many cards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from cards.models import BulkAct, BulkRowState, BulkStatus, Card, CardBulk, CardBulkRow, CardTemplate
from cards.start_bulk import start_bulk, undo_bulk

MOST_IDS = 10_000
ASKED = [act.value for act in BulkAct if act != BulkAct.UNDO]


class NewCardBulkSerializer(serializers.Serializer[Any]):
    """An act and the cards it is for."""

    act = serializers.ChoiceField(ASKED)
    cards = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST_IDS)
    policy = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="the card policy to follow, for the act follow alone"
    )


class CardBulkSerializer(serializers.Serializer[CardBulk]):
    """How far an act on many cards is."""

    id = serializers.UUIDField()
    act = serializers.ChoiceField(BulkAct.choices)
    status = serializers.ChoiceField(BulkStatus.choices)
    policy = serializers.UUIDField(source="template_id", allow_null=True)
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    can_be_undone = serializers.BooleanField()
    undo_of = serializers.UUIDField(source="undo_of_id", allow_null=True)
    created_at = serializers.DateTimeField()


class CardBulkRowSerializer(serializers.Serializer[CardBulkRow]):
    """What became of one card."""

    id = serializers.UUIDField()
    card = serializers.UUIDField(source="card_id")
    state = serializers.ChoiceField(BulkRowState.choices)
    error = serializers.JSONField(allow_null=True, help_text="Why it was skipped: a code and its parameters.")


class CardBulkRowFilters(ApiFilterSet):
    """How the results are narrowed."""

    state = WordFilter(BulkRowState.values)


class _OfBulk(Endpoint):
    """What these endpoints share: one's own acts, or everybody's for who sees all cards."""

    serializer_class: type[serializers.Serializer[Any]] = CardBulkSerializer

    def bulk(self, card_bulk_id: UUID) -> CardBulk:
        rows = CardBulk.objects.for_company(self.company)
        if not self.membership.can("cards.see_all"):
            rows = rows.filter(by=self.membership)
        return get_object_or_404(rows, pk=card_bulk_id)


class CardBulksEndpoint(_OfBulk):
    capabilities = {"POST": "cards.freeze"}

    @extend_schema(
        tags=["cards"], summary="Freeze, thaw or close many cards, or let them follow a policy",
        request=NewCardBulkSerializer, responses={202: CardBulkSerializer},
    )  # fmt: skip
    def post(self, request: Any) -> Response:
        body = NewCardBulkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        made = start_bulk(
            by=self.membership,
            cards=Card.objects.visible_to(self.membership).filter(pk__in=wanted["cards"]),
            act=wanted["act"],
            template=self.of_company(CardTemplate, wanted["policy"], field="policy"),
        )
        return Response(self.get_serializer(made).data, status=202)


class CardBulkEndpoint(_OfBulk):
    capabilities = {"GET": "cards.freeze"}

    @extend_schema(tags=["cards"], summary="How far an act on many cards is")
    def get(self, request: Any, card_bulk_id: UUID) -> Response:
        return Response(self.get_serializer(self.bulk(card_bulk_id)).data)


class CardBulkRowsEndpoint(_OfBulk):
    capabilities = {"GET": "cards.freeze"}
    serializer_class = CardBulkRowSerializer
    filterset_class = CardBulkRowFilters

    @extend_schema(tags=["cards"], summary="What became of each card of an act")
    def get(self, request: Any, card_bulk_id: UUID) -> Response:
        rows: QuerySet[CardBulkRow] = self.bulk(card_bulk_id).rows.all()
        return self.listed(rows)


class CardBulkUndoEndpoint(_OfBulk):
    capabilities = {"POST": "cards.freeze"}

    @extend_schema(
        tags=["cards"], summary="Undo an act on many cards; closing cannot be undone", request=None,
        responses={202: CardBulkSerializer},
    )  # fmt: skip
    def post(self, request: Any, card_bulk_id: UUID) -> Response:
        return Response(
            self.get_serializer(undo_bulk(bulk=self.bulk(card_bulk_id), by=self.membership)).data, status=202
        )
