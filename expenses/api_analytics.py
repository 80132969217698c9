"""The API of what was spent."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from expenses import spend, subscriptions
from expenses.forms_analytics import PeriodForm


class SpendRow(serializers.Serializer[Any]):
    """What went to one category, team, person, merchant or tag."""

    key = serializers.CharField(allow_null=True, help_text="Id, or the merchant's name; null: none.")
    part = serializers.ChoiceField([spend.OF, spend.OWN, spend.NONE], help_text="own: the tag without those below it.")
    name = serializers.CharField()
    amount = serializers.IntegerField(help_text="Minor units, refunds taken off.")
    past = serializers.IntegerField(help_text="The same time a year before, or the time before.")
    currency = serializers.CharField()
    by_month = serializers.DictField(child=serializers.IntegerField(), help_text="YYYY-MM to minor units.")


class SubscriptionRow(serializers.Serializer[Any]):
    """A subscription found in what was paid."""

    merchant = serializers.CharField()
    person = serializers.UUIDField(source="person_id")
    pace = serializers.CharField(source="pace.code", help_text="week, month, quarter or year")
    amount = serializers.IntegerField(source="last.amount.amount", help_text="The last charge, in minor units.")
    currency = serializers.CharField(source="last.amount.currency")
    a_year = serializers.IntegerField(source="a_year.amount")
    last_on = serializers.DateField(source="last.on")
    next_on = serializers.DateField()
    change_percent = serializers.IntegerField(source="change")


def _date(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.DATE)


class SpendReport(Endpoint):
    """Spend by group."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see"}
    serializer_class = SpendRow

    @extend_schema(
        tags=["analytics"],
        summary="Settled spend by month and category, team, person, merchant or a group of tags",
        parameters=[
            _date("date_from"),
            _date("date_to"),
            OpenApiParameter("by", str, description="category, team, person, merchant, or the id of a group of tags"),
            OpenApiParameter("under", OpenApiTypes.UUID, description="A tag: its own tags are listed"),
            OpenApiParameter("than", str, enum=[spend.YEAR, spend.BEFORE], description="What `past` is"),
        ],
        responses=SpendRow(many=True),
    )
    def get(self, request: Any) -> Response:
        form = PeriodForm(request.query_params, company=self.company, today=self.company.day_of(timezone.now()))
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(error) for error in errors] for name, errors in form.errors.items()}
            )
        rows = spend.by_group(
            self.membership, form.period, form.group, under=form.top.pk if form.top else None, than=form.compared
        )
        return Response([self._row(row) for row in rows])

    def _row(self, row: spend.Row) -> dict[str, Any]:
        months = {f"{month:%Y-%m}": amount for month, amount in sorted(row.by_month.items())}
        key = None if row.key is None else str(row.key)
        return {
            "key": key, "part": row.part, "name": row.name, "amount": row.amount, "past": row.past, "currency": row.currency,
            "by_month": months,
        }  # fmt: skip


class SubscriptionReport(Endpoint):
    """Subscriptions."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see"}
    serializer_class = SubscriptionRow

    @extend_schema(
        tags=["analytics"], summary="Subscriptions found in what was paid", responses=SubscriptionRow(many=True)
    )
    def get(self, request: Any) -> Response:
        found = subscriptions.find(self.membership, self.company.day_of(timezone.now()))
        return Response(SubscriptionRow(found, many=True).data)
