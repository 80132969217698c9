"""The API of what hangs on a person or a card policy, and of every rule on trial."""

from __future__ import annotations

from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from cards.api import NewLimitSerializer
from cards.api_controls import ControlSerializer, NewRaiseSerializer, PolicySerializer, RaiseSerializer, TrialSerializer
from cards.backtest import backtest
from cards.card_policies import archive_policy, rename_policy, restore_policy
from cards.limits import end_raise, raise_limit, set_limit
from cards.models import Control, Interval, Limit
from cards.places import place_of
from cards.rule_words import rule_says
from cards.trials import drop_trial, switch_on
from pleo.lib import format
from wallet.api import MoneySerializer


class OwnLimitSerializer(serializers.Serializer[Limit]):
    interval = serializers.ChoiceField(choices=Interval.choices)
    limit = MoneySerializer(source="cap")
    is_hard = serializers.BooleanField(source="hard")
    on_trial = serializers.BooleanField(source="shadow")
    set_at = serializers.DateTimeField()


class NewOwnLimitSerializer(NewLimitSerializer):
    on_trial = serializers.BooleanField(default=False)


class RuleTrialSerializer(serializers.Serializer[Any]):
    """A control or a limit that runs beside what is in force and declines nothing. One of `kind` and `interval` is set."""

    id = serializers.UUIDField()
    kind = serializers.SerializerMethodField(help_text="of a control: which")
    interval = serializers.SerializerMethodField(help_text="of a limit: which")
    card = serializers.UUIDField(source="card_id", allow_null=True)
    person = serializers.SerializerMethodField()
    policy = serializers.UUIDField(source="template_id", allow_null=True)
    says = serializers.SerializerMethodField(help_text="the rule in words")
    set_at = serializers.DateTimeField()

    def get_kind(self, rule: Control | Limit) -> str:
        return rule.kind if isinstance(rule, Control) else ""

    def get_interval(self, rule: Control | Limit) -> str:
        return rule.interval if isinstance(rule, Limit) else ""

    def get_person(self, rule: Control | Limit) -> str | None:
        return str(rule.membership_id) if isinstance(rule, Limit) and rule.membership_id else None

    def get_says(self, rule: Control | Limit) -> str:
        if isinstance(rule, Control):
            return rule_says(rule)
        return f"{rule.get_interval_display()}: {format.amount(rule.cap)}"


class OwnLimitsEndpoint(Endpoint):
    """Limits of a person over all their cards, or of a card policy for each card that follows it."""

    capabilities = {"GET": "cards.limits", "PUT": "cards.limits"}
    serializer_class = OwnLimitSerializer

    @extend_schema(
        tags=["cards"], summary="Limits of a person or a card policy, those on trial too",
        responses=OwnLimitSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Any, **ids: UUID) -> Response:
        place = place_of(self.membership, **ids)
        rows = [*place.live().values(), *(row for row, _page in place.trials())]
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(
        tags=["cards"], summary="Set or remove limits of a person or a card policy",
        request=NewOwnLimitSerializer(many=True), responses=OwnLimitSerializer(many=True),
    )  # fmt: skip
    def put(self, request: Any, **ids: UUID) -> Response:
        place = place_of(self.membership, **ids)
        body = NewOwnLimitSerializer(data=request.data, many=True, max_length=len(Interval))  # type: ignore[call-arg]
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            for each in body.validated_data:
                set_limit(
                    **place.whose, interval=each["interval"], amount=each["limit"], hard=each["is_hard"],
                    shadow=each["on_trial"], by=self.membership,
                )  # fmt: skip
        return self.get(request, **ids)


class PersonRaisesEndpoint(Endpoint):
    capabilities = {"GET": "cards.limits", "POST": "cards.limits"}
    serializer_class = RaiseSerializer

    @extend_schema(
        tags=["cards"], summary="Limits of a person that are raised for a while", responses=RaiseSerializer(many=True)
    )
    def get(self, request: Any, person_id: UUID) -> Response:
        return Response(
            self.get_serializer(place_of(self.membership, person_id=person_id).raises(timezone.now()), many=True).data
        )

    @extend_schema(
        tags=["cards"], summary="Raise a limit of a person for a while", request=NewRaiseSerializer,
        responses={201: RaiseSerializer},
    )  # fmt: skip
    def post(self, request: Any, person_id: UUID) -> Response:
        place = place_of(self.membership, person_id=person_id)
        body = NewRaiseSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        made = raise_limit(**place.whose, amount=wanted.pop("limit"), by=self.membership, **wanted)
        return Response(self.get_serializer(made).data, status=201)


