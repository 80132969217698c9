"""The API of what a wallet does by itself: its rule, its alert, and how long its money lasts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from wallet.api import MoneySerializer
from wallet.forecast import forecast
from wallet.models import CapInterval, LedgerAccount, LowBalance, Mandate, RuleStatus, TopUpRule
from wallet.revoke_mandate import revoke_mandate
from wallet.set_low_balance import set_low_balance
from wallet.set_top_up_rule import set_top_up_rule
from wallet.sign_mandate import sign_mandate
from wallet.turn_top_up_rule import turn_top_up_rule


class MandateSerializer(serializers.Serializer[Mandate]):
    id = serializers.UUIDField(read_only=True)
    holder = serializers.CharField(max_length=70)
    iban = serializers.CharField(max_length=60)
    reference = serializers.CharField(read_only=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)


class RuleSerializer(serializers.Serializer[TopUpRule]):
    id = serializers.UUIDField(read_only=True)
    mandate = serializers.UUIDField(source="mandate_id")
    below = MoneySerializer(help_text="collect when less than this is available")
    money = MoneySerializer(help_text="what one collection fetches")
    cap = MoneySerializer(help_text="at most this in the interval")
    cap_interval = serializers.ChoiceField(choices=CapInterval.choices)
    status = serializers.ChoiceField(choices=RuleStatus.choices, read_only=True)
    pause_code = serializers.CharField(read_only=True)


class RuleStatusSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["on", "paused"])


class AlertSerializer(serializers.Serializer[LowBalance]):
    below = MoneySerializer()
    is_on = serializers.BooleanField(read_only=True)
    is_below = serializers.BooleanField(read_only=True)
    crossed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ForecastSerializer(serializers.Serializer[Any]):
    available = MoneySerializer()
    spent = MoneySerializer(help_text="in the last `over` days, refunds taken off")
    over = serializers.IntegerField()
    a_day = MoneySerializer()
    days = serializers.IntegerField(allow_null=True, help_text="null where it cannot be said")
    until = serializers.DateField(allow_null=True)


class MandatesEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see", "POST": "wallet.manage"}
    serializer_class = MandateSerializer

    @extend_schema(tags=["wallet"], summary="Mandates for direct debit, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Mandate.objects.visible_to(self.membership))

    @extend_schema(tags=["wallet"], summary="Sign a mandate", responses={201: MandateSerializer})
    def post(self, request: Any) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = sign_mandate(by=self.membership, now=timezone.now(), **body.validated_data)
        return Response(self.get_serializer(made).data, status=201)


class MandateEndpoint(Endpoint):
    capabilities = {"DELETE": "wallet.manage"}
    serializer_class = MandateSerializer

    @extend_schema(tags=["wallet"], summary="Take a mandate back", responses=MandateSerializer)
    def delete(self, request: Any, mandate_id: UUID) -> Response:
        row = get_object_or_404(Mandate.objects.visible_to(self.membership), pk=mandate_id)
        done = revoke_mandate(mandate=row, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(done).data)


class _OfWallet(Endpoint):
    def account(self, wallet_id: UUID) -> LedgerAccount:
        rows = LedgerAccount.objects.visible_to(self.membership).wallets().select_related("company")
        found: LedgerAccount = get_object_or_404(rows, pk=wallet_id)
        return found


class WalletRuleEndpoint(_OfWallet):
    capabilities = {
        "GET": "wallet.see",
        "PUT": "wallet.manage",
        "PATCH": "wallet.manage",
        "DELETE": "wallet.manage",
    }
    serializer_class = RuleSerializer

    def rule(self, wallet_id: UUID) -> TopUpRule:
        rows = TopUpRule.objects.filter(account=self.account(wallet_id)).exclude(status=RuleStatus.ENDED)
        found: TopUpRule | None = rows.select_related("mandate").first()
        if found is None:
            raise Http404("this wallet has no rule")
        return found

    @extend_schema(tags=["wallet"], summary="What tops a wallet up by itself")
    def get(self, request: Any, wallet_id: UUID) -> Response:
        return Response(self.get_serializer(self.rule(wallet_id)).data)

    @extend_schema(tags=["wallet"], summary="Set the rule of a wallet and switch it on")
    def put(self, request: Any, wallet_id: UUID) -> Response:
        account, body = self.account(wallet_id), self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        mandate = Mandate.objects.for_company(self.company).filter(pk=wanted["mandate_id"]).first()
        if mandate is None:
            raise serializers.ValidationError({"mandate": ["There is no such mandate."]})
        rule = set_top_up_rule(
            account=account, mandate=mandate, below=wanted["below"], amount=wanted["money"], cap=wanted["cap"],
            cap_interval=wanted["cap_interval"], by=self.membership, now=timezone.now(),
        )  # fmt: skip
        return Response(self.get_serializer(rule).data)

    @extend_schema(tags=["wallet"], summary="Let the rule rest or go on", request=RuleStatusSerializer)
    def patch(self, request: Any, wallet_id: UUID) -> Response:
        rule, body = self.rule(wallet_id), RuleStatusSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        status = body.validated_data["status"]
        turned = turn_top_up_rule(rule=rule, status=status, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(turned).data)

    @extend_schema(tags=["wallet"], summary="End the rule", responses=RuleSerializer)
    def delete(self, request: Any, wallet_id: UUID) -> Response:
        rule = turn_top_up_rule(
            rule=self.rule(wallet_id), status=RuleStatus.ENDED, by=self.membership, now=timezone.now()
        )
        return Response(self.get_serializer(rule).data)


class WalletAlertEndpoint(_OfWallet):
    capabilities = {"GET": "wallet.see", "PUT": "wallet.manage", "DELETE": "wallet.manage"}
    serializer_class = AlertSerializer

    @extend_schema(tags=["wallet"], summary="When finance is told that a wallet runs low")
    def get(self, request: Any, wallet_id: UUID) -> Response:
        row = LowBalance.objects.filter(account=self.account(wallet_id), is_on=True).first()
        if row is None:
            raise Http404("this wallet has no alert")
        return Response(self.get_serializer(row).data)

    @extend_schema(tags=["wallet"], summary="Set below which amount finance is told")
    def put(self, request: Any, wallet_id: UUID) -> Response:
        account, body = self.account(wallet_id), self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        below = body.validated_data["below"]
        row = set_low_balance(account=account, below=below, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(tags=["wallet"], summary="Switch the alert off", responses={204: None})
    def delete(self, request: Any, wallet_id: UUID) -> Response:
        set_low_balance(account=self.account(wallet_id), below=None, by=self.membership, now=timezone.now())
        return Response(status=204)


class WalletForecastEndpoint(_OfWallet):
    capabilities = {"GET": "wallet.see"}
    serializer_class = ForecastSerializer

    @extend_schema(tags=["wallet"], summary="How long the money lasts at the pace of the last thirty days")
    def get(self, request: Any, wallet_id: UUID) -> Response:
        found = forecast(accounts=[self.account(wallet_id)], now=timezone.now())
        return Response(self.get_serializer(found).data)
