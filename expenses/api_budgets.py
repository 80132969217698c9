"""The API of budgets."""

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
from accounts.filters import ApiFilterSet, SearchFilter, TruthFilter, WordFilter
from accounts.models import Membership, Team
from expenses.archive_budget import archive_budget
from expenses.budget_forecast import forecast, regulars
from expenses.budget_use import PARTS, Use, current, uses
from expenses.keep_budget import USUAL_WARNINGS, Terms, change_budget, make_budget
from expenses.models import Budget, BudgetInterval, Category, Tag
from pleo.lib.money import MAX_AMOUNT, Money


class BudgetUse(serializers.Serializer[Any]):
    """A period of a budget. Amounts in minor units; `used` is the sum of the four parts."""

    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    amount = serializers.IntegerField(help_text="The budget itself.")
    carried = serializers.IntegerField(help_text="What the period before left over.")
    cleared = serializers.IntegerField()
    held = serializers.IntegerField()
    claimed = serializers.IntegerField()
    asked = serializers.IntegerField(help_text="Granted beforehand and not spent.")
    used = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Below zero when it is overrun.")
    forecast = serializers.IntegerField(allow_null=True, help_text="Where the period ends; null: too early, or over.")


class BudgetRow(serializers.Serializer[Any]):
    """A budget with its period of today."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    owner = serializers.UUIDField(source="owner_id")
    team = serializers.UUIDField(source="team_id", allow_null=True)
    category = serializers.UUIDField(source="category_id", allow_null=True)
    tag = serializers.UUIDField(source="tag_id", allow_null=True)
    interval = serializers.ChoiceField(BudgetInterval.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    is_hard = serializers.BooleanField()
    rolls_over = serializers.BooleanField()
    warn_at = serializers.ListField(child=serializers.IntegerField())
    archived_at = serializers.DateTimeField(allow_null=True)
    now = BudgetUse()


class BudgetChange(serializers.Serializer[Any]):
    """What may be changed of a budget; it is written whole."""

    name = serializers.CharField(max_length=80)
    owner = serializers.UUIDField()
    amount = serializers.IntegerField(
        min_value=1, max_value=MAX_AMOUNT, help_text="Minor units of the company's currency."
    )
    team = serializers.UUIDField(allow_null=True, default=None)
    category = serializers.UUIDField(allow_null=True, default=None)
    tag = serializers.UUIDField(allow_null=True, default=None)
    is_hard = serializers.BooleanField(default=False)
    rolls_over = serializers.BooleanField(default=False)
    warn_at = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=500), default=list(USUAL_WARNINGS), max_length=5
    )


class BudgetInput(BudgetChange):
    """A budget to make. `ends_on` is for one that holds once."""

    interval = serializers.ChoiceField(BudgetInterval.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, default=None)


class BudgetFilters(ApiFilterSet):
    """What the list may be narrowed by."""

    search = SearchFilter("search_text")
    team = UUIDFilter()
    category = UUIDFilter()
    tag = UUIDFilter()
    owner = UUIDFilter()
    interval = WordFilter(BudgetInterval.values)
    archived = TruthFilter(field_name="archived_at", lookup_expr="isnull", exclude=True)


class _Budgets(Endpoint):
    serializer_class: type[serializers.Serializer[Any]] = BudgetRow

    def rows(self) -> Any:
        return Budget.objects.visible_to(self.membership).select_related("company", "team", "category", "tag", "owner")

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def terms(self, data: dict[str, Any]) -> Terms:
        owner = self.of_company(Membership, data["owner"], field="owner")
        team = self.of_company(Team, data["team"], field="team")
        category = self.of_company(Category, data["category"], field="category")
        tag = self.of_company(Tag, data["tag"], field="tag")
        rest = {name: data[name] for name in ("name", "is_hard", "rolls_over", "warn_at")}
        return Terms(
            owner=owner,
            team=team,
            category=category,
            tag=tag,
            amount=Money(data["amount"], self.company.currency),
            **rest,
        )

    def with_use(self, rows: list[Budget]) -> list[Budget]:
        """Hang what is used onto budgets, for all of them at once."""
        today = self.company.day_of(timezone.now())
        known = regulars(self.company, today) if rows else []
        for pk, use in current(rows, today=today).items():
            row: Any = next(each for each in rows if each.pk == pk)
            row.now = use_row(use, forecast(row, use, known, today))
        return rows

    def answer(self, budget_id: Any, status: int = 200) -> Response:
        row = get_object_or_404(self.rows(), pk=budget_id)
        return Response(BudgetRow(self.with_use([row])[0]).data, status=status)

    def paginate_queryset(self, queryset: Any) -> Any:
        found: Any = super().paginate_queryset(queryset)
        return self.with_use(list(found))


def use_row(use: Use, ends_at: Money | None) -> dict[str, Any]:
    """Return a period in the shape of the API."""
    parts = {name: use.part(name).amount for name in PARTS}
    return {
        "starts_on": use.period.first, "ends_on": use.period.last, "amount": use.amount, "carried": use.carried, **parts,
        "used": use.used.amount, "left": use.left.amount, "forecast": ends_at.amount if ends_at else None,
    }  # fmt: skip


class Budgets(_Budgets):
    """Budgets."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "budgets.see", "POST": "budgets.manage"}
    filterset_class = BudgetFilters

    @extend_schema(tags=["budgets"], summary="List budgets with their period of today, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.rows())

    @extend_schema(tags=["budgets"], summary="Make a budget", request=BudgetInput, responses={201: BudgetRow})
    def post(self, request: Any) -> Response:
        data = self.valid(BudgetInput)
        when = {name: data[name] for name in ("interval", "starts_on", "ends_on")}
        made = make_budget(by=self.membership, terms=self.terms(data), now=timezone.now(), **when)
        return self.answer(made.pk, status=201)


class BudgetDetail(_Budgets):
    """One budget."""

    capabilities: ClassVar[dict[str, str]] = {
        "GET": "budgets.see", "PUT": "budgets.manage", "DELETE": "budgets.manage",
    }  # fmt: skip

    @extend_schema(tags=["budgets"], summary="One budget")
    def get(self, request: Any, budget_id: UUID) -> Response:
        return self.answer(budget_id)

    @extend_schema(tags=["budgets"], summary="Change a budget, from this period on", request=BudgetChange)
    def put(self, request: Any, budget_id: UUID) -> Response:
        row, data = get_object_or_404(self.rows(), pk=budget_id), self.valid(BudgetChange)
        change_budget(budget=row, by=self.membership, terms=self.terms(data), now=timezone.now())
        return self.answer(budget_id)

    @extend_schema(tags=["budgets"], summary="Archive a budget", responses={204: None})
    def delete(self, request: Any, budget_id: UUID) -> Response:
        row = get_object_or_404(self.rows(), pk=budget_id)
        archive_budget(budget=row, by=self.membership, is_archived=True, now=timezone.now())
        return Response(status=204)


class BudgetPeriods(_Budgets):
    """The periods of a budget so far."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "budgets.see"}
    serializer_class = BudgetUse

    @extend_schema(tags=["budgets"], summary="The periods of a budget so far", responses=BudgetUse(many=True))
    def get(self, request: Any, budget_id: UUID) -> Response:
        row = get_object_or_404(self.rows(), pk=budget_id)
        found = uses([row], today=self.company.day_of(timezone.now()))[row.pk]
        return Response([use_row(use, None) for use in found])