class RaiseEndpoint(Endpoint):
    capabilities = {"DELETE": "cards.limits"}
    serializer_class = RaiseSerializer

    @extend_schema(tags=["cards"], summary="End a raise now", responses={204: None})
    def delete(self, request: Any, raise_id: UUID) -> Response:
        rows = Limit.objects.for_company(self.company).exclude(ends_at=None).select_related("company")
        end_raise(limit=get_object_or_404(rows, pk=raise_id), by=self.membership)
        return Response(status=204)


class PolicyEndpoint(Endpoint):
    capabilities = {"GET": "cards.limits", "PATCH": "cards.limits", "DELETE": "cards.limits"}
    serializer_class = PolicySerializer

    @extend_schema(tags=["cards"], summary="One card policy")
    def get(self, request: Any, template_id: UUID) -> Response:
        return Response(self.get_serializer(place_of(self.membership, template_id=template_id).owner).data)

    @extend_schema(tags=["cards"], summary="Give a card policy another name")
    def patch(self, request: Any, template_id: UUID) -> Response:
        template: Any = place_of(self.membership, template_id=template_id).owner
        name = serializers.CharField(max_length=60).run_validation(request.data.get("name", ""))
        return Response(self.get_serializer(rename_policy(template=template, name=name, by=self.membership)).data)

    @extend_schema(tags=["cards"], summary="Archive a card policy that no card follows", responses=PolicySerializer)
    def delete(self, request: Any, template_id: UUID) -> Response:
        template: Any = place_of(self.membership, template_id=template_id).owner
        return Response(self.get_serializer(archive_policy(template=template, by=self.membership)).data)


class PolicyRestorationEndpoint(Endpoint):
    capabilities = {"POST": "cards.limits"}
    serializer_class = PolicySerializer

    @extend_schema(tags=["cards"], summary="Bring an archived card policy back", request=None)
    def post(self, request: Any, template_id: UUID) -> Response:
        template: Any = place_of(self.membership, template_id=template_id).owner
        return Response(self.get_serializer(restore_policy(template=template, by=self.membership)).data)


class PolicyControlsEndpoint(Endpoint):
    capabilities = {"GET": "cards.limits"}
    serializer_class = ControlSerializer

    @extend_schema(tags=["cards"], summary="Rules of a card policy", responses=ControlSerializer(many=True))
    def get(self, request: Any, template_id: UUID) -> Response:
        return Response(
            self.get_serializer(place_of(self.membership, template_id=template_id).controls(), many=True).data
        )


def trials_of(company: Any) -> tuple[Any, Any]:
    """Return the controls and the limits of a company that run on trial."""
    controls = Control.objects.live().filter(company=company, shadow=True).select_related("company", "card", "template")
    limits = Limit.objects.filter(company=company, shadow=True, ended_at=None)
    return controls, limits.select_related("company", "card", "template", "membership")


class _OfTrials(Endpoint):
    serializer_class = RuleTrialSerializer

    def trial(self, rule_id: UUID) -> Control | Limit:
        controls, limits = trials_of(self.company)
        found: Control | Limit = controls.filter(pk=rule_id).first() or get_object_or_404(limits, pk=rule_id)
        return found


class TrialsEndpoint(_OfTrials):
    capabilities = {"GET": "cards.limits"}

    @extend_schema(
        tags=["cards"],
        summary="Rules on trial",
        operation_id="rule_trials_list",
        responses=RuleTrialSerializer(many=True),
    )
    def get(self, request: Any) -> Response:
        rows = sorted(chain(*trials_of(self.company)), key=lambda rule: (rule.set_at, rule.pk))
        return Response(self.get_serializer(rows, many=True).data)


class TrialEndpoint(_OfTrials):
    capabilities = {"GET": "cards.limits", "DELETE": "cards.limits"}

    @extend_schema(
        tags=["cards"], summary="What a rule on trial would have declined in 90 days", responses=TrialSerializer
    )
    def get(self, request: Any, rule_id: UUID) -> Response:
        return Response(TrialSerializer(backtest(self.trial(rule_id), timezone.now())).data)

    @extend_schema(tags=["cards"], summary="Drop a rule on trial; nothing else changes", responses={204: None})
    def delete(self, request: Any, rule_id: UUID) -> Response:
        drop_trial(rule=self.trial(rule_id), by=self.membership)
        return Response(status=204)


class TrialSwitchEndpoint(_OfTrials):
    capabilities = {"POST": "cards.limits"}

    @extend_schema(tags=["cards"], summary="Let a rule on trial hold from now on", request=None, responses={204: None})
    def post(self, request: Any, rule_id: UUID) -> Response:
        switch_on(rule=self.trial(rule_id), by=self.membership)
        return Response(status=204)
