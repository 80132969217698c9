"""The API of sub-wallets and of moving money between wallets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, TruthFilter
from accounts.models import Team
from wallet.api import MoneySerializer, WalletSerializer
from wallet.archive_sub_wallet import archive_sub_wallet
from wallet.change_sub_wallet import change_sub_wallet
from wallet.models import AccountKind, LedgerAccount, WalletMove
from wallet.move_money import move_money
from wallet.open_sub_wallet import NAME_LENGTH, open_sub_wallet
from wallet.restore_sub_wallet import restore_sub_wallet


class SubWalletSerializer(WalletSerializer):
    name = serializers.CharField()
    team = serializers.UUIDField(source="team_id", allow_null=True)
    archived_at = serializers.DateTimeField(allow_null=True)


class NewSubWalletSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=NAME_LENGTH)
    team = serializers.UUIDField(required=False, allow_null=True, default=None)


class ChangedSubWalletSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=NAME_LENGTH, required=False)
    team = serializers.UUIDField(required=False, allow_null=True)


class MoveSerializer(serializers.Serializer[WalletMove]):
    id = serializers.UUIDField()
    source = serializers.UUIDField(source="source_id", help_text="a wallet or sub-wallet")  # type: ignore[assignment]
    target = serializers.UUIDField(source="target_id")
    money = MoneySerializer()
    note = serializers.CharField()
    key = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class NewMoveSerializer(serializers.Serializer[Any]):
    source = serializers.UUIDField()  # type: ignore[assignment]
    target = serializers.UUIDField()
    money = MoneySerializer()
    note = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    key = serializers.UUIDField(help_text="of your own making; the same again returns the first move")


class SubWalletFilters(ApiFilterSet):
    archived = TruthFilter(field_name="archived_at", method="by_archive")

    def by_archive(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(archived_at__isnull=not value)


class _OfSubWallets(Endpoint):
    def rows(self) -> Any:
        return LedgerAccount.objects.visible_to(self.membership).filter(kind=AccountKind.SUB_WALLET)

    def account(self, account_id: UUID) -> LedgerAccount:
        found: LedgerAccount = get_object_or_404(self.rows().select_related("company"), pk=account_id)
        return found

    def team(self, team_id: UUID | None) -> Team | None:
        if team_id is None:
            return None
        found: Team | None = Team.objects.for_company(self.company).filter(pk=team_id).first()
        if found is None:
            raise serializers.ValidationError({"team": ["There is no such team."]})
        return found


class SubWalletsEndpoint(_OfSubWallets):
    capabilities = {"GET": "wallet.see", "POST": "wallet.manage"}
    serializer_class = SubWalletSerializer
    filterset_class = SubWalletFilters

    @extend_schema(tags=["wallet"], summary="Sub-wallets, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.rows())

    @extend_schema(
        tags=["wallet"],
        summary="Open a sub-wallet",
        request=NewSubWalletSerializer,
        responses={201: SubWalletSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewSubWalletSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        team = self.team(body.validated_data["team"])
        made = open_sub_wallet(name=body.validated_data["name"], team=team, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(made).data, status=201)


class SubWalletEndpoint(_OfSubWallets):
    capabilities = {"GET": "wallet.see", "PATCH": "wallet.manage"}
    serializer_class = SubWalletSerializer

    @extend_schema(tags=["wallet"], summary="One sub-wallet")
    def get(self, request: Any, account_id: UUID) -> Response:
        return Response(self.get_serializer(self.account(account_id)).data)

    @extend_schema(tags=["wallet"], summary="Rename it or give it to a team", request=ChangedSubWalletSerializer)
    def patch(self, request: Any, account_id: UUID) -> Response:
        account = self.account(account_id)
        body = ChangedSubWalletSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        team = self.team(wanted["team"]) if "team" in wanted else account.team
        changed = change_sub_wallet(
            account=account, name=wanted.get("name", account.name), team=team, by=self.membership, now=timezone.now()
        )
        return Response(self.get_serializer(changed).data)


class SubWalletArchiveEndpoint(_OfSubWallets):
    capabilities = {"POST": "wallet.manage", "DELETE": "wallet.manage"}
    serializer_class = SubWalletSerializer

    @extend_schema(tags=["wallet"], summary="Put an empty sub-wallet away", request=None)
    def post(self, request: Any, account_id: UUID) -> Response:
        account = archive_sub_wallet(account=self.account(account_id), by=self.membership, now=timezone.now())
        return Response(self.get_serializer(account).data)

    @extend_schema(tags=["wallet"], summary="Bring it back", responses=SubWalletSerializer)
    def delete(self, request: Any, account_id: UUID) -> Response:
        account = restore_sub_wallet(account=self.account(account_id), by=self.membership, now=timezone.now())
        return Response(self.get_serializer(account).data)


class WalletMovesEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see", "POST": "wallet.manage"}
    serializer_class = MoveSerializer

    @extend_schema(tags=["wallet"], summary="Moves between wallets, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(WalletMove.objects.visible_to(self.membership))

    @extend_schema(
        tags=["wallet"],
        summary="Move available money between wallets",
        request=NewMoveSerializer,
        responses={201: MoveSerializer},
    )
    def post(self, request: Any) -> Response:
        body = NewMoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        wallets = {row.pk: row for row in LedgerAccount.objects.visible_to(self.membership).wallets()}
        for side in ("source", "target"):
            if wanted[side] not in wallets:
                raise serializers.ValidationError({side: ["There is no such wallet."]})
        move = move_money(
            source=wallets[wanted["source"]], target=wallets[wanted["target"]], amount=wanted["money"],
            key=wanted["key"], note=wanted["note"], by=self.membership, now=timezone.now(),
        )  # fmt: skip
        return Response(self.get_serializer(move).data, status=201)
