"""The API of the expense policy: rules, their trials, flags of expenses, guidelines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, TruthFilter
from accounts.models import Team
from expenses.answer_flag import LENGTH, answer_flag
from expenses.api import ExpenseWhole, OneExpense
from expenses.archive_rule import archive_rule
from expenses.guidelines import published, rendered, sections_in
from expenses.keep_rule import REQUIRED, Wording, keep_rule
from expenses.let_flag_pass import let_flag_pass
from expenses.models import (
    Category,
    Guideline,
    PolicyCheck,
    PolicyEffect,
    PolicyFlag,
    PolicyRule,
    PolicyRun,
    PolicyVersion,
)
from expenses.policy_shape import KINDS, PARAMETERS
from expenses.start_policy_run import start_run
from expenses.switch_on_rule import switch_on_rule
from pleo.lib.money import MAX_AMOUNT, is_currency

TRIAL_DAYS = 90


class ScopeShape(serializers.Serializer[Any]):
    """What a rule is narrowed to; what is left out means all. Amounts in minor units of the company's currency."""

    kinds = serializers.ListField(child=serializers.ChoiceField([pair[0] for pair in KINDS]), required=False)
    categories = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=200)
    teams = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=200)
    above = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=MAX_AMOUNT, help_text="This amount itself is not above."
    )
    upto = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_AMOUNT)
    except_merchants = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=100)


class ParametersShape(serializers.Serializer[Any]):
    """The values of a rule's check; each check has its own."""

    limit = serializers.IntegerField(required=False, min_value=0, max_value=MAX_AMOUNT, help_text="Minor units.")
    percent = serializers.DecimalField(required=False, max_digits=6, decimal_places=2, min_value=0)
    days = serializers.IntegerField(required=False, min_value=0, max_value=3650)
    distance = serializers.DecimalField(required=False, max_digits=6, decimal_places=1, min_value=0)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), required=False, max_length=7, help_text="0 is Monday."
    )
    holidays = serializers.ListField(child=serializers.DateField(), required=False, max_length=100)
    currencies = serializers.ListField(child=serializers.CharField(max_length=3), required=False, max_length=200)
    merchants = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=100)


class PolicyRuleInput(serializers.Serializer[Any]):
    """What a version of a rule says. The check of a rule stays what it was."""

    name = serializers.CharField(max_length=80)
    check = serializers.ChoiceField(PolicyCheck.choices)
    effect = serializers.ChoiceField(PolicyEffect.choices, required=False, default=PolicyEffect.WARN)
    scope = ScopeShape(required=False)
    parameters = ParametersShape(required=False)
    section = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")
    valid_from = serializers.DateField()
    valid_upto = serializers.DateField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wanted, given = set(PARAMETERS[attrs["check"]]), dict(attrs.get("parameters") or {})
        if attrs["check"] == PolicyCheck.DAY_OFF:
            given = {"weekdays": [], "holidays": [], **given}
        if set(given) != wanted:
            raise serializers.ValidationError(
                {"parameters": [f"This check has: {', '.join(sorted(wanted)) or 'none'}."]}
            )
        if any(not is_currency(code) for code in given.get("currencies", ())):
            raise serializers.ValidationError({"parameters": ["currencies: write ISO 4217 codes."]})
        if attrs["valid_upto"] and attrs["valid_upto"] < attrs["valid_from"]:
            raise serializers.ValidationError({"valid_upto": ["It ends before it begins."]})
        if attrs["check"] not in REQUIRED and attrs["effect"] == PolicyEffect.REQUIRE:
            raise serializers.ValidationError({"effect": ["Only a field can be required."]})
        scope = attrs.get("scope") or {}
        if None not in (scope.get("above"), scope.get("upto")) and scope["upto"] <= scope["above"]:
            raise serializers.ValidationError({"scope": ["upto is not more than above."]})
        return attrs


class VersionRow(serializers.Serializer[PolicyVersion]):
    """A version of a rule."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    check = serializers.CharField(source="check_code")
    effect = serializers.CharField()
    scope = serializers.DictField()
    parameters = serializers.DictField()
    section = serializers.CharField()
    valid_from = serializers.DateField()
    valid_upto = serializers.DateField(allow_null=True)
    switched_on_at = serializers.DateTimeField(allow_null=True, help_text="Null: a draft.")


class PolicyRuleRow(serializers.Serializer[PolicyRule]):
    """A rule with its versions, the newest first."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    archived_at = serializers.DateTimeField(allow_null=True)
    versions = serializers.SerializerMethodField()

    @extend_schema_field(VersionRow(many=True))
    def get_versions(self, rule: PolicyRule) -> Any:
        newest: Any = sorted(rule.versions.all(), key=lambda one: -one.number)
        return VersionRow(newest, many=True).data


