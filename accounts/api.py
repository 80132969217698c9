"""The API of accounts: the token itself, the company, people and teams."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.change_person import change_person
from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, WordFilter
from accounts.invite import invite
from accounts.models import Company, Membership, MembershipStatus, Role, Team


class CompanySerializer(serializers.Serializer[Company]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    legal_name = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166, two letters")
    currency = serializers.CharField(help_text="ISO 4217 of the wallet")
    time_zone = serializers.CharField()
    vat_number = serializers.CharField()


class PersonSerializer(serializers.Serializer[Membership]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.CharField()
    status = serializers.CharField()
    team = serializers.UUIDField(source="team_id", allow_null=True)
    employee_number = serializers.CharField()
    manager = serializers.UUIDField(source="manager_id", allow_null=True)


class PersonChange(serializers.Serializer[Any]):
    """What may be changed about a person; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False)
    team = serializers.UUIDField(required=False, allow_null=True)
    employee_number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    manager = serializers.UUIDField(
        required=False, allow_null=True, help_text="An active person who does not report to this one."
    )


class MeSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(source="name", help_text="what the token is called")
    scopes = serializers.ListField(child=serializers.CharField())
    membership = PersonSerializer()
    company = CompanySerializer()


class TeamSerializer(serializers.Serializer[Team]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    leads = serializers.SerializerMethodField()

    def get_leads(self, team: Team) -> list[str]:
        return [str(person.pk) for person in team.leads.all()]


class InviteSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    role = serializers.ChoiceField(
        choices=[role for role in Role.choices if role[0] != Role.SERVICE], default=Role.EMPLOYEE
    )
    team = serializers.UUIDField(required=False, allow_null=True, default=None)


class MeEndpoint(Endpoint):
    capabilities = {"GET": "company.see"}
    serializer_class = MeSerializer

    @extend_schema(tags=["company"], summary="Who this token acts as, and what it may do")
    def get(self, request: Any) -> Response:
        return Response(self.get_serializer(request.auth).data)


class CompanyEndpoint(Endpoint):
    capabilities = {"GET": "company.see"}
    serializer_class = CompanySerializer

    @extend_schema(tags=["company"], summary="The company of this token")
    def get(self, request: Any) -> Response:
        return Response(self.get_serializer(self.company).data)


class PeopleFilters(ApiFilterSet):
    q = SearchFilter("search_text", help_text="words of the name or e-mail")
    status = WordFilter(MembershipStatus.values)


class PeopleEndpoint(Endpoint):
    capabilities = {"GET": "people.see", "POST": "people.manage"}
    serializer_class = PersonSerializer
    filterset_class = PeopleFilters

    @extend_schema(tags=["people"], summary="People, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Membership.objects.visible_to(self.membership))

    @extend_schema(
        tags=["people"], summary="Invite somebody", request=InviteSerializer, responses={201: PersonSerializer}
    )
    def post(self, request: Any) -> Response:
        body = InviteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        team = get_object_or_404(Team.objects.for_company(self.company), pk=wanted["team"]) if wanted["team"] else None
        sent = invite(
            email=wanted["email"], name=wanted["name"], role=wanted["role"], team=team, by=self.membership,
            now=timezone.now(),
        )  # fmt: skip
        return Response(self.get_serializer(sent.membership).data, status=201)


class PersonEndpoint(Endpoint):
    capabilities = {"GET": "people.see", "PATCH": "people.manage"}
    serializer_class = PersonSerializer

    @extend_schema(tags=["people"], summary="One person")
    def get(self, request: Any, person_id: Any) -> Response:
        rows = Membership.objects.visible_to(self.membership)
        return Response(self.get_serializer(get_object_or_404(rows, pk=person_id)).data)

    @extend_schema(tags=["people"], summary="Change a person", request=PersonChange, responses={200: PersonSerializer})
    def patch(self, request: Any, person_id: Any) -> Response:
        rows = Membership.objects.visible_to(self.membership).exclude(role=Role.SERVICE)
        person: Membership = get_object_or_404(rows, pk=person_id)
        body = PersonChange(data=request.data)
        body.is_valid(raise_exception=True)
        wanted: dict[str, Any] = {"name": person.name, "employee_number": person.employee_number}
        wanted |= {"team": person.team_id, "manager": person.manager_id, **body.validated_data}
        for name, kept in (("team", Team.objects), ("manager", Membership.objects)):
            if wanted[name]:
                wanted[name] = get_object_or_404(kept.for_company(self.company), pk=wanted[name])
        changed = change_person(membership=person, by=self.membership, now=timezone.now(), **wanted)
        return Response(self.get_serializer(changed).data)


class TeamsEndpoint(Endpoint):
    capabilities = {"GET": "people.see"}
    serializer_class = TeamSerializer

    @extend_schema(tags=["people"], summary="Teams and their leads")
    def get(self, request: Any) -> Response:
        return self.listed(Team.objects.for_company(self.company).prefetch_related("leads"))
