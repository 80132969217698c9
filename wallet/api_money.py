"""The API of withdrawals, returned top-ups and fees."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from wallet.api import MoneySerializer, TopUpSerializer
from wallet.decide_withdrawal import decide_withdrawal
from wallet.models import Fee, LedgerAccount, TopUp, Withdrawal, WithdrawalStatus
from wallet.return_top_up import return_top_up
from wallet.withdraw import withdraw


class BankWithdrawalSerializer(serializers.Serializer[Withdrawal]):
    id = serializers.UUIDField()
    wallet = serializers.UUIDField(source="account_id")
    money = MoneySerializer()
    holder = serializers.CharField()
    iban = serializers.CharField()
    status = serializers.ChoiceField(choices=WithdrawalStatus.choices)
    asked_by = serializers.UUIDField(source="by_id")
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class NewWithdrawalSerializer(serializers.Serializer[Any]):
    wallet = serializers.UUIDField(required=False, help_text="the main wallet, when absent")
    money = MoneySerializer()
    holder = serializers.CharField(max_length=70)
    iban = serializers.CharField(max_length=60)
    key = serializers.UUIDField(help_text="of your own making; the same again returns the first request")


class DecisionSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=["okay", "not_okay"])
    reason = serializers.CharField(max_length=160, required=False, allow_blank=True, default="")


class ReturnSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=160)


class FeeSerializer(serializers.Serializer[Fee]):
    id = serializers.UUIDField()
    month = serializers.DateField(help_text="its first day")
    text = serializers.CharField()
    money = MoneySerializer()


class WithdrawalFilters(ApiFilterSet):
    status = WordFilter(WithdrawalStatus.values)


class WithdrawalsEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see", "POST": "wallet.withdraw"}
    serializer_class = BankWithdrawalSerializer
    filterset_class = WithdrawalFilters

    @extend_schema(tags=["wallet"], summary="Money back to the bank, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Withdrawal.objects.visible_to(self.membership))

    @extend_schema(
        tags=["wallet"],
        summary="Ask for money to go back to the bank",
        request=NewWithdrawalSerializer,
        responses={201: BankWithdrawalSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewWithdrawalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        wallets = LedgerAccount.objects.for_company(self.company).wallets()
        account = wallets.filter(pk=wanted["wallet"]).first() if "wallet" in wanted else wallets.wallet_of(self.company)
        if account is None:
            raise serializers.ValidationError({"wallet": ["There is no such wallet."]})
        row = withdraw(
            account=account, amount=wanted["money"], holder=wanted["holder"], iban=wanted["iban"], key=wanted["key"],
            by=self.membership, now=timezone.now(),
        )  # fmt: skip
        return Response(self.get_serializer(row).data, status=201)


class WithdrawalDecisionEndpoint(Endpoint):
    """A token proves nobody's presence: where no second person may decide, the page is the only way."""

    capabilities = {"POST": "wallet.withdraw"}
    serializer_class = BankWithdrawalSerializer

    @extend_schema(tags=["wallet"], summary="Say okay or not okay to a withdrawal", request=DecisionSerializer)
    def post(self, request: Any, withdrawal_id: UUID) -> Response:
        mine = Withdrawal.objects.visible_to(self.membership).select_related("account", "by", "company")
        row = get_object_or_404(mine, pk=withdrawal_id)
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        okay, reason = body.validated_data["outcome"] == "okay", body.validated_data["reason"]
        decided = decide_withdrawal(
            withdrawal=row, okay=okay, by=self.membership, now=timezone.now(), reason=reason, is_fresh=False
        )
        return Response(self.get_serializer(decided).data)


class TopUpReturnEndpoint(Endpoint):
    capabilities = {"POST": "wallet.reconcile"}
    serializer_class = TopUpSerializer

    @extend_schema(tags=["wallet"], summary="The bank took a top-up back", request=ReturnSerializer)
    def post(self, request: Any, top_up_id: UUID) -> Response:
        row = get_object_or_404(TopUp.objects.visible_to(self.membership).select_related("account", "company"), pk=top_up_id)  # fmt: skip
        body = ReturnSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = return_top_up(top_up=row, reason=body.validated_data["reason"], by=self.membership, now=timezone.now())
        return Response(self.get_serializer(done).data)


class FeesEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see"}
    serializer_class = FeeSerializer

    @extend_schema(tags=["wallet"], summary="What the service cost, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Fee.objects.visible_to(self.membership))
