"""The API of money that the card issuer fetches."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from cards.fetch_funds import fetch_funds
from cards.funds_asked import WORDS, Asked, funds_asked
from wallet.api import MoneySerializer


class FundsSerializer(serializers.Serializer[Asked]):
    """One amount that was asked for, and how far it is."""

    reference = serializers.CharField(help_text="the issuer's own")
    amount = MoneySerializer()
    state = serializers.ChoiceField(list(WORDS))
    why = serializers.CharField(help_text="the bank's own word for a no")
    asked_at = serializers.DateTimeField(source="at")


class NewFundsSerializer(serializers.Serializer[Any]):
    amount = MoneySerializer()
    key = serializers.UUIDField(help_text="yours: the same key again asks for nothing more")


class FundsEndpoint(Endpoint):
    """Asking the issuer to fetch money from the bank account that is linked to it."""

    capabilities = {"GET": "wallet.top_up", "POST": "wallet.top_up"}
    serializer_class = FundsSerializer
    # The issuer is asked with the body's own key, and never inside a transaction.
    keeps_own_keys = True

    @extend_schema(
        tags=["cards"], summary="The last twenty amounts that the issuer was asked to fetch",
        responses=FundsSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Any) -> Response:
        return Response(self.get_serializer(funds_asked(self.company), many=True).data)

    @extend_schema(
        tags=["cards"],
        summary="Have the issuer fetch money",
        request=NewFundsSerializer,
        responses={202: FundsSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewFundsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        reference = fetch_funds(company=self.company, amount=wanted["amount"], key=wanted["key"], by=self.membership)
        asked = funds_asked(self.company, reference=reference)[0]
        return Response(self.get_serializer(asked).data, status=202)
