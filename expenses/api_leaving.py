"""The API of somebody's leaving."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.models import Membership, MembershipStatus, Role
from cards.models import Leaving
from cards.offboard import NotLeaving, current, end_leaving, let_back_in, start_leaving, undo_leaving
from expenses.leaving import LeavingPage
from wallet.api import MoneySerializer


class NewLeavingSerializer(serializers.Serializer[Any]):
    lead = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="who leads their teams now")
    waits = serializers.BooleanField(required=False, default=False, help_text="end by itself once nothing is reserved")


class LeavingSerializer(serializers.Serializer[Any]):
    """Where a person's leaving stands."""

    status = serializers.ChoiceField(choices=MembershipStatus.choices, source="person.status")
    is_leaving = serializers.SerializerMethodField()
    waits = serializers.SerializerMethodField()
    open_cards = serializers.IntegerField()
    resting_cards = serializers.IntegerField(source="frozen")
    reserved = MoneySerializer(source="held", help_text="what is still waited for")
    claimed = MoneySerializer(help_text="what the person asked back for")
    missing = serializers.IntegerField(source="undone", help_text="expenses that wait for the person")

    def get_is_leaving(self, page: LeavingPage) -> bool:
        return page.leaving is not None

    def get_waits(self, page: LeavingPage) -> bool:
        return page.leaving is not None and page.leaving.waits


class _OfPeople(Endpoint):
    serializer_class = LeavingSerializer

    def person(self, person_id: UUID) -> Membership:
        rows = Membership.objects.for_company(self.company).exclude(role=Role.SERVICE).select_related("company")
        found: Membership = get_object_or_404(rows, pk=person_id)
        return found

    def leaving(self, person_id: UUID) -> Leaving:
        found = current(self.person(person_id))
        if found is None:
            raise NotLeaving
        return found

    def shown(self, person_id: UUID, status: int = 200) -> Response:
        page = LeavingPage(self.person(person_id), self.membership)
        return Response(self.get_serializer(page).data, status=status)


class PersonLeaving(_OfPeople):
    capabilities = {"GET": "people.manage", "POST": "people.manage", "DELETE": "people.manage"}

    @extend_schema(tags=["people"], summary="Where somebody's leaving stands")
    def get(self, request: Any, person_id: UUID) -> Response:
        return self.shown(person_id)

    @extend_schema(
        tags=["people"],
        summary="Begin to let somebody go: their cards rest",
        request=NewLeavingSerializer,
        responses={201: LeavingSerializer},
    )
    def post(self, request: Any, person_id: UUID) -> Response:
        person = self.person(person_id)
        body = NewLeavingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        lead = self.person(wanted["lead"]) if wanted["lead"] else None
        start_leaving(person=person, by=self.membership, lead=lead, waits=wanted["waits"])
        return self.shown(person_id, 201)

    @extend_schema(tags=["people"], summary="Let them stay after all", responses={200: LeavingSerializer})
    def delete(self, request: Any, person_id: UUID) -> Response:
        undo_leaving(leaving=self.leaving(person_id), by=self.membership)
        return self.shown(person_id)


class PersonLeavingEnd(_OfPeople):
    capabilities = {"POST": "people.manage"}

    @extend_schema(
        tags=["people"], summary="Close their cards and their way in", request=None, responses={201: LeavingSerializer}
    )
    def post(self, request: Any, person_id: UUID) -> Response:
        end_leaving(leaving=self.leaving(person_id), by=self.membership)
        return self.shown(person_id, 201)


class PersonReturn(_OfPeople):
    capabilities = {"POST": "people.manage"}

    @extend_schema(
        tags=["people"], summary="Let somebody back in who left", request=None, responses={201: LeavingSerializer}
    )
    def post(self, request: Any, person_id: UUID) -> Response:
        let_back_in(person=self.person(person_id), by=self.membership)
        return self.shown(person_id, 201)
