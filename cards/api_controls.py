"""The API of rules: controls and raises of a card, card policies, exceptions, and what people ask for."""

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
from cards.allow_once import allow_once
from cards.backtest import Trial, backtest
from cards.card_policies import follow_policy, make_policy, own_rules
from cards.card_requests import ask_card, ask_once, ask_raise, grant_request, refuse_request, withdraw_request
from cards.controls import live_controls
from cards.limits import raise_limit
from cards.models import (
    Allowance,
    Authorization,
    Card,
    CardRequest,
    CardTemplate,
    Control,
    ControlKind,
    ControlMode,
    Interval,
    Limit,
    RequestKind,
    RequestStatus,
)
from cards.rule_words import rule_says
from cards.set_control import set_control
from pleo.lib.errors import DomainError
from wallet.api import MoneySerializer


class ControlSerializer(serializers.Serializer[Control]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ControlKind.choices)
    mode = serializers.ChoiceField(choices=ControlMode.choices)
    values = serializers.JSONField(
        help_text="a list of codes; for amounts an object with min, max, whole in minor units"
    )
    note = serializers.CharField()
    on_trial = serializers.BooleanField(source="shadow")
    policy = serializers.UUIDField(source="template_id", allow_null=True, help_text="the card policy it comes from")
    says = serializers.SerializerMethodField(help_text="the rule in words")

    def get_says(self, rule: Control) -> str:
        return rule_says(rule)


class NewControlSerializer(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=ControlMode.choices, default=ControlMode.ALLOW)
    values = serializers.JSONField()
    note = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    on_trial = serializers.BooleanField(default=False)


class RaiseSerializer(serializers.Serializer[Limit]):
    id = serializers.UUIDField()
    interval = serializers.ChoiceField(choices=Interval.choices)
    limit = MoneySerializer(source="cap")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class NewRaiseSerializer(serializers.Serializer[Any]):
    interval = serializers.ChoiceField(choices=Interval.choices)
    limit = MoneySerializer()
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ends_at = serializers.DateTimeField()


class TrialSerializer(serializers.Serializer[Trial]):
    """What a rule would have declined in ninety days."""

    purchases = serializers.IntegerField()
    declined = serializers.IntegerField()
    sum = MoneySerializer()
    authorizations = serializers.SerializerMethodField(help_text="the newest hundred of them, by id")

    def get_authorizations(self, trial: Trial) -> list[str]:
        return [str(row.pk) for row in trial.rows]


class PolicySerializer(serializers.Serializer[CardTemplate]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    archived_at = serializers.DateTimeField(allow_null=True)


class NewPolicySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)


class CardsSerializer(serializers.Serializer[Any]):
    cards = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=200)


class FollowedSerializer(serializers.Serializer[Any]):
    card = serializers.UUIDField()
    error = serializers.CharField(help_text="empty where the card follows the policy now")


class AllowanceSerializer(serializers.Serializer[Allowance]):
    id = serializers.UUIDField()
    authorization = serializers.UUIDField(source="refused_id")
    most = MoneySerializer()
    merchant_name = serializers.CharField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)


class RequestSerializer(serializers.Serializer[CardRequest]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=RequestKind.choices)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_by = serializers.UUIDField(source="asked_by_id")
    asked_at = serializers.DateTimeField()
    card = serializers.UUIDField(source="card_id", allow_null=True)
    authorization = serializers.UUIDField(source="authorization_id", allow_null=True)
    name = serializers.CharField()
    interval = serializers.CharField()
    wanted = MoneySerializer()
    ends_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    comment = serializers.CharField()
    made = serializers.UUIDField(source="made_id", allow_null=True)


class NewRequestSerializer(serializers.Serializer[Any]):
    """A raise names card, interval and limit; a new card name and limit; an exception the authorization."""

    kind = serializers.ChoiceField(choices=RequestKind.choices)
    card = serializers.UUIDField(required=False)
    authorization = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=60, required=False)
    interval = serializers.ChoiceField(choices=Interval.choices, required=False)
    limit = MoneySerializer(required=False)
    ends_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")

    NEEDS = {
        RequestKind.RAISE: ("card", "interval", "limit"),
        RequestKind.NEW_CARD: ("name", "limit"),
        RequestKind.ALLOW_ONCE: ("authorization",),
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in self.NEEDS[attrs["kind"]] if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: ["This field is required."] for name in missing})
        return attrs