class PolicyRunRow(serializers.Serializer[PolicyRun]):
    """Going through many expenses with a rule."""

    id = serializers.UUIDField()
    kind = serializers.CharField(help_text="preview or apply.")
    status = serializers.CharField()
    since = serializers.DateField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    found = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="What those sum to, in minor units of the company's currency.")
    examples = serializers.ListField(child=serializers.UUIDField(), help_text="The first of them.")


class SwitchInput(serializers.Serializer[Any]):
    open_too = serializers.BooleanField(default=False, help_text="Look at the open expenses of its days as well.")


class TrialInput(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=730, default=TRIAL_DAYS)


class FlagAnswerInput(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=LENGTH)


class GuidelineRow(serializers.Serializer[Any]):
    """The published guidelines."""

    version = serializers.IntegerField(source="number")
    published_at = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField(help_text="Markdown.")
    html = serializers.SerializerMethodField(help_text="Safe to show.")
    sections = serializers.SerializerMethodField()

    def get_html(self, row: Any) -> str:
        return str(rendered(row.text))

    def get_sections(self, row: Any) -> list[str]:
        return [one.slug for one in sections_in(row.text)]


class RuleFilters(ApiFilterSet):
    """What the list may be narrowed by."""

    archived = TruthFilter(field_name="archived_at", lookup_expr="isnull", exclude=True)


class _Rules(Endpoint):
    """What the endpoints of rules share."""

    serializer_class: type[serializers.Serializer[Any]] = PolicyRuleRow

    def rule(self, rule_id: Any) -> PolicyRule:
        rows = PolicyRule.objects.for_company(self.company).prefetch_related("versions")
        return get_object_or_404(rows, pk=rule_id)

    def answer(self, rule_id: Any, status: int = 200) -> Response:
        return Response(PolicyRuleRow(self.rule(rule_id)).data, status=status)

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        asked = shape(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def wording(self) -> Wording:
        data = self.valid(PolicyRuleInput)
        scope = dict(data.pop("scope", None) or {})
        for name, model in (("categories", Category), ("teams", Team)):
            for pk in scope.get(name, ()):
                self.of_company(model, pk, field="scope")
            scope[name] = [str(pk) for pk in scope.get(name, ())]
        given = {name: _plain(value) for name, value in dict(data.pop("parameters", None) or {}).items()}
        if data["check"] == PolicyCheck.DAY_OFF:
            given = {"weekdays": [], "holidays": [], **given}
        return Wording(scope=scope, parameters=given, **data)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, (int, str)) else value.isoformat() if hasattr(value, "isoformat") else str(value)


class Rules(_Rules):
    """The rules of the expense policy."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "policies.see", "POST": "policies.manage"}
    filterset_class = RuleFilters

    @extend_schema(tags=["expense policy"], summary="List rules, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(PolicyRule.objects.for_company(self.company).prefetch_related("versions"))

    @extend_schema(
        tags=["expense policy"],
        summary="Write a rule as a draft",
        request=PolicyRuleInput,
        responses={201: PolicyRuleRow},
    )
    def post(self, request: Any) -> Response:
        version = keep_rule(by=self.membership, wording=self.wording(), now=timezone.now())
        return self.answer(version.rule_id, 201)


class OneRule(_Rules):
    """One rule."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "policies.see", "PUT": "policies.manage"}

    @extend_schema(tags=["expense policy"], summary="One rule with its versions")
    def get(self, request: Any, rule_id: UUID) -> Response:
        return self.answer(rule_id)

    @extend_schema(tags=["expense policy"], summary="Write the next version as a draft", request=PolicyRuleInput)
    def put(self, request: Any, rule_id: UUID) -> Response:
        rule, wording = self.rule(rule_id), self.wording()
        if any(one.check_code != wording.check for one in rule.versions.all()):
            raise serializers.ValidationError({"check": ["A rule keeps its check. Write another rule."]})
        keep_rule(by=self.membership, wording=wording, now=timezone.now(), rule=rule)
        return self.answer(rule_id)


