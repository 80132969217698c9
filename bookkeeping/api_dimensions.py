"""The API of dimensions: which tag group stands at which place of the books."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from bookkeeping.dimensions import Place, PlaceTaken, dimensions_of, place_groups
from bookkeeping.models.dimensions import PLACES
from expenses.models import TagGroup


class DimensionSerializer(serializers.Serializer[Place]):
    tag_group = serializers.UUIDField(source="group_id")
    place = serializers.IntegerField(help_text="1 and 2 are KOST1 and KOST2 in DATEV, and so on; see the guide")
    sie_number = serializers.IntegerField()


class PlacedInput(serializers.Serializer[Any]):
    tag_group = serializers.UUIDField()
    place = serializers.IntegerField(min_value=1, max_value=PLACES)


class DimensionsInput(serializers.Serializer[Any]):
    """All groups that stand in the books; what is left out does not."""

    dimensions = serializers.ListField(child=PlacedInput(), max_length=PLACES)


class DimensionsEndpoint(Endpoint):
    capabilities: ClassVar[dict[str, str]] = {"GET": "books.see", "PUT": "books.settings"}
    serializer_class = DimensionSerializer

    @extend_schema(
        tags=["books"], summary="Tag groups as dimensions of the books", responses=DimensionSerializer(many=True)
    )
    def get(self, request: Any) -> Response:
        return self._answer()

    @extend_schema(
        tags=["books"], summary="Set which tag groups are dimensions, all at once", request=DimensionsInput,
        responses=DimensionSerializer(many=True),
    )  # fmt: skip
    def put(self, request: Any) -> Response:
        body = DimensionsInput(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = {}
        for row in body.validated_data["dimensions"]:
            group = self.of_company(TagGroup, row["tag_group"], field="dimensions")
            wanted[group.pk] = row["place"]
        if len(wanted) < len(body.validated_data["dimensions"]):
            raise serializers.ValidationError({"dimensions": ["A group stands at one place."]})
        try:
            place_groups(by=self.membership, wanted=wanted)
        except PlaceTaken as error:
            raise serializers.ValidationError({"dimensions": [error.message()]}) from None
        return self._answer()

    def _answer(self) -> Response:
        found = sorted(dimensions_of(self.company.pk), key=lambda one: one.place)
        return Response([DimensionSerializer(one).data for one in found])
