"""The API of which wallet a card pays from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from cards.change_wallet import change_wallet
from cards.models import Card
from wallet.models import LedgerAccount


class CardWalletSerializer(serializers.Serializer[Any]):
    wallet = serializers.UUIDField(source="account_id", help_text="the wallet or sub-wallet that pays")


class CardWalletEndpoint(Endpoint):
    capabilities = {"PUT": "cards.manage"}
    serializer_class = CardWalletSerializer

    @extend_schema(tags=["cards"], summary="Let a card pay from another wallet; open holds stay where they are")
    def put(self, request: Any, card_id: UUID) -> Response:
        cards = Card.objects.visible_to(self.membership).select_related("company", "account")
        card = get_object_or_404(cards, pk=card_id)
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        wallets = LedgerAccount.objects.for_company(self.company).wallets()
        account = wallets.filter(pk=body.validated_data["account_id"]).first()
        if account is None:
            raise serializers.ValidationError({"wallet": ["There is no such wallet."]})
        changed = change_wallet(card=card, account=account, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(changed).data)
