"""The API of cards: cards, freezes, limits, authorizations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, WordFilter
from accounts.models import Membership
from cards.explain import explain
from cards.freeze import freeze, thaw
from cards.issue import issue
from cards.limits import Room, rooms, set_limit, spendable
from cards.models import Authorization, AuthorizationStatus, Card, CardState, Interval, Outcome
from wallet.api import MoneySerializer


class CardSerializer(serializers.Serializer[Card]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=CardState.choices)
    is_frozen = serializers.BooleanField()
    cardholder = serializers.UUIDField(source="cardholder_id")
    last_four = serializers.CharField()
    expires_month = serializers.DateField(allow_null=True)


class CardDetailSerializer(CardSerializer):
    spendable = serializers.SerializerMethodField(help_text="the least of limits and wallet")

    @extend_schema(responses=MoneySerializer)
    def get_spendable(self, card: Card) -> dict[str, Any]:
        return dict(MoneySerializer(spendable(card, timezone.now())).data)


class NewCardSerializer(serializers.Serializer[Any]):
    cardholder = serializers.UUIDField()
    name = serializers.CharField(max_length=60)
    limit_purchase = MoneySerializer(required=False, allow_null=True, default=None)
    limit_month = MoneySerializer(required=False, allow_null=True, default=None)


class FreezeSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class LimitSerializer(serializers.Serializer[Room]):
    interval = serializers.ChoiceField(choices=Interval.choices, source="limit.interval")
    owner = serializers.SerializerMethodField(help_text="card, or person for all cards together")
    limit = MoneySerializer(source="limit.cap")
    is_hard = serializers.BooleanField(source="limit.hard")
    used = MoneySerializer(allow_null=True)
    left = MoneySerializer()
    starts_over = serializers.DateField(allow_null=True)

    def get_owner(self, room: Room) -> str:
        return "card" if room.limit.card_id else "person"


class NewLimitSerializer(serializers.Serializer[Any]):
    interval = serializers.ChoiceField(choices=Interval.choices)
    limit = MoneySerializer(allow_null=True, help_text="null removes the limit")
    is_hard = serializers.BooleanField(default=True)


class AuthorizationSerializer(serializers.Serializer[Authorization]):
    id = serializers.UUIDField()
    card = serializers.UUIDField(source="card_id")
    money = MoneySerializer(source="billing")
    merchant_money = MoneySerializer()
    reserved = MoneySerializer()
    merchant_name = serializers.CharField()
    merchant_category_code = serializers.CharField()
    merchant_city = serializers.CharField()
    merchant_country = serializers.CharField()
    channel = serializers.CharField()
    outcome = serializers.CharField()
    decided_by = serializers.CharField()
    decline_reason = serializers.CharField()
    status = serializers.ChoiceField(choices=AuthorizationStatus.choices)
    occurred_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class AuthorizationDetailSerializer(AuthorizationSerializer):
    checks = serializers.JSONField(help_text="every check of the decision: code, passed, params")
    explanation = serializers.SerializerMethodField(help_text="of a decline: sentence, rule, whom to ask")

    def get_explanation(self, row: Authorization) -> dict[str, str] | None:
        if row.outcome != Outcome.DECLINED:
            return None
        said = explain(row, self.context["view"].membership)
        return {"sentence": said.sentence, "rule": said.rule, "ask": said.ask}


class _OfCards(Endpoint):
    """What the endpoints of cards share: the cards this token may see."""

    def cards(self) -> Any:
        mine = Card.objects.visible_to(self.membership).with_frozen()
        return mine.select_related("cardholder", "account", "company")

    def card(self, card_id: UUID) -> Card:
        found: Card = get_object_or_404(self.cards(), pk=card_id)
        return found


class CardFilters(ApiFilterSet):
    q = SearchFilter(
        "search_text",
        "cardholder__search_text",
        help_text="words of the card's or the holder's name, or the last four digits",
    )
    state = WordFilter(CardState.values)


class CardsEndpoint(_OfCards):
    capabilities = {"GET": "cards.see", "POST": "cards.issue"}
    serializer_class = CardSerializer
    filterset_class = CardFilters

    @extend_schema(tags=["cards"], summary="Cards, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.cards())

    @extend_schema(
        tags=["cards"], summary="Make a virtual card", request=NewCardSerializer, responses={201: CardSerializer}
    )
    def post(self, request: Any) -> Response:
        body = NewCardSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        holder = get_object_or_404(Membership.objects.for_company(self.company), pk=wanted.pop("cardholder"))
        made = issue(cardholder=holder, by=self.membership, **wanted)
        return Response(self.get_serializer(self.card(made.pk)).data, status=201)


class CardEndpoint(_OfCards):
    capabilities = {"GET": "cards.see"}
    serializer_class = CardDetailSerializer

    @extend_schema(tags=["cards"], summary="One card, and what it can spend now")
    def get(self, request: Any, card_id: UUID) -> Response:
        return Response(self.get_serializer(self.card(card_id)).data)


class CardFreezeEndpoint(_OfCards):
    capabilities = {"POST": "cards.freeze", "DELETE": "cards.freeze"}
    serializer_class = CardSerializer

    @extend_schema(tags=["cards"], summary="Freeze a card", request=FreezeSerializer, responses={201: CardSerializer})
    def post(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = FreezeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        freeze(card=card, by=self.membership, reason=body.validated_data["reason"])
        return Response(self.get_serializer(self.card(card_id)).data, status=201)

    @extend_schema(tags=["cards"], summary="Thaw a card", responses={200: CardSerializer})
    def delete(self, request: Any, card_id: UUID) -> Response:
        thaw(card=self.card(card_id), by=self.membership)
        return Response(self.get_serializer(self.card(card_id)).data)


class CardLimitsEndpoint(_OfCards):
    capabilities = {"GET": "cards.see", "PUT": "cards.limits"}
    serializer_class = LimitSerializer

    @extend_schema(tags=["cards"], summary="Limits of a card and its holder", responses=LimitSerializer(many=True))
    def get(self, request: Any, card_id: UUID) -> Response:
        return Response(self.get_serializer(rooms(self.card(card_id), timezone.now()), many=True).data)

    @extend_schema(
        tags=["cards"],
        summary="Set or remove limits of a card",
        request=NewLimitSerializer(many=True),
        responses=LimitSerializer(many=True),
    )
    def put(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = NewLimitSerializer(data=request.data, many=True, max_length=len(Interval))  # type: ignore[call-arg]
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            for each in body.validated_data:
                set_limit(
                    card=card, interval=each["interval"], amount=each["limit"], hard=each["is_hard"], by=self.membership
                )
        return self.get(request, card_id)


class AuthorizationFilters(ApiFilterSet):
    outcome = WordFilter(Outcome.values)
    status = WordFilter(AuthorizationStatus.values)
    card = UUIDFilter()


class AuthorizationsEndpoint(Endpoint):
    capabilities = {"GET": "cards.see"}
    serializer_class = AuthorizationSerializer
    filterset_class = AuthorizationFilters

    @extend_schema(tags=["cards"], summary="Purchases asked for, newest first, declined ones too")
    def get(self, request: Any) -> Response:
        return self.listed(Authorization.objects.visible_to(self.membership))


class AuthorizationEndpoint(Endpoint):
    capabilities = {"GET": "cards.see"}
    serializer_class = AuthorizationDetailSerializer

    @extend_schema(tags=["cards"], summary="One purchase with every check of its decision")
    def get(self, request: Any, authorization_id: UUID) -> Response:
        rows = Authorization.objects.visible_to(self.membership).select_related("card__cardholder")
        return Response(self.get_serializer(get_object_or_404(rows, pk=authorization_id)).data)
