"""The API of missing receipts: what was signed instead, and the company's rules."""

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
from expenses.change_receipt_rules import change_receipt_rules
from expenses.decide_declaration import accept_declaration, refuse_declaration
from expenses.declare import PURPOSE_LENGTH, TEXT_LENGTH, declare
from expenses.models import Declaration, DeclarationStatus, Expense, LossReason, ReceiptRules, rules_of
from pleo.lib.money import MAX_AMOUNT


class DeclarationInput(serializers.Serializer[Any]):
    """What the spender signs. The token's own person signs."""

    reason = serializers.ChoiceField(LossReason.choices)
    text = serializers.CharField(max_length=TEXT_LENGTH, required=False, default="", allow_blank=True)
    purpose = serializers.CharField(max_length=PURPOSE_LENGTH)


class DeclarationRow(serializers.Serializer[Declaration]):
    """What was signed instead of a receipt. Its PDF is the receipt."""

    id = serializers.UUIDField()
    expense = serializers.UUIDField(source="expense_id")
    by = serializers.UUIDField(source="by_id")
    receipt = serializers.UUIDField(source="receipt_id")
    reason = serializers.ChoiceField(LossReason.choices)
    text = serializers.CharField()
    purpose = serializers.CharField()
    status = serializers.ChoiceField(DeclarationStatus.choices)
    signed_at = serializers.DateTimeField()
    digest = serializers.CharField(help_text="SHA-256 of `facts` as compact JSON with sorted keys, in UTF-8.")
    facts = serializers.JSONField()
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()


class DecisionInput(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(["accept", "refuse"])
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class DeclarationFilters(ApiFilterSet):
    """How declarations are narrowed."""

    status = WordFilter(DeclarationStatus.values)


class Declarations(Endpoint):
    capabilities = {"GET": "expenses.see"}
    serializer_class = DeclarationRow
    filterset_class = DeclarationFilters

    @extend_schema(tags=["receipts"], summary="What was signed instead of receipts")
    def get(self, request: Any) -> Response:
        return self.listed(Declaration.objects.visible_to(self.membership))


class ExpenseDeclaration(Endpoint):
    capabilities = {"POST": "expenses.edit"}
    serializer_class = DeclarationRow

    @extend_schema(
        tags=["receipts"],
        summary="Sign that there is no receipt",
        request=DeclarationInput,
        responses={201: DeclarationRow},
    )
    def post(self, request: Any, expense_id: UUID) -> Response:
        expense = get_object_or_404(
            Expense.objects.visible_to(self.membership).select_related("owner", "company", "authorization__card"),
            pk=expense_id,
        )
        body = DeclarationInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = declare(expense=expense, by=self.membership, now=timezone.now(), **body.validated_data)
        return Response(DeclarationRow(made).data, status=201)


class DeclarationDecision(Endpoint):
    capabilities = {"POST": "receipts.rules"}
    serializer_class = DeclarationRow

    @extend_schema(
        tags=["receipts"], summary="Accept or refuse a declaration", request=DecisionInput, responses=DeclarationRow
    )
    def post(self, request: Any, declaration_id: UUID) -> Response:
        found = get_object_or_404(Declaration.objects.visible_to(self.membership), pk=declaration_id)
        body = DecisionInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = {"declaration": found, "by": self.membership, "now": timezone.now()}
        if body.validated_data["outcome"] == "accept":
            return Response(DeclarationRow(accept_declaration(**values)).data)
        return Response(DeclarationRow(refuse_declaration(reason=body.validated_data["reason"], **values)).data)


class RulesRow(serializers.Serializer[ReceiptRules]):
    """What happens when receipts are missing. A change names only what it changes."""

    declarations_allowed = serializers.BooleanField()
    declaration_review_above = serializers.IntegerField(
        allow_null=True, min_value=0, max_value=MAX_AMOUNT, help_text="Minor units of the company's currency."
    )
    declarations_per_quarter = serializers.IntegerField(allow_null=True, min_value=0, max_value=1000)


class Rules(Endpoint):
    capabilities = {"GET": "receipts.rules", "PATCH": "receipts.rules"}
    serializer_class = RulesRow

    @extend_schema(tags=["receipts"], summary="The rules about missing receipts")
    def get(self, request: Any) -> Response:
        return Response(RulesRow(rules_of(self.company)).data)

    @extend_schema(tags=["receipts"], summary="Change the rules about missing receipts")
    def patch(self, request: Any) -> Response:
        body = RulesRow(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        rules = change_receipt_rules(by=self.membership, now=timezone.now(), **body.validated_data)
        return Response(RulesRow(rules).data)
