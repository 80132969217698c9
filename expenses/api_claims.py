"""The API of what people ask back for: claims with a receipt, drives, days away, and private parts."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import Company
from expenses.api import ExpenseWhole, OneExpense
from expenses.change_claim import change_claim
from expenses.claim import claim
from expenses.drive import MOST_STOPS, Way, change_drive, claim_drive
from expenses.exchange import currencies
from expenses.journey import Away, change_journey, claim_journey
from expenses.mark_private import mark_private
from expenses.mileage_rates import VEHICLES
from expenses.models import Category
from expenses.owed import NotAClaim
from expenses.per_diem import Stay
from expenses.per_diem_places import is_place
from expenses.per_diem_rates import MEALS
from expenses.withdraw_claim import withdraw_claim
from pleo.lib.money import MAX_AMOUNT, Money
from receipts.models import Receipt


class PaidInput(serializers.Serializer[Any]):
    """What was paid, in any currency with a rate of the European Central Bank."""

    merchant = serializers.CharField(max_length=120)
    date = serializers.DateField()
    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, help_text="Minor units of `currency`.")
    currency = serializers.CharField(max_length=3)
    rate = serializers.DecimalField(
        max_digits=18, decimal_places=9, min_value=0, required=False, allow_null=True, default=None,
        help_text="One unit of `currency` in the company's; left out, the European Central Bank's rate of the day.",
    )  # fmt: skip
    rate_reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate_currency(self, value: str) -> str:
        if value != self.context["home"] and value not in currencies():
            raise serializers.ValidationError("No rates are known for this currency.")
        return value


class ClaimInput(PaidInput):
    receipt = serializers.UUIDField(help_text="A receipt that the token's person uploaded.")
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    from_cash = serializers.BooleanField(required=False, default=False, help_text="Paid from the company's cash.")


class DriveInput(serializers.Serializer[Any]):
    """A drive in one's own vehicle."""

    date = serializers.DateField()
    vehicle = serializers.ChoiceField(choices=list(VEHICLES))
    stops = serializers.ListField(child=serializers.CharField(max_length=80), min_length=2, max_length=MOST_STOPS)
    one_way = serializers.DecimalField(max_digits=6, decimal_places=1, help_text="In the country's unit, km or miles.")
    is_round_trip = serializers.BooleanField(required=False, default=False)
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate_one_way(self, value: Any) -> Any:
        if value <= 0:
            raise serializers.ValidationError("A drive leads somewhere.")
        return value


class MealsInput(serializers.Serializer[Any]):
    date = serializers.DateField()
    meals = serializers.ListField(child=serializers.ChoiceField(choices=list(MEALS)), max_length=len(MEALS))


class PlaceInput(serializers.Serializer[Any]):
    date = serializers.DateField()
    place = serializers.CharField(max_length=40)


