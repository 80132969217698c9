"""The API of requests to spend."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, WordFilter
from accounts.models import Team
from cards.models import Card
from expenses.ask import Wanted, ask
from expenses.budget_use import spent_on
from expenses.close_ask import close_ask, undo_ask, withdraw_ask
from expenses.decide_ask import Yes, approve_ask, decline_ask
from expenses.exchange import currencies
from expenses.match_ask import match_by_hand
from expenses.models import AskStage, AskStatus, Category, Deed, Expense, SpendRequest, Tag
from pleo.lib.money import MAX_AMOUNT, Money


class AskDecisionRow(serializers.Serializer[Any]):
    """What somebody said, at which stage."""

    by = serializers.UUIDField(source="by_id")
    stage = serializers.CharField(help_text="manager or finance")
    verdict = serializers.CharField(help_text="approved, declined or undone")
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    comment = serializers.CharField()
    over_reason = serializers.CharField(help_text="Why a hard budget was overridden.")
    decided_at = serializers.DateTimeField()


class AskRow(serializers.Serializer[Any]):
    """A request to spend. `amount` is what was asked for; `value`, `granted` and `spent` are in the company's currency."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    asked_by = serializers.UUIDField(source="asked_by_id")
    asked_at = serializers.DateTimeField()
    title = serializers.CharField()
    reason = serializers.CharField()
    merchant = serializers.CharField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    value = serializers.IntegerField()
    value_currency = serializers.CharField()
    until = serializers.DateField()
    team = serializers.UUIDField(source="team_id", allow_null=True)
    category = serializers.UUIDField(source="category_id", allow_null=True)
    tag = serializers.UUIDField(source="tag_id", allow_null=True)
    status = serializers.CharField(help_text=", ".join(AskStatus.values))
    stage = serializers.CharField(help_text=f"Whose turn it is: {', '.join(AskStage.values)}, or empty.")
    granted = serializers.IntegerField(allow_null=True)
    deed = serializers.CharField(help_text=f"What the approval did: {', '.join(Deed.values)}, or empty.")
    card = serializers.UUIDField(source="made_id", allow_null=True)


class AskWhole(AskRow):
    """A request with its answers and what was spent on it."""

    spent = serializers.IntegerField()
    decisions = AskDecisionRow(many=True)


class AskInput(serializers.Serializer[Any]):
    """What somebody wants to buy. `key` makes a repeat the first request."""

    key = serializers.CharField(max_length=64)
    title = serializers.CharField(max_length=120)
    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, help_text="Minor units.")
    currency = serializers.CharField(max_length=3)
    until = serializers.DateField()
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
    merchant = serializers.CharField(max_length=120, default="", allow_blank=True)
    team = serializers.UUIDField(allow_null=True, default=None)
    category = serializers.UUIDField(allow_null=True, default=None)
    tag = serializers.UUIDField(allow_null=True, default=None)

    def validate_currency(self, value: str) -> str:
        if value not in currencies():
            raise serializers.ValidationError("No rate is published for this currency.")
        return value


class ApprovalInput(serializers.Serializer[Any]):
    """A yes. `deed` is needed from whoever decides last; `card` for a raise; `over_reason` overrides a hard budget."""

    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, allow_null=True, default=None)
    deed = serializers.CharField(default="", allow_blank=True, help_text=", ".join(Deed.values))
    card = serializers.UUIDField(allow_null=True, default=None)
    comment = serializers.CharField(max_length=500, default="", allow_blank=True)
    over_reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class RefusalInput(serializers.Serializer[Any]):
    """A no, with words for the person who asked."""

    comment = serializers.CharField(max_length=500)


class SpendInput(serializers.Serializer[Any]):
    """What was bought with it."""

    expense = serializers.UUIDField()


class AskFilters(ApiFilterSet):
    """What the list may be narrowed by."""

    search = SearchFilter("search_text")
    status = WordFilter(AskStatus.values)
    stage = WordFilter(AskStage.values)
    asked_by = UUIDFilter()
    team = UUIDFilter()
    category = UUIDFilter()


