"""The API of statements and of the ledger's check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from wallet.api import MoneySerializer
from wallet.forms_wallets import PeriodForm
from wallet.models import LedgerAccount, LedgerCheck
from wallet.movements import months
from wallet.statement import statement
from wallet.verify_ledger import latest_check, verify_ledger

ALL_MONTHS = 120


class MonthSerializer(serializers.Serializer[Any]):
    month = serializers.CharField(source="key", help_text="such as 2026-11")
    opening = MoneySerializer()
    money_in = MoneySerializer()
    money_out = MoneySerializer()
    closing = MoneySerializer(help_text="opening + money_in - money_out")
    is_running = serializers.BooleanField()


class StatementSerializer(serializers.Serializer[Any]):
    starts = serializers.DateField()
    ends = serializers.DateField(help_text="the first day that is not in it")
    opening = MoneySerializer()
    money_in = MoneySerializer()
    money_out = MoneySerializer()
    closing = MoneySerializer(help_text="opening + money_in - money_out")


class LedgerCheckSerializer(serializers.Serializer[LedgerCheck]):
    agrees = serializers.BooleanField()
    checked_at = serializers.DateTimeField()
    full_at = serializers.DateTimeField(help_text="when everything was counted")
    transfers = serializers.IntegerField()
    differences = serializers.JSONField()


class _OfWallet(Endpoint):
    def account(self, wallet_id: UUID) -> LedgerAccount:
        rows = LedgerAccount.objects.visible_to(self.membership).wallets().select_related("company")
        found: LedgerAccount = get_object_or_404(rows, pk=wallet_id)
        return found


class WalletStatementsEndpoint(_OfWallet):
    capabilities = {"GET": "wallet.see"}
    serializer_class = MonthSerializer

    @extend_schema(
        tags=["wallet"], summary="The months of a wallet, newest first", responses=MonthSerializer(many=True)
    )
    def get(self, request: Any, wallet_id: UUID) -> Response:
        today = self.company.day_of(timezone.now())
        found = months(self.account(wallet_id), today=today, limit=ALL_MONTHS)
        return Response(self.get_serializer(found, many=True).data)


class WalletStatementEndpoint(_OfWallet):
    capabilities = {"GET": "wallet.see"}
    serializer_class = StatementSerializer

    @extend_schema(
        tags=["wallet"],
        summary="What a wallet opened and closed with in a period",
        parameters=[OpenApiParameter("start", str, required=True), OpenApiParameter("end", str, required=True)],
    )
    def get(self, request: Any, wallet_id: UUID) -> Response:
        account, form = self.account(wallet_id), PeriodForm(request.query_params)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(each) for each in said] for name, said in form.errors.items()}
            )
        end = form.cleaned_data["end"] + timedelta(days=1)
        return Response(
            self.get_serializer(statement(account=account, starts=form.cleaned_data["start"], ends=end)).data
        )


class LedgerCheckEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see", "POST": "wallet.see"}
    serializer_class = LedgerCheckSerializer

    @extend_schema(tags=["wallet"], summary="Whether the ledger agreed when it was last checked")
    def get(self, request: Any) -> Response:
        return Response(self.get_serializer(latest_check(company=self.company, now=timezone.now())).data)

    @extend_schema(tags=["wallet"], summary="Check the ledger now", request=None)
    def post(self, request: Any) -> Response:
        check = verify_ledger(company=self.company, now=timezone.now(), by=self.membership)
        return Response(self.get_serializer(check).data)
