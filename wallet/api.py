"""The API of the wallet: balance, transfers, top-ups."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from pleo.lib.money import MAX_AMOUNT, Money, is_currency
from wallet.models import LedgerAccount, TopUp, Transfer, TransferCode
from wallet.top_up import receive_top_up


class MoneySerializer(serializers.Serializer[Money]):
    """Whole minor units and their currency."""

    amount = serializers.IntegerField(min_value=0, max_value=MAX_AMOUNT, help_text="whole minor units")
    currency = serializers.CharField(min_length=3, max_length=3, help_text="ISO 4217")

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        # A bool or a float that happens to be whole is not an amount.
        if type(data["amount"]) is not int:
            raise serializers.ValidationError({"amount": [serializers.IntegerField.default_error_messages["invalid"]]})
        if not is_currency(values["currency"].upper()):
            raise serializers.ValidationError({"currency": ["ISO 4217"]})
        return Money(values["amount"], values["currency"].upper())


class WalletSerializer(serializers.Serializer[LedgerAccount]):
    id = serializers.UUIDField()
    name = serializers.CharField(source="__str__")
    available = MoneySerializer(help_text="what a new purchase may take; below zero the company owes")
    reserved = MoneySerializer(help_text="held for purchases that have not settled")
    balance = MoneySerializer(help_text="posted money, reserved money included")
    top_up_reference = serializers.CharField()


class TransferSerializer(serializers.Serializer[Transfer]):
    id = serializers.UUIDField()
    code = serializers.ChoiceField(choices=TransferCode.choices)
    debit_account = serializers.CharField(source="debit_account.kind")
    credit_account = serializers.CharField(source="credit_account.kind")
    money = MoneySerializer()
    text = serializers.CharField()
    booked_at = serializers.DateTimeField()
    value_date = serializers.DateField()
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField()
    reverses = serializers.UUIDField(source="reverses_id", allow_null=True)


class TopUpSerializer(serializers.Serializer[TopUp]):
    id = serializers.UUIDField()
    money = MoneySerializer()
    bank_line = serializers.CharField(help_text="the bank's own reference of the line")
    payer = serializers.CharField()
    value_date = serializers.DateField()
    status = serializers.CharField()


class NewTopUpSerializer(serializers.Serializer[Any]):
    money = MoneySerializer()
    bank_line = serializers.CharField(max_length=80, help_text="the same line again returns the first top-up")
    payer = serializers.CharField(max_length=140, required=False, allow_blank=True, default="")
    value_date = serializers.DateField(required=False, help_text="today where the company is, when absent")


class WalletEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see"}
    serializer_class = WalletSerializer

    @extend_schema(tags=["wallet"], summary="What is available, reserved and in the wallet")
    def get(self, request: Any) -> Response:
        return Response(self.get_serializer(LedgerAccount.objects.wallet_of(self.company)).data)


class TransferFilters(ApiFilterSet):
    code = WordFilter(TransferCode.values)


class TransfersEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see"}
    serializer_class = TransferSerializer
    filterset_class = TransferFilters

    @extend_schema(tags=["wallet"], summary="Every movement of money, newest first")
    def get(self, request: Any) -> Response:
        rows = Transfer.objects.visible_to(self.membership)
        return self.listed(rows.select_related("debit_account", "credit_account"))


class TopUpsEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see", "POST": "wallet.top_up"}
    serializer_class = TopUpSerializer

    @extend_schema(tags=["wallet"], summary="Money that arrived, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(TopUp.objects.visible_to(self.membership))

    @extend_schema(
        tags=["wallet"],
        summary="Report money that arrived from the company's bank",
        request=NewTopUpSerializer,
        responses={201: TopUpSerializer},
    )
    def post(self, request: Any) -> Response:
        if self.company.issuer != "simulator":
            raise PermissionDenied("where money is real, the bank alone says what arrived")
        body = NewTopUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, now = body.validated_data, timezone.now()
        top_up = receive_top_up(
            account=LedgerAccount.objects.wallet_of(self.company),
            bank_line=wanted["bank_line"],
            amount=wanted["money"],
            value_date=wanted.get("value_date") or self.company.day_of(now),
            payer=wanted["payer"],
            by=self.membership,
            now=now,
        )
        return Response(self.get_serializer(top_up).data, status=201)
