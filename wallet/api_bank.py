"""The API of bank statements and their lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, WordFilter
from pleo.lib.parsers import JsonParser
from wallet.api import MoneySerializer
from wallet.ignore_line import ignore_line
from wallet.import_statement import import_statement
from wallet.match_line import match_line
from wallet.models import BankLine, BankStatement, LedgerAccount, LineStatus, StatementStatus
from wallet.undo_line import undo_line


class StatementFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, help_text="camt.053, camt.054 or MT940, as the bank made it")


class BankStatementSerializer(serializers.Serializer[BankStatement]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    status = serializers.ChoiceField(choices=StatementStatus.choices)
    error = serializers.JSONField(source="last_error", help_text="why it was not read: a code and its parameters")
    parts = serializers.JSONField(help_text="each statement of the file: form, account, opening and closing, lines")
    line_count = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)


class BankLineSerializer(serializers.Serializer[BankLine]):
    id = serializers.UUIDField()
    statement = serializers.UUIDField(source="statement_id")
    direction = serializers.ChoiceField(choices=["credit", "debit"], help_text="credit: money came in")
    money = MoneySerializer()
    booked_on = serializers.DateField()
    value_date = serializers.DateField()
    counterparty = serializers.CharField()
    counterparty_account = serializers.CharField()
    text = serializers.CharField()
    reference = serializers.CharField()
    end_to_end_id = serializers.CharField()
    bank_reference = serializers.CharField()
    status = serializers.ChoiceField(choices=LineStatus.choices)
    matched_by = serializers.CharField(source="how", help_text="reference, amount or hand")
    top_up = serializers.UUIDField(source="top_up_id", allow_null=True)
    looks_like = serializers.UUIDField(source="looks_like_id", allow_null=True)
    reason = serializers.CharField()


class MatchSerializer(serializers.Serializer[Any]):
    wallet = serializers.UUIDField()


class IgnoreSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=160)


class BankStatementFilters(ApiFilterSet):
    status = WordFilter(StatementStatus.values)


class BankLineFilters(ApiFilterSet):
    status = WordFilter(LineStatus.values)
    direction = WordFilter(["credit", "debit"])
    statement = UUIDFilter()
    q = SearchFilter("search_text")


class BankStatementsEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see", "POST": "wallet.reconcile"}
    serializer_class = BankStatementSerializer
    filterset_class = BankStatementFilters
    parser_classes = (MultiPartParser, JsonParser)
    keeps_own_keys = True

    @extend_schema(tags=["bank"], summary="Bank statements, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(BankStatement.objects.visible_to(self.membership))

    @extend_schema(
        tags=["bank"],
        summary="Bring in a bank statement; the same file again is the first one",
        request={"multipart/form-data": StatementFileSerializer},
        responses={201: BankStatementSerializer},
    )
    def post(self, request: Any) -> Response:
        body = StatementFileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = import_statement(by=self.membership, file=body.validated_data["file"], now=timezone.now())
        return Response(self.get_serializer(row).data, status=201)


class BankStatementEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see"}
    serializer_class = BankStatementSerializer

    @extend_schema(tags=["bank"], summary="One bank statement: how far it is, and what it adds up to")
    def get(self, request: Any, statement_id: UUID) -> Response:
        row = get_object_or_404(BankStatement.objects.visible_to(self.membership), pk=statement_id)
        return Response(self.get_serializer(row).data)


class BankLinesEndpoint(Endpoint):
    capabilities = {"GET": "wallet.see"}
    serializer_class = BankLineSerializer
    filterset_class = BankLineFilters

    @extend_schema(tags=["bank"], summary="Lines of bank statements, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(BankLine.objects.visible_to(self.membership))


class _OfBankLines(Endpoint):
    serializer_class = BankLineSerializer

    def line(self, line_id: UUID) -> BankLine:
        rows = BankLine.objects.visible_to(self.membership).select_related("statement", "company")
        found: BankLine = get_object_or_404(rows, pk=line_id)
        return found


class BankLineMatchEndpoint(_OfBankLines):
    capabilities = {"POST": "wallet.reconcile", "DELETE": "wallet.reconcile"}

    @extend_schema(tags=["bank"], summary="Match a line to a wallet", request=MatchSerializer)
    def post(self, request: Any, line_id: UUID) -> Response:
        line, body = self.line(line_id), MatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wallets = LedgerAccount.objects.for_company(self.company).wallets()
        account = wallets.filter(pk=body.validated_data["wallet"]).first()
        if account is None:
            raise serializers.ValidationError({"wallet": ["There is no such wallet."]})
        done = match_line(line=line, account=account, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(done).data)

    @extend_schema(tags=["bank"], summary="Take a match or an ignoring back", responses=BankLineSerializer)
    def delete(self, request: Any, line_id: UUID) -> Response:
        return Response(self.get_serializer(undo_line(line=self.line(line_id), by=self.membership, now=timezone.now())).data)  # fmt: skip


class BankLineIgnoreEndpoint(_OfBankLines):
    capabilities = {"POST": "wallet.reconcile"}

    @extend_schema(tags=["bank"], summary="Put a line aside, with a reason", request=IgnoreSerializer)
    def post(self, request: Any, line_id: UUID) -> Response:
        line, body = self.line(line_id), IgnoreSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        done = ignore_line(line=line, reason=reason, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(done).data)
