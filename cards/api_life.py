"""The API of a card's life: activate, replace, lost, close; vendor cards, questions to holders, cards from a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from cards.activate import activate
from cards.api import AddressSerializer, CardSerializer, _OfCards
from cards.bulk_issue import keep_batch, start_batch
from cards.cancel import cancel
from cards.change_period import change_period
from cards.models import (
    BatchStatus,
    CardBatch,
    CardBatchRow,
    CloseReason,
    Consent,
    ConsentKind,
    ConsentStatus,
    Period,
    RowStatus,
    Subscription,
)
from cards.read_batch import MOST_BYTES, said
from cards.replace import replace
from cards.report_lost import report_lost
from cards.watch_subscription import change_subscription, see_price_changes
from wallet.api import MoneySerializer


class ActivationSerializer(serializers.Serializer[Any]):
    last_four = serializers.RegexField(r"^[0-9]{4}$", help_text="from the plastic in the holder's hand")


class ReplacementSerializer(serializers.Serializer[Any]):
    ship_to = AddressSerializer(required=False, allow_null=True, default=None, help_text="else the last address")


class LossSerializer(serializers.Serializer[Any]):
    because = serializers.ChoiceField(choices=[CloseReason.LOST.value, CloseReason.STOLEN.value])


class CardActivationEndpoint(_OfCards):
    """A wrong try counts even when it is refused, so no answer of it is kept under a key."""

    capabilities = {"POST": "cards.freeze"}
    serializer_class = CardSerializer
    keeps_own_keys = True

    @extend_schema(
        tags=["cards"],
        summary="Activate one's own plastic card",
        request=ActivationSerializer,
        responses={201: CardSerializer},
    )
    def post(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = ActivationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        activate(card=card, last_four=body.validated_data["last_four"], by=self.membership)
        return Response(self.get_serializer(self.card(card_id)).data, status=201)


class CardReplacementEndpoint(_OfCards):
    capabilities = {"POST": "cards.freeze"}
    serializer_class = CardSerializer

    @extend_schema(
        tags=["cards"],
        summary="Make a new card in a card's place",
        request=ReplacementSerializer,
        responses={201: CardSerializer},
    )
    def post(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = ReplacementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = replace(card=card, by=self.membership, ship_to=body.validated_data["ship_to"])
        return Response(self.get_serializer(self.card(made.pk)).data, status=201)


class CardLossEndpoint(_OfCards):
    capabilities = {"POST": "cards.freeze"}
    serializer_class = CardSerializer

    @extend_schema(
        tags=["cards"], summary="Report a card lost or stolen", request=LossSerializer, responses={201: CardSerializer}
    )
    def post(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = LossSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        report_lost(card=card, because=body.validated_data["because"], by=self.membership)
        return Response(self.get_serializer(self.card(card_id)).data, status=201)


class CardClosingEndpoint(_OfCards):
    capabilities = {"POST": "cards.freeze"}
    serializer_class = CardSerializer

    @extend_schema(tags=["cards"], summary="Close a card for good", request=None, responses={201: CardSerializer})
    def post(self, request: Any, card_id: UUID) -> Response:
        cancel(card=self.card(card_id), by=self.membership)
        return Response(self.get_serializer(self.card(card_id)).data, status=201)


class SubscriptionSerializer(serializers.Serializer[Subscription]):
    card = serializers.UUIDField(source="card_id", help_text="the first card of its chain")
    merchant = serializers.CharField()
    period = serializers.ChoiceField(choices=Period.choices)
    price = MoneySerializer(allow_null=True, help_text="in the merchant's currency, as last charged")
    renews_on = serializers.DateField(allow_null=True)
    paid_on = serializers.DateField(allow_null=True)
    is_flagged = serializers.SerializerMethodField(help_text="its price changed and nobody looked at it")

    def get_is_flagged(self, row: Subscription) -> bool:
        return any(change.seen_at is None for change in row.changes.all())


class SubscriptionChangeSerializer(serializers.Serializer[Any]):
    period = serializers.ChoiceField(choices=Period.choices)
    price = MoneySerializer(allow_null=True)
    renews_on = serializers.DateField(allow_null=True)


class SubscriptionFilters(ApiFilterSet):
    period = WordFilter(Period.values)
    card = UUIDFilter()


class SubscriptionsEndpoint(Endpoint):
    capabilities = {"GET": "cards.see"}
    serializer_class = SubscriptionSerializer
    filterset_class = SubscriptionFilters

    @extend_schema(tags=["cards"], summary="What vendor cards pay, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Subscription.objects.visible_to(self.membership).prefetch_related("changes"))


class CardSubscriptionEndpoint(_OfCards):
    capabilities = {"GET": "cards.see", "PUT": "cards.freeze", "DELETE": "cards.freeze"}
    serializer_class = SubscriptionSerializer

    def row(self, card_id: UUID) -> Subscription:
        card = self.card(card_id)
        rows = Subscription.objects.prefetch_related("changes")
        found: Subscription = get_object_or_404(rows, card=card.head_id or card.pk)
        return found

    @extend_schema(tags=["cards"], summary="What a vendor card pays")
    def get(self, request: Any, card_id: UUID) -> Response:
        return Response(self.get_serializer(self.row(card_id)).data)

    @extend_schema(tags=["cards"], summary="Correct what a vendor card pays", request=SubscriptionChangeSerializer)
    def put(self, request: Any, card_id: UUID) -> Response:
        self.row(card_id)
        body = SubscriptionChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change_subscription(card=self.card(card_id), by=self.membership, **body.validated_data)
        return self.get(request, card_id)

    @extend_schema(tags=["cards"], summary="Take note of a changed price", responses={200: SubscriptionSerializer})
    def delete(self, request: Any, card_id: UUID) -> Response:
        self.row(card_id)
        see_price_changes(card=self.card(card_id), by=self.membership)
        return self.get(request, card_id)


class ConsentSerializer(serializers.Serializer[Consent]):
    id = serializers.UUIDField()
    card = serializers.UUIDField(source="card_id")
    kind = serializers.ChoiceField(choices=ConsentKind.choices)
    status = serializers.ChoiceField(choices=ConsentStatus.choices)
    money = MoneySerializer()
    merchant_name = serializers.CharField()
    merchant_country = serializers.CharField()
    asked_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class ConsentFilters(ApiFilterSet):
    kind = WordFilter(ConsentKind.values)
    status = WordFilter(ConsentStatus.values)
    card = UUIDFilter()


class PeriodSerializer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class CardPeriodEndpoint(_OfCards):
    capabilities = {"PUT": "cards.manage"}
    serializer_class = CardSerializer

    @extend_schema(tags=["cards"], summary="Move the days of a temporary card", request=PeriodSerializer)
    def put(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = PeriodSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change_period(card=card, by=self.membership, **body.validated_data)
        return Response(self.get_serializer(self.card(card_id)).data)


class ConsentsEndpoint(Endpoint):
    capabilities = {"GET": "cards.see"}
    serializer_class = ConsentSerializer
    filterset_class = ConsentFilters

    @extend_schema(
        tags=["cards"],
        summary="Questions to cardholders, newest first",
        description="They are answered by the holder in person, on a page: a token cannot say that it was you.",
    )
    def get(self, request: Any) -> Response:
        return self.listed(Consent.objects.visible_to(self.membership))


class BatchSerializer(serializers.Serializer[CardBatch]):
    id = serializers.UUIDField()
    filename = serializers.CharField()
    status = serializers.ChoiceField(choices=BatchStatus.choices)
    row_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class NewBatchSerializer(serializers.Serializer[Any]):
    csv = serializers.CharField(max_length=MOST_BYTES, trim_whitespace=False, help_text="the file as text")
    filename = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


class BatchRowSerializer(serializers.Serializer[CardBatchRow]):
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=RowStatus.choices)
    wanted = serializers.JSONField()
    problems = serializers.SerializerMethodField(help_text="sentences")
    card = serializers.UUIDField(source="card_id", allow_null=True)

    def get_problems(self, row: CardBatchRow) -> list[str]:
        return [said(problem) for problem in row.problems]


class BatchFilters(ApiFilterSet):
    status = WordFilter(BatchStatus.values)


class BatchesEndpoint(Endpoint):
    capabilities = {"GET": "cards.issue", "POST": "cards.issue"}
    serializer_class = BatchSerializer
    filterset_class = BatchFilters

    @extend_schema(tags=["cards"], summary="Files of wanted cards, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(CardBatch.objects.for_company(self.company))

    @extend_schema(
        tags=["cards"],
        summary="Give a file of wanted cards; nothing is made yet",
        request=NewBatchSerializer,
        responses={201: BatchSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewBatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        batch = keep_batch(content=given["csv"].encode(), filename=given["filename"], by=self.membership)
        return Response(self.get_serializer(batch).data, status=201)


class _OfBatches(Endpoint):
    def batch(self, batch_id: UUID) -> CardBatch:
        found: CardBatch = get_object_or_404(CardBatch.objects.for_company(self.company), pk=batch_id)
        return found


class BatchEndpoint(_OfBatches):
    capabilities = {"GET": "cards.issue"}
    serializer_class = BatchSerializer

    @extend_schema(tags=["cards"], summary="One file of wanted cards")
    def get(self, request: Any, batch_id: UUID) -> Response:
        return Response(self.get_serializer(self.batch(batch_id)).data)


class BatchStartEndpoint(_OfBatches):
    capabilities = {"POST": "cards.issue"}
    serializer_class = BatchSerializer

    @extend_schema(tags=["cards"], summary="Have its good lines made", request=None, responses={201: BatchSerializer})
    def post(self, request: Any, batch_id: UUID) -> Response:
        batch = start_batch(batch=self.batch(batch_id), by=self.membership)
        return Response(self.get_serializer(batch).data, status=201)


class BatchRowFilters(ApiFilterSet):
    status = WordFilter(RowStatus.values)


class BatchRowsEndpoint(_OfBatches):
    capabilities = {"GET": "cards.issue"}
    serializer_class = BatchRowSerializer
    filterset_class = BatchRowFilters

    @extend_schema(tags=["cards"], summary="The lines of a file and what became of them")
    def get(self, request: Any, batch_id: UUID) -> Response:
        return self.listed(self.batch(batch_id).rows.all())
