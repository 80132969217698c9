"""The API of missing receipts: what was signed instead, and the company's rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from accounts.models import Membership
from expenses.change_receipt_rules import change_receipt_rules
from expenses.debts import owed
from expenses.decide_declaration import accept_declaration, refuse_declaration
from expenses.declare import PURPOSE_LENGTH, TEXT_LENGTH, declare
from expenses.models import (
    Declaration,
    DeclarationStatus,
    Expense,
    LockPause,
    LossReason,
    ReceiptLock,
    ReceiptRules,
    rules_of,
)
from expenses.pause_lock import pause_lock, resume_lock
from expenses.remind_many import remind_many
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
    chase_is_on = serializers.BooleanField()
    chase_first_days = serializers.IntegerField(min_value=0, max_value=365, help_text="Days after the clearing.")
    chase_every_days = serializers.IntegerField(min_value=1, max_value=365)
    chase_most = serializers.IntegerField(min_value=1, max_value=50)
    escalate_days = serializers.IntegerField(allow_null=True, min_value=1, max_value=365)
    lock_is_on = serializers.BooleanField()
    lock_count = serializers.IntegerField(min_value=1, max_value=1000)
    lock_days = serializers.IntegerField(min_value=1, max_value=365)
    lock_notice_hours = serializers.IntegerField(min_value=72, max_value=1000)
    lock_spares_vendor_cards = serializers.BooleanField()
    lock_spared_merchants = serializers.ListField(
        child=serializers.CharField(min_length=3, max_length=60),
        max_length=200,
        help_text="Parts of names, case-folded.",
    )

    def validate_lock_spared_merchants(self, words: list[str]) -> list[str]:
        return list(dict.fromkeys(word.casefold() for word in words))


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


class MissingRow(serializers.Serializer[Any]):
    """A purchase whose receipt is owed."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    owner = serializers.UUIDField(source="owner_id")
    merchant = serializers.CharField()
    amount = serializers.IntegerField(help_text="Minor units.")
    currency = serializers.CharField()
    purchased_at = serializers.DateTimeField()
    owed_since = serializers.DateTimeField(help_text="When its money was cleared.")


class MissingFilters(ApiFilterSet):
    """How they are narrowed."""

    owner = UUIDFilter(field_name="owner_id")


class MissingReceipts(Endpoint):
    capabilities = {"GET": "expenses.see"}
    serializer_class = MissingRow
    filterset_class = MissingFilters

    @extend_schema(tags=["receipts"], summary="Purchases whose receipt is missing")
    def get(self, request: Any) -> Response:
        return self.listed(owed(Expense.objects.visible_to(self.membership)))


class RemindersInput(serializers.Serializer[Any]):
    expenses = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=1000)


class RemindersDone(serializers.Serializer[Any]):
    """What became of it: a person is reminded once a day at most."""

    reminded = serializers.IntegerField(help_text="People.")
    skipped = serializers.ListField(child=serializers.CharField(), help_text="Why others were not, in words.")


class ReceiptReminders(Endpoint):
    capabilities = {"POST": "receipts.chase"}
    serializer_class = RemindersDone

    @extend_schema(
        tags=["receipts"],
        summary="Remind the spenders of these purchases",
        request=RemindersInput,
        responses=RemindersDone,
    )
    def post(self, request: Any) -> Response:
        body = RemindersInput(data=request.data)
        body.is_valid(raise_exception=True)
        rows = owed(Expense.objects.visible_to(self.membership).filter(pk__in=body.validated_data["expenses"]))
        done, skipped = remind_many(expenses=rows, by=self.membership, now=timezone.now())
        return Response({"reminded": done, "skipped": [error.message() for error in skipped]})


class ReceiptLockRow(serializers.Serializer[ReceiptLock]):
    """A warning, or a lock where `locked_at` is set."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id")
    warned_at = serializers.DateTimeField()
    locks_at = serializers.DateTimeField()
    locked_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_because = serializers.CharField()


class ReceiptLocks(Endpoint):
    capabilities = {"GET": "expenses.see"}
    serializer_class = ReceiptLockRow

    @extend_schema(tags=["receipts"], summary="Warnings and locks for missing receipts")
    def get(self, request: Any) -> Response:
        return self.listed(ReceiptLock.objects.visible_to(self.membership))


class PauseInput(serializers.Serializer[Any]):
    person = serializers.UUIDField()
    until = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="Left out: for good.")
    reason = serializers.CharField(max_length=200)


class PauseRow(serializers.Serializer[LockPause]):
    """That a person's cards are left alone."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id")
    until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    by = serializers.UUIDField(source="by_id")
    ended_at = serializers.DateTimeField(allow_null=True)


class LockPauses(Endpoint):
    capabilities = {"GET": "receipts.chase", "POST": "receipts.rules"}
    serializer_class = PauseRow

    @extend_schema(tags=["receipts"], summary="Whose cards the receipt lock leaves alone")
    def get(self, request: Any) -> Response:
        return self.listed(LockPause.objects.for_company(self.company))

    @extend_schema(
        tags=["receipts"], summary="Leave a person's cards alone", request=PauseInput, responses={201: PauseRow}
    )
    def post(self, request: Any) -> Response:
        body = PauseInput(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        person = self.of_company(Membership, values["person"], field="person")
        made = pause_lock(
            person=person, by=self.membership, reason=values["reason"], until=values["until"], now=timezone.now()
        )
        return Response(PauseRow(made).data, status=201)


class LockPauseDetail(Endpoint):
    capabilities = {"DELETE": "receipts.rules"}
    serializer_class = PauseRow

    @extend_schema(tags=["receipts"], summary="End a pause of the receipt lock", responses={204: None})
    def delete(self, request: Any, pause_id: UUID) -> Response:
        rows = LockPause.objects.for_company(self.company).select_related("person", "company")
        resume_lock(pause=get_object_or_404(rows, pk=pause_id), by=self.membership, now=timezone.now())
        return Response(status=204)