class RuleSwitch(_Rules):
    """Switching the draft on."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "policies.manage"}
    serializer_class = PolicyRunRow

    @extend_schema(
        tags=["expense policy"], summary="Switch the draft on", request=SwitchInput, responses={201: PolicyRunRow}
    )
    def post(self, request: Any, rule_id: UUID) -> Response:
        draft = get_object_or_404(self.rule(rule_id).versions.filter(switched_on_at=None))
        run = switch_on_rule(version=draft, by=self.membership, now=timezone.now(), **self.valid(SwitchInput))
        return Response(PolicyRunRow(run).data, status=201)


class RuleTrial(_Rules):
    """What the newest version would flag of the past."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "policies.manage"}
    serializer_class = PolicyRunRow

    @extend_schema(
        tags=["expense policy"], summary="Try a rule on the past", request=TrialInput, responses={201: PolicyRunRow}
    )
    def post(self, request: Any, rule_id: UUID) -> Response:
        version = self.rule(rule_id).versions.order_by("-number")[0]
        since = self.company.day_of(timezone.now()) - timedelta(days=self.valid(TrialInput)["days"])
        run = start_run(version=version, by=self.membership, kind="preview", since=since)
        return Response(PolicyRunRow(run).data, status=201)


class RuleArchive(_Rules):
    """Putting a rule away, and bringing it back."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "policies.manage", "DELETE": "policies.manage"}

    @extend_schema(tags=["expense policy"], summary="Archive a rule", request=None)
    def post(self, request: Any, rule_id: UUID) -> Response:
        archive_rule(rule=self.rule(rule_id), by=self.membership, now=timezone.now())
        return self.answer(rule_id)

    @extend_schema(tags=["expense policy"], summary="Bring a rule back", responses={200: PolicyRuleRow})
    def delete(self, request: Any, rule_id: UUID) -> Response:
        archive_rule(rule=self.rule(rule_id), by=self.membership, now=timezone.now(), archived=False)
        return self.answer(rule_id)


class RuleRun(_Rules):
    """How far a run is, and what it found."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "policies.see"}
    serializer_class = PolicyRunRow

    @extend_schema(tags=["expense policy"], summary="A trial, or a look at open expenses")
    def get(self, request: Any, policy_run_id: UUID) -> Response:
        return Response(
            PolicyRunRow(get_object_or_404(PolicyRun.objects.for_company(self.company), pk=policy_run_id)).data
        )


class _Flags(OneExpense):
    def flag(self, expense_id: UUID, flag_id: UUID) -> PolicyFlag:
        rows = PolicyFlag.objects.filter(expense=self.found(expense_id)).select_related("expense")
        return get_object_or_404(rows, pk=flag_id)


class ExpenseFlagAnswer(_Flags):
    """The reason that a rule asks for."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.edit"}

    @extend_schema(
        tags=["expenses"], summary="Give the reason a flag asks for", request=FlagAnswerInput, responses=ExpenseWhole
    )
    def put(self, request: Any, expense_id: UUID, flag_id: UUID) -> Response:
        flag = self.flag(expense_id, flag_id)
        answer_flag(flag=flag, by=self.membership, now=timezone.now(), **self.valid(FlagAnswerInput))
        return self.answer(expense_id)


class ExpenseFlagPass(_Flags):
    """Letting a flag pass."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.review", "DELETE": "expenses.review"}

    @extend_schema(tags=["expenses"], summary="Let a flag pass", request=None, responses=ExpenseWhole)
    def post(self, request: Any, expense_id: UUID, flag_id: UUID) -> Response:
        let_flag_pass(flag=self.flag(expense_id, flag_id), by=self.membership, now=timezone.now())
        return self.answer(expense_id)

    @extend_schema(tags=["expenses"], summary="Take a flag up again", responses={200: ExpenseWhole})
    def delete(self, request: Any, expense_id: UUID, flag_id: UUID) -> Response:
        let_flag_pass(flag=self.flag(expense_id, flag_id), by=self.membership, now=timezone.now(), passes=False)
        return self.answer(expense_id)


class Guidelines(_Rules):
    """The spending guidelines."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "guidelines.see"}
    serializer_class = GuidelineRow

    @extend_schema(tags=["expense policy"], summary="The published guidelines; version 0 while there are none")
    def get(self, request: Any) -> Response:
        row = published(self.company) or Guideline(number=0, text="")
        return Response(GuidelineRow(row).data)