class JourneyInput(serializers.Serializer[Any]):
    """Days away."""

    destination = serializers.CharField(max_length=120)
    place = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="",
        help_text="Where the days were spent: a country's code, or a town of the tables, as `FR/Paris`. Empty: at home.",
    )  # fmt: skip
    places = PlaceInput(many=True, required=False, default=list, help_text="Days that were spent elsewhere.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    meals = MealsInput(many=True, required=False, default=list, help_text="Meals that others paid for.")
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class PrivateInput(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=0, max_value=MAX_AMOUNT, help_text="Minor units; 0 takes it back.")


class _Claims(OneExpense):
    """What the endpoints of claims share."""

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        asked = shape(data=self.request.data, context={"home": self.company.currency})
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def category(self, pk: UUID | None) -> Category | None:
        if pk is None:
            return None
        found: Category | None = Category.objects.for_company(self.company).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError({"category": ["There is no such row in this company."]})
        return found


def _way(data: dict[str, Any]) -> Way:
    stops = [stop.strip() for stop in data["stops"]]
    return Way(data["date"], data["vehicle"], stops, data["one_way"], data["is_round_trip"])


class ClaimList(_Claims):
    """Claims with a receipt."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.claim"}

    @extend_schema(
        tags=["claims"], summary="Claim what one paid", request=ClaimInput, responses={201: ExpenseWhole}
    )  # fmt: skip
    def post(self, request: Any) -> Response:
        data = self.valid(ClaimInput)
        receipt = get_object_or_404(Receipt.objects.visible_to(self.membership), pk=data.pop("receipt"))
        row = claim(
            by=self.membership, receipt=receipt, purchased_on=data.pop("date"), category=self.category(data.pop("category")),
            amount=Money(data.pop("amount"), data.pop("currency")), now=timezone.now(), **data,
        )  # fmt: skip
        return self.answer(row.pk, 201)


class ClaimDetail(_Claims):
    """One claim."""

    capabilities: ClassVar[dict[str, str]] = {"PATCH": "expenses.edit", "DELETE": "expenses.edit"}

    @extend_schema(
        tags=["claims"], summary="Withdraw a claim of any kind; it cannot be undone", responses={200: ExpenseWhole}
    )
    def delete(self, request: Any, expense_id: UUID) -> Response:
        withdraw_claim(expense=self.found(expense_id), by=self.membership, now=timezone.now())
        return self.answer(expense_id)

    @extend_schema(tags=["claims"], summary="Change what was claimed; an okay falls with it", request=PaidInput)
    def patch(self, request: Any, expense_id: UUID) -> Response:
        expense, data = self.found(expense_id), self.valid(PaidInput)
        amount = Money(data.pop("amount"), data.pop("currency"))
        change_claim(
            expense=expense,
            by=self.membership,
            purchased_on=data.pop("date"),
            amount=amount,
            now=timezone.now(),
            **data,
        )
        return self.answer(expense_id)


class DriveList(_Claims):
    """Drives."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.claim"}

    @extend_schema(tags=["claims"], summary="Claim a drive", request=DriveInput, responses={201: ExpenseWhole})
    def post(self, request: Any) -> Response:
        data = self.valid(DriveInput)
        row = claim_drive(
            by=self.membership, way=_way(data), category=self.category(data["category"]), note=data["note"],
            now=timezone.now(),
        )  # fmt: skip
        return self.answer(row.pk, 201)


class DriveDetail(_Claims):
    """One drive."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.edit"}

    @extend_schema(tags=["claims"], summary="Change a drive; an okay falls with it", request=DriveInput)
    def put(self, request: Any, expense_id: UUID) -> Response:
        expense, data = self.found(expense_id), self.valid(DriveInput)
        if not hasattr(expense, "drive"):
            raise NotAClaim
        change_drive(expense=expense, by=self.membership, way=_way(data), now=timezone.now())
        return self.answer(expense_id)


def _away(data: dict[str, Any], company: Company) -> Away:
    meals: dict[date, list[str]] = {day["date"]: day["meals"] for day in data["meals"]}
    starts_at, ends_at = (data[name].astimezone(company.zone) for name in ("starts_at", "ends_at"))
    return Away(data["destination"], starts_at, ends_at, meals, _stay(data, company.country))


def _stay(data: dict[str, Any], home: str) -> Stay:
    on = {day["date"]: day["place"] for day in data["places"]}
    for field, named in (("place", [data["place"]] if data["place"] else []), ("places", [*on.values()])):
        if any(not is_place(one, home) for one in named):
            raise serializers.ValidationError({field: ["This is no place of the tables."]})
    here = {day: "" if place == home else place for day, place in on.items()}
    return Stay("" if data["place"] == home else data["place"], here)


class JourneyList(_Claims):
    """Days away."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.claim"}

    @extend_schema(tags=["claims"], summary="Claim days away", request=JourneyInput, responses={201: ExpenseWhole})
    def post(self, request: Any) -> Response:
        data = self.valid(JourneyInput)
        row = claim_journey(
            by=self.membership, away=_away(data, self.company), category=self.category(data["category"]), note=data["note"],
            now=timezone.now(),
        )  # fmt: skip
        return self.answer(row.pk, 201)


class JourneyDetail(_Claims):
    """One journey."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.edit"}

    @extend_schema(tags=["claims"], summary="Change days away; an okay falls with it", request=JourneyInput)
    def put(self, request: Any, expense_id: UUID) -> Response:
        expense, data = self.found(expense_id), self.valid(JourneyInput)
        if not hasattr(expense, "journey"):
            raise NotAClaim
        change_journey(expense=expense, by=self.membership, away=_away(data, self.company), now=timezone.now())
        return self.answer(expense_id)


class ExpensePrivate(_Claims):
    """How much of an expense is private."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.edit"}

    @extend_schema(tags=["expenses"], summary="Say how much is private", request=PrivateInput)
    def put(self, request: Any, expense_id: UUID) -> Response:
        expense, data = self.found(expense_id), self.valid(PrivateInput)
        mark_private(
            expense=expense, by=self.membership, amount=Money(data["amount"], expense.currency), now=timezone.now()
        )
        return self.answer(expense_id)
