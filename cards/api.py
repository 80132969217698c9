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
from accounts.filters import ApiFilterSet, SearchFilter, TruthFilter, WordFilter
from accounts.models import Membership
from cards.explain import explain
from cards.freeze import freeze, thaw
from cards.issue import VendorTerms, Wish, issue
from cards.issuers.base import Address
from cards.limits import Room, rooms, set_limit, spendable
from cards.models import (
    Authorization,
    AuthorizationStatus,
    Card,
    CardKind,
    CardState,
    Interval,
    Outcome,
    Period,
    Pin,
    Plastic,
    Shipping,
)
from cards.near_limit import near_limit
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
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    close_reason = serializers.CharField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)


class PlasticSerializer(serializers.Serializer[Plastic]):
    """The piece of plastic: where it is, and whether it has a PIN."""

    shipping = serializers.ChoiceField(choices=Shipping.choices)
    tracking = serializers.CharField()
    ordered_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    pin = serializers.ChoiceField(choices=Pin.choices)


class CardDetailSerializer(CardSerializer):
    plastic = serializers.SerializerMethodField(help_text="of a physical card")
    spendable = serializers.SerializerMethodField(help_text="the least of limits and wallet")

    @extend_schema(responses=PlasticSerializer)
    def get_plastic(self, card: Card) -> dict[str, Any] | None:
        plastic = Plastic.objects.filter(card=card).first()
        return dict(PlasticSerializer(plastic).data) if plastic else None

    @extend_schema(responses=MoneySerializer)
    def get_spendable(self, card: Card) -> dict[str, Any]:
        return dict(MoneySerializer(spendable(card, timezone.now())).data)


class AddressSerializer(serializers.Serializer[Any]):
    """Where plastic is sent."""

    name = serializers.CharField(max_length=80)
    line1 = serializers.CharField(max_length=80)
    line2 = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    postal_code = serializers.CharField(max_length=16)
    city = serializers.CharField(max_length=60)
    country = serializers.RegexField(r"^[A-Za-z]{2}$", help_text="ISO 3166")

    def to_internal_value(self, data: Any) -> Any:
        return Address(**super().to_internal_value(data))


class VendorSerializer(serializers.Serializer[Any]):
    """What a vendor card is for. Without a merchant it is locked to the first that charges it."""

    merchant = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    period = serializers.ChoiceField(choices=Period.choices, required=False, default=Period.MONTH)
    price = MoneySerializer(required=False, allow_null=True, default=None)
    renews_on = serializers.DateField(required=False, allow_null=True, default=None)

    def to_internal_value(self, data: Any) -> Any:
        return VendorTerms(**super().to_internal_value(data))


class NewCardSerializer(serializers.Serializer[Any]):
    cardholder = serializers.UUIDField()
    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=CardKind.choices, required=False, default=CardKind.VIRTUAL)
    limit_purchase = MoneySerializer(required=False, allow_null=True, default=None)
    limit_month = MoneySerializer(required=False, allow_null=True, default=None)
    limit_total = MoneySerializer(required=False, allow_null=True, default=None)
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="temporary cards")
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="temporary cards")
    ship_to = AddressSerializer(required=False, allow_null=True, default=None, help_text="physical cards")
    vendor = VendorSerializer(required=False, allow_null=True, default=None, help_text="vendor cards")

    def validate(self, attrs: Any) -> Any:
        """Take together what a kind of card needs."""
        terms = attrs.pop("vendor") or VendorTerms()
        wish = {name: attrs.pop(name) for name in ("kind", "starts_at", "ends_at", "ship_to")}
        return attrs | {"wish": Wish(**wish, vendor=terms)}


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
    kind = WordFilter(CardKind.values)
    cardholder = UUIDFilter()
    near_limit = TruthFilter(method="close_to_limit", help_text="at least 80 % of a limit is used")

    def close_to_limit(self, rows: Any, name: str, value: bool) -> Any:
        """Keep the cards that are close to a limit, or those that are not."""
        now = timezone.now()
        near = near_limit(
            Card.objects.filter(pk__in=rows.values("pk")), day=self.request.auth.company.day_of(now), now=now
        )
        return rows.filter(pk__in=near.values("pk")) if value else rows.exclude(pk__in=near.values("pk"))


class CardsEndpoint(_OfCards):
    capabilities = {"GET": "cards.see", "POST": "cards.issue"}
    serializer_class = CardSerializer
    filterset_class = CardFilters

    @extend_schema(tags=["cards"], summary="Cards, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.cards())

    @extend_schema(tags=["cards"], summary="Make a card", request=NewCardSerializer, responses={201: CardSerializer})
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
