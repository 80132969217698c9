"""The simulator over the API: only for companies whose cards are simulated, and only where the simulator is switched on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from cards import simulate
from cards.models import CLOSED, LIVE_STATES, Authorization, Card, Channel, Dispute
from cards.network import OF_CARD, OF_DISPUTE, OF_PURCHASE, tell_of_dispute
from cards.scenarios import SCENARIOS, pass_day, play
from cards.simulate import RATES, SHOPS, own_shop
from pleo.lib.money import MAX_AMOUNT, Money


class PurchaseSerializer(serializers.Serializer[Any]):
    card = serializers.UUIDField()
    amount = serializers.IntegerField(
        min_value=0, max_value=MAX_AMOUNT, help_text="minor units, what the shop asks for"
    )
    currency = serializers.ChoiceField(choices=sorted(RATES))
    shop = serializers.ChoiceField(choices=sorted(SHOPS), default="cafe")
    merchant = serializers.CharField(
        max_length=120, default="", help_text="name of a shop of your own; then shop is not used"
    )
    category_code = serializers.RegexField(r"^([0-9]{4})?$", default="")
    country = serializers.RegexField(r"^([A-Za-z]{2})?$", default="")
    channel = serializers.ChoiceField(choices=Channel.choices, default="")
    takes_part = serializers.BooleanField(default=False, help_text="the till would take a smaller yes")
    without_asking = serializers.BooleanField(default=False, help_text="take the money as an offline shop does")


class SimulatorAnswerSerializer(serializers.Serializer[Any]):
    approved = serializers.BooleanField()
    reason = serializers.CharField()
    authorization = serializers.UUIDField(allow_null=True)


class SayingSerializer(serializers.Serializer[Any]):
    authorization = serializers.UUIDField(required=False)
    card = serializers.UUIDField(required=False)
    dispute = serializers.UUIDField(required=False)
    say = serializers.ChoiceField(choices=sorted({*OF_PURCHASE, *OF_CARD, *OF_DISPUTE}))
    amount = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_AMOUNT, help_text="minor units of the wallet's currency; absent: all"
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        named = [name for name in ("authorization", "card", "dispute") if name in values]
        if len(named) != 1:
            raise serializers.ValidationError({"authorization": "Name an authorization, a card or a dispute."})
        known = {"authorization": OF_PURCHASE, "card": OF_CARD, "dispute": OF_DISPUTE}[named[0]]
        if values["say"] not in known:
            raise serializers.ValidationError({"say": f"Of this it can be said: {', '.join(sorted(known))}."})
        return values


class SentSerializer(serializers.Serializer[Any]):
    sent = serializers.BooleanField()
    approved = serializers.BooleanField(allow_null=True, help_text="where it was a question")
    balance = serializers.IntegerField(allow_null=True, help_text="minor units, where the balance was asked for")


class StorySerializer(serializers.Serializer[Any]):
    card = serializers.UUIDField()
    scenario = serializers.ChoiceField(choices=sorted(SCENARIOS))


class ToldSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(child=serializers.CharField())


class PassedSerializer(serializers.Serializer[Any]):
    settled = serializers.IntegerField()
    expired = serializers.IntegerField()


class _Simulated(Endpoint):
    """What the simulator's endpoints share. They call the doors, so no transaction may be held around them."""

    capabilities = {"POST": "simulator.use"}
    keeps_own_keys = True

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.company.issuer != simulate.NAME or simulate.NAME not in settings.ISSUERS:
            raise Http404("the cards of this company are real")

    def body(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        body = kind(data=self.request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = body.validated_data
        return values

    def card(self, card_id: Any) -> Card:
        rows = Card.objects.visible_to(self.membership).filter(state__in=LIVE_STATES)
        found: Card = get_object_or_404(rows.select_related("account", "company", "cardholder"), pk=card_id)
        return found


class SimulatorPurchasesEndpoint(_Simulated):
    serializer_class = SimulatorAnswerSerializer

    @extend_schema(
        tags=["simulator"],
        summary="Buy with a simulated card",
        request=PurchaseSerializer,
        responses={201: SimulatorAnswerSerializer},
    )
    def post(self, request: Any) -> Response:
        wanted = self.body(PurchaseSerializer)
        shop = SHOPS[wanted["shop"]]
        if wanted["merchant"]:
            shop = own_shop(wanted["merchant"], category_code=wanted["category_code"], country=wanted["country"])
        what: dict[str, Any] = {
            "card": self.card(wanted["card"]),
            "shop": shop,
            "amount": Money(wanted["amount"], wanted["currency"]),
            "channel": wanted["channel"],
        }
        if wanted["without_asking"]:
            simulate.force_post(**what)
            return Response({"approved": True, "reason": "", "authorization": None}, status=201)
        reply = simulate.buy(**what, takes_part=wanted["takes_part"])
        row = Authorization.objects.for_company(self.company).filter(issuer_reference=reply.reference).first()
        answer = {"approved": reply.is_approved, "reason": reply.reason, "authorization": row.pk if row else None}
        return Response(answer, status=201)


class SimulatorMessagesEndpoint(_Simulated):
    serializer_class = SentSerializer

    @extend_schema(
        tags=["simulator"],
        summary="Say what the card network says",
        request=SayingSerializer,
        responses={201: SentSerializer},
    )
    def post(self, request: Any) -> Response:
        wanted = self.body(SayingSerializer)
        amount = Money(wanted["amount"], self.company.currency) if "amount" in wanted else None
        said: Any = None
        if "dispute" in wanted:
            rows = Dispute.objects.visible_to(self.membership).exclude(status__in=CLOSED)
            dispute = get_object_or_404(rows.exclude(issuer_reference=""), pk=wanted["dispute"])
            tell_of_dispute(dispute=dispute, state=wanted["say"], amount=amount)
        elif "card" in wanted:
            usual = amount or simulate.usual(SHOPS["cafe"], self.company.currency)
            said = OF_CARD[wanted["say"]].play(card=self.card(wanted["card"]), amount=usual)
        else:
            mine = Authorization.objects.visible_to(self.membership).select_related("card", "company")
            row = get_object_or_404(mine, pk=wanted["authorization"])
            extra = {} if wanted["say"] == "expire" else {"amount": amount}
            said = OF_PURCHASE[wanted["say"]].play(authorization=row, **extra)
        answer = {
            "sent": True,
            "approved": said.is_approved if isinstance(said, simulate.Reply) else None,
            "balance": said.amount if isinstance(said, Money) else None,
        }
        return Response(answer, status=201)


class SimulatorStoriesEndpoint(_Simulated):
    serializer_class = ToldSerializer

    @extend_schema(
        tags=["simulator"],
        summary="Play a story of several steps",
        request=StorySerializer,
        responses={201: ToldSerializer},
    )
    def post(self, request: Any) -> Response:
        wanted = self.body(StorySerializer)
        lines = play(name=wanted["scenario"], card=self.card(wanted["card"]), by=self.membership)
        return Response({"lines": lines}, status=201)


class SimulatorDaysEndpoint(_Simulated):
    serializer_class = PassedSerializer

    @extend_schema(
        tags=["simulator"], summary="Let a day pass at the shops", request=None, responses={201: PassedSerializer}
    )
    def post(self, request: Any) -> Response:
        passed = pass_day(company=self.company, by=self.membership)
        return Response({"settled": passed.settled, "expired": passed.expired}, status=201)