class AnswerSerializer(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class _OfRules(Endpoint):
    """What these endpoints share: rows that this token may see."""

    def card(self, card_id: UUID) -> Card:
        mine = Card.objects.visible_to(self.membership).select_related("cardholder", "account", "company", "head")
        found: Card = get_object_or_404(mine, pk=card_id)
        return found

    def policy(self, template_id: UUID) -> CardTemplate:
        found: CardTemplate = get_object_or_404(
            CardTemplate.objects.for_company(self.company).select_related("company"), pk=template_id
        )
        return found


class CardControlsEndpoint(_OfRules):
    capabilities = {"GET": "cards.see"}
    serializer_class = ControlSerializer

    @extend_schema(tags=["cards"], summary="Rules of a card, its policy's too", responses=ControlSerializer(many=True))
    def get(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        rules = live_controls(card)
        for rule in rules:
            rule.company = card.company
        return Response(self.get_serializer(rules, many=True).data)


class CardControlEndpoint(_OfRules):
    capabilities = {"PUT": "cards.limits", "DELETE": "cards.limits"}
    serializer_class = ControlSerializer

    @extend_schema(
        tags=["cards"], summary="Set a rule of a card", request=NewControlSerializer, responses=ControlSerializer
    )
    def put(self, request: Any, card_id: UUID, kind: str) -> Response:
        card = self.card(card_id)
        body = NewControlSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        shadow = wanted.pop("on_trial")
        made = set_control(card=card, kind=_kind(kind), shadow=shadow, by=self.membership, **wanted)
        return Response(self.get_serializer(made).data)

    @extend_schema(tags=["cards"], summary="Remove a rule of a card", responses={204: None})
    def delete(self, request: Any, card_id: UUID, kind: str) -> Response:
        set_control(card=self.card(card_id), kind=_kind(kind), values=None, by=self.membership)
        return Response(status=204)


def _kind(word: str) -> str:
    if word not in ControlKind.values:
        raise UnknownRule(kind=word)
    return word


class UnknownRule(DomainError):
    """There is no rule of this kind."""

    code = "unknown_rule"
    status = 404


class CardTrialEndpoint(_OfRules):
    capabilities = {"GET": "cards.limits"}
    serializer_class = TrialSerializer

    @extend_schema(tags=["cards"], summary="What a rule on trial would have declined in 90 days")
    def get(self, request: Any, card_id: UUID, kind: str) -> Response:
        owner = self.card(card_id).limit_owner
        rows = Control.objects.live().filter(card=owner, shadow=True).select_related("company")
        return Response(self.get_serializer(backtest(get_object_or_404(rows, kind=kind), timezone.now())).data)


class CardRaisesEndpoint(_OfRules):
    capabilities = {"GET": "cards.see", "POST": "cards.limits"}
    serializer_class = RaiseSerializer

    @extend_schema(
        tags=["cards"], summary="Limits of a card that are raised for a while", responses=RaiseSerializer(many=True)
    )
    def get(self, request: Any, card_id: UUID) -> Response:
        owner = self.card(card_id).limit_owner
        rows = Limit.objects.filter(card=owner, ended_at=None, ends_at__gt=timezone.now()).order_by("ends_at", "id")
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(
        tags=["cards"],
        summary="Raise a limit for a while",
        request=NewRaiseSerializer,
        responses={201: RaiseSerializer},
    )
    def post(self, request: Any, card_id: UUID) -> Response:
        card = self.card(card_id)
        body = NewRaiseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        made = raise_limit(card=card, amount=wanted.pop("limit"), by=self.membership, **wanted)
        return Response(self.get_serializer(made).data, status=201)


class PolicyFilters(ApiFilterSet):
    q = SearchFilter("search_text", help_text="words of the name")


class PoliciesEndpoint(_OfRules):
    capabilities = {"GET": "cards.limits", "POST": "cards.limits"}
    serializer_class = PolicySerializer
    filterset_class = PolicyFilters

    @extend_schema(tags=["cards"], summary="Card policies, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(CardTemplate.objects.for_company(self.company))

    @extend_schema(
        tags=["cards"], summary="Make a card policy", request=NewPolicySerializer, responses={201: PolicySerializer}
    )
    def post(self, request: Any) -> Response:
        body = NewPolicySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = make_policy(company=self.company, name=body.validated_data["name"], by=self.membership)
        return Response(self.get_serializer(made).data, status=201)


class PolicyControlEndpoint(_OfRules):
    capabilities = {"PUT": "cards.limits", "DELETE": "cards.limits"}
    serializer_class = ControlSerializer

    @extend_schema(tags=["cards"], summary="Set a rule of a card policy", request=NewControlSerializer)
    def put(self, request: Any, template_id: UUID, kind: str) -> Response:
        template = self.policy(template_id)
        body = NewControlSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        shadow = wanted.pop("on_trial")
        made = set_control(template=template, kind=_kind(kind), shadow=shadow, by=self.membership, **wanted)
        return Response(self.get_serializer(made).data)

    @extend_schema(tags=["cards"], summary="Remove a rule of a card policy", responses={204: None})
    def delete(self, request: Any, template_id: UUID, kind: str) -> Response:
        set_control(template=self.policy(template_id), kind=_kind(kind), values=None, by=self.membership)
        return Response(status=204)


class PolicyCardsEndpoint(_OfRules):
    capabilities = {"POST": "cards.limits"}
    serializer_class = FollowedSerializer

    @extend_schema(
        tags=["cards"], summary="Let cards follow a card policy; each answers for itself", request=CardsSerializer,
        responses=FollowedSerializer(many=True),
    )  # fmt: skip
    def post(self, request: Any, template_id: UUID) -> Response:
        template = self.policy(template_id)
        body = CardsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response([self._follow(card_id, template) for card_id in body.validated_data["cards"]])

    def _follow(self, card_id: UUID, template: CardTemplate) -> dict[str, str]:
        card = Card.objects.visible_to(self.membership).select_related("head", "company").filter(pk=card_id).first()
        if card is None:
            return {"card": str(card_id), "error": "not_found"}
        try:
            follow_policy(card=card, template=template, by=self.membership)
        except DomainError as error:
            return {"card": str(card_id), "error": error.code}
        return {"card": str(card_id), "error": ""}


class CardPolicyEndpoint(_OfRules):
    capabilities = {"DELETE": "cards.limits"}
    serializer_class = ControlSerializer

    @extend_schema(
        tags=["cards"], summary="Give a card rules of its own, a copy of its policy's", responses={204: None}
    )
    def delete(self, request: Any, card_id: UUID) -> Response:
        own_rules(card=self.card(card_id), by=self.membership)
        return Response(status=204)


class AllowanceEndpoint(_OfRules):
    capabilities = {"POST": "cards.limits"}
    serializer_class = AllowanceSerializer

    @extend_schema(
        tags=["cards"], summary="Let a declined purchase pass once, within a day", request=None,
        responses={201: AllowanceSerializer},
    )  # fmt: skip
    def post(self, request: Any, authorization_id: UUID) -> Response:
        rows = Authorization.objects.visible_to(self.membership).select_related("card__head", "company")
        made = allow_once(refused=get_object_or_404(rows, pk=authorization_id), by=self.membership)
        return Response(self.get_serializer(made).data, status=201)


class RequestFilters(ApiFilterSet):
    q = SearchFilter("search_text", help_text="words of the person, the card or the reason")
    status = WordFilter(RequestStatus.values)
    kind = WordFilter(RequestKind.values)
    card = UUIDFilter()


class RequestsEndpoint(_OfRules):
    capabilities = {"GET": "cards.see", "POST": "expenses.claim"}
    serializer_class = RequestSerializer
    filterset_class = RequestFilters

    @extend_schema(tags=["cards"], summary="What people ask for, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(CardRequest.objects.visible_to(self.membership))

    @extend_schema(
        tags=["cards"], summary="Ask for a higher limit, a card or an exception", request=NewRequestSerializer,
        responses={201: RequestSerializer},
    )  # fmt: skip
    def post(self, request: Any) -> Response:
        body = NewRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(self.get_serializer(self._ask(body.validated_data)).data, status=201)

    def _ask(self, wanted: dict[str, Any]) -> CardRequest:
        common = {"by": self.membership, "reason": wanted["reason"]}
        match wanted["kind"]:
            case RequestKind.RAISE:
                card = self.card(wanted["card"])
                return ask_raise(
                    card=card, interval=wanted["interval"], amount=wanted["limit"], ends_at=wanted["ends_at"], **common
                )
            case RequestKind.NEW_CARD:
                return ask_card(name=wanted["name"], amount=wanted["limit"], **common)
        rows = Authorization.objects.visible_to(self.membership).select_related("card__cardholder", "company")
        return ask_once(refused=get_object_or_404(rows, pk=wanted["authorization"]), **common)


class _OfRequest(_OfRules):
    serializer_class = RequestSerializer

    def wish(self, request_id: UUID) -> CardRequest:
        rows = CardRequest.objects.visible_to(self.membership)
        rows = rows.select_related("asked_by__company", "card__head", "card__company", "authorization__card", "company")
        found: CardRequest = get_object_or_404(rows, pk=request_id)
        return found


class RequestEndpoint(_OfRequest):
    capabilities = {"GET": "cards.see", "DELETE": "expenses.claim"}

    @extend_schema(tags=["cards"], summary="One request")
    def get(self, request: Any, request_id: UUID) -> Response:
        return Response(self.get_serializer(self.wish(request_id)).data)

    @extend_schema(tags=["cards"], summary="Take one's own request back", responses=RequestSerializer)
    def delete(self, request: Any, request_id: UUID) -> Response:
        return Response(self.get_serializer(withdraw_request(wish=self.wish(request_id), by=self.membership)).data)


class RequestGrantEndpoint(_OfRequest):
    capabilities = {"POST": "cards.limits"}

    @extend_schema(tags=["cards"], summary="Grant a request and do it", request=AnswerSerializer)
    def post(self, request: Any, request_id: UUID) -> Response:
        return Response(self.get_serializer(self._answer(request, request_id)).data)

    def _answer(self, request: Any, request_id: UUID) -> CardRequest:
        wish = self.wish(request_id)
        body = AnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self.act(wish=wish, by=self.membership, comment=body.validated_data["comment"])

    def act(self, **values: Any) -> CardRequest:
        return grant_request(**values)


class RequestRefusalEndpoint(RequestGrantEndpoint):
    @extend_schema(tags=["cards"], summary="Do not grant a request", request=AnswerSerializer)
    def post(self, request: Any, request_id: UUID) -> Response:
        return super().post(request, request_id)

    def act(self, **values: Any) -> CardRequest:
        return refuse_request(**values)
