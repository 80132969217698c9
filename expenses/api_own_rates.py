"""The API of the company's own rates of mileage and days away."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from expenses.keep_own_rate import Terms, add_own_rate, end_own_rate
from expenses.mileage_rates import VEHICLES
from expenses.models import OwnRate, OwnRateKind
from expenses.per_diem_places import is_place


class OwnRateRow(serializers.Serializer[OwnRate]):
    """A rate of the company's own, in major units of `currency`."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(OwnRateKind.choices)
    country = serializers.CharField()
    vehicle = serializers.CharField()
    place = serializers.CharField(help_text="Empty: at home.")
    currency = serializers.CharField()
    rate = serializers.DecimalField(max_digits=9, decimal_places=4)
    rate_half = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    upto = serializers.IntegerField(allow_null=True)
    rate_after = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    tax_free = serializers.DecimalField(
        max_digits=9, decimal_places=4, allow_null=True, help_text="Where nothing is published; null: all of it."
    )
    tax_free_half = serializers.DecimalField(max_digits=9, decimal_places=4, allow_null=True)
    valid_from = serializers.DateField()
    last_day = serializers.DateField(allow_null=True)


def _number(**options: Any) -> Any:
    return serializers.DecimalField(max_digits=9, decimal_places=4, min_value=0, **options)


class OwnRateInput(serializers.Serializer[Any]):
    """`vehicle`, `upto`, `rate_after` are for mileage; `place`, `rate_half` for days away."""

    kind = serializers.ChoiceField(OwnRateKind.choices)
    rate = _number()
    valid_from = serializers.DateField()
    last_day = serializers.DateField(allow_null=True, default=None)
    vehicle = serializers.ChoiceField(choices=["", *VEHICLES], default="")
    upto = serializers.IntegerField(min_value=1, max_value=1_000_000, allow_null=True, default=None)
    rate_after = _number(allow_null=True, default=None)
    place = serializers.CharField(max_length=40, allow_blank=True, default="")
    rate_half = _number(allow_null=True, default=None)
    tax_free = _number(allow_null=True, default=None)
    tax_free_half = _number(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_mileage, wrong = attrs["kind"] == OwnRateKind.MILEAGE, {}
        if not attrs["rate"]:
            wrong["rate"] = ["A rate is above 0."]
        if is_mileage != bool(attrs["vehicle"]):
            wrong["vehicle"] = ["Mileage has a vehicle, days away have none."]
        if (attrs["upto"] is None) != (attrs["rate_after"] is None) or (attrs["upto"] is not None and not is_mileage):
            wrong["upto"] = ["A distance and the rate beyond it go together, for mileage."]
        if is_mileage and (attrs["place"] or attrs["rate_half"] is not None):
            wrong["place"] = ["These are for days away."]
        if attrs["place"] and not is_place(attrs["place"], self.context["country"]):
            wrong["place"] = ["This is no place of the tables."]
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


class OwnRateEnd(serializers.Serializer[Any]):
    last_day = serializers.DateField()


class OwnRates(Endpoint):
    """The company's own rates."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "policies.manage", "POST": "policies.manage"}
    serializer_class = OwnRateRow

    @extend_schema(tags=["own rates"], summary="List own rates, ended ones included")
    def get(self, request: Any) -> Response:
        return self.listed(OwnRate.objects.for_company(self.company))

    @extend_schema(tags=["own rates"], summary="Add a rate", request=OwnRateInput, responses={201: OwnRateRow})
    def post(self, request: Any) -> Response:
        given = OwnRateInput(data=request.data, context={"country": self.company.country})
        given.is_valid(raise_exception=True)
        row = add_own_rate(by=self.membership, terms=Terms(**given.validated_data), now=timezone.now())
        return Response(OwnRateRow(row).data, status=201)


class OwnRateDetail(Endpoint):
    """One rate."""

    capabilities: ClassVar[dict[str, str]] = {"PATCH": "policies.manage"}
    serializer_class = OwnRateRow

    @extend_schema(
        tags=["own rates"], summary="End a rate; one that has not begun is removed", request=OwnRateEnd,
        responses={200: OwnRateRow, 204: None},
    )  # fmt: skip
    def patch(self, request: Any, own_rate_id: UUID) -> Response:
        own = get_object_or_404(OwnRate.objects.for_company(self.company), pk=own_rate_id)
        given = OwnRateEnd(data=request.data)
        given.is_valid(raise_exception=True)
        row = end_own_rate(own=own, by=self.membership, now=timezone.now(), **given.validated_data)
        return Response(status=204) if row is None else Response(OwnRateRow(row).data)