class _Asks(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"POST": "requests.see"}
    serializer_class: type[serializers.Serializer[Any]] = AskWhole

    def rows(self) -> Any:
        rows = SpendRequest.objects.visible_to(self.membership)
        return rows.select_related("asked_by__company", "company", "made")

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def found(self, ask_id: UUID) -> SpendRequest:
        row: SpendRequest = get_object_or_404(self.rows(), pk=ask_id)
        return row

    def answer(self, ask_id: Any, status: int = 200) -> Response:
        row: Any = self.found(ask_id)
        row.spent = spent_on([row]).get(row.pk, 0)
        shown = {**AskRow(row).data, "spent": row.spent}
        shown["decisions"] = AskDecisionRow(row.decisions.order_by("id"), many=True).data
        return Response(shown, status=status)

    def act(self, verb: Any, ask_id: UUID, **extra: Any) -> Response:
        verb(request=self.found(ask_id), by=self.membership, now=timezone.now(), **extra)
        return self.answer(ask_id)


class SpendRequests(_Asks):
    """Requests to spend."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "requests.see", "POST": "requests.ask"}
    serializer_class = AskRow
    filterset_class = AskFilters

    @extend_schema(tags=["requests"], summary="List requests to spend, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.rows())

    @extend_schema(tags=["requests"], summary="Ask before spending", request=AskInput, responses={201: AskWhole})
    def post(self, request: Any) -> Response:
        data = self.valid(AskInput)
        masters: dict[str, Any] = {
            name: self.of_company(model, data[name], field=name)
            for name, model in (("team", Team), ("category", Category), ("tag", Tag))
        }
        words = {name: data[name] for name in ("title", "until", "reason", "merchant")}
        wanted = Wanted(amount=Money(data["amount"], data["currency"]), **words, **masters)
        made = ask(by=self.membership, wanted=wanted, client_key=data["key"], now=timezone.now())
        return self.answer(made.pk, status=201)


class SpendRequestDetail(_Asks):
    """One request; taking one's own back."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "requests.see", "DELETE": "requests.ask"}

    @extend_schema(tags=["requests"], summary="One request with its answers")
    def get(self, request: Any, ask_id: UUID) -> Response:
        return self.answer(ask_id)

    @extend_schema(tags=["requests"], summary="Take one's own request back", responses={200: AskWhole})
    def delete(self, request: Any, ask_id: UUID) -> Response:
        return self.act(withdraw_ask, ask_id)


class Approval(_Asks):
    """A yes."""

    @extend_schema(tags=["requests"], summary="Say yes to a request", request=ApprovalInput, responses=AskWhole)
    def post(self, request: Any, ask_id: UUID) -> Response:
        row, data = self.found(ask_id), self.valid(ApprovalInput)
        card = self.of_company(Card, data["card"], field="card")
        amount = None if data["amount"] is None else Money(data["amount"], row.value_currency)
        yes = Yes(amount, data["deed"], card, data["over_reason"])
        return self.act(approve_ask, ask_id, yes=yes, comment=data["comment"])


class Refusal(_Asks):
    """A no."""

    @extend_schema(tags=["requests"], summary="Say no to a request", request=RefusalInput, responses=AskWhole)
    def post(self, request: Any, ask_id: UUID) -> Response:
        self.found(ask_id)
        return self.act(decline_ask, ask_id, comment=self.valid(RefusalInput)["comment"])


class Undoing(_Asks):
    """The way back while nothing is spent."""

    @extend_schema(tags=["requests"], summary="Take a decision back", request=None, responses=AskWhole)
    def post(self, request: Any, ask_id: UUID) -> Response:
        return self.act(undo_ask, ask_id)


class Closing(_Asks):
    """The end of a request that is not needed any more."""

    @extend_schema(tags=["requests"], summary="Close an approved request", request=None, responses=AskWhole)
    def post(self, request: Any, ask_id: UUID) -> Response:
        return self.act(close_ask, ask_id)


class Spends(_Asks):
    """What was bought with a request."""

    @extend_schema(tags=["requests"], summary="Match an expense", request=SpendInput, responses=AskWhole)
    def post(self, request: Any, ask_id: UUID) -> Response:
        self.found(ask_id)
        rows = Expense.objects.visible_to(self.membership).select_related("company")
        expense = get_object_or_404(rows, pk=self.valid(SpendInput)["expense"])
        return self.act(match_by_hand, ask_id, expense=expense)
