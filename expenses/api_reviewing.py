"""The API of reviewing: what waits, comments, workflows and absences."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.models import Membership, Team
from expenses.absent import be_absent, end_absence
from expenses.api import ExpenseRow, OneExpense
from expenses.change_comment import change_comment, remove_comment
from expenses.comment import LENGTH, comment
from expenses.deciders import waits_for
from expenses.forms_workflows import kind_choices
from expenses.keep_workflow import Wanted, archive_workflow, keep_workflow, order_workflows
from expenses.models import Absence, Category, Comment, Expense, Route, RouteStage, Tag, Workflow, WorkflowVersion
from expenses.review_facts import live_versions
from expenses.route import live_route
from expenses.workflow import APPROVERS, MODES, PERSON, Approver, Conditions, Stage
from pleo.lib.money import MAX_AMOUNT


class WaitingExpenses(Endpoint):
    """What waits for the token's person, their substitutions included."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.review"}
    serializer_class = ExpenseRow

    @extend_schema(tags=["review"], summary="List what waits for the token's person to decide")
    def get(self, request: Any) -> Response:
        rows = Expense.objects.visible_to(self.membership)
        return self.listed(rows.filter(waits_for(self.membership, now=timezone.now())))


class StageRow(serializers.Serializer[RouteStage]):
    """One stage of the way of an expense through the people."""

    id = serializers.UUIDField(help_text="Send it as stage_id with a decision to be refused when it went on.")
    position = serializers.IntegerField()
    mode = serializers.ChoiceField(MODES, help_text="any or all of the approvers.")
    state = serializers.CharField(help_text="waiting, open or done.")
    opened_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    approvers = serializers.SerializerMethodField(help_text="Ids of people; null is everybody of finance.")

    def get_approvers(self, stage: RouteStage) -> list[str | None]:
        return [str(seat.approver_id) if seat.approver_id else None for seat in stage.seats.all()]


class RouteWhole(serializers.Serializer[Route]):
    """The way of an expense through the people."""

    id = serializers.UUIDField()
    state = serializers.CharField(help_text="open or done.")
    workflow = serializers.SerializerMethodField(help_text="Null: the usual way, manager or finance.")
    is_sample = serializers.BooleanField(help_text="Nobody had to look, but it was drawn.")
    stages = serializers.SerializerMethodField()

    def get_workflow(self, route: Route) -> str | None:
        return str(route.version.workflow_id) if route.version else None

    def get_stages(self, route: Route) -> list[dict[str, Any]]:
        rows = route.stages.order_by("position").prefetch_related("seats")
        return [dict(StageRow(row).data) for row in rows]


class ExpenseRoute(OneExpense):
    """Where an expense is on its way through the people."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see"}
    serializer_class: type[serializers.Serializer[Any]] = RouteWhole

    @extend_schema(tags=["review"], summary="The stages of an expense; 404 where no workflow sent it on a way")
    def get(self, request: Any, expense_id: UUID) -> Response:
        route = live_route(self.found(expense_id))
        if route is None:
            raise Http404
        return Response(RouteWhole(route).data)


class CommentRow(serializers.Serializer[Comment]):
    """One thing said about an expense."""

    id = serializers.UUIDField()
    by = serializers.UUIDField(source="by_id")
    text = serializers.CharField(help_text="Empty once it was taken away.")
    is_internal = serializers.BooleanField(help_text="For finance and accountants alone.")
    outcome = serializers.CharField(help_text="needs_details or not_okay where a reviewer's decision came with it.")
    said_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    mentioned = serializers.SerializerMethodField()

    def get_mentioned(self, said: Comment) -> list[str]:
        return [str(pk) for pk in said.mentioned.values_list("pk", flat=True)]


class CommentInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LENGTH, help_text="`@Name` mentions who may read the expense.")
    is_internal = serializers.BooleanField(required=False, default=False)
    is_question = serializers.BooleanField(
        required=False, default=False, help_text="Of an accountant: open until somebody answers."
    )


class CommentChange(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LENGTH)


class ExpenseComments(OneExpense):
    """What was said about an expense."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see", "POST": "expenses.comment"}
    serializer_class: type[serializers.Serializer[Any]] = CommentRow

    @extend_schema(tags=["review"], summary="List what was said about an expense, newest first")
    def get(self, request: Any, expense_id: UUID) -> Response:
        rows = Comment.objects.filter(expense=self.found(expense_id)).seen_by(self.membership)
        return self.listed(rows)

    @extend_schema(tags=["review"], summary="Comment", request=CommentInput, responses={201: CommentRow})
    def post(self, request: Any, expense_id: UUID) -> Response:
        expense, wanted = self.found(expense_id), self.valid(CommentInput)
        said = comment(expense=expense, by=self.membership, now=timezone.now(), **wanted)
        return Response(CommentRow(said).data, status=201)


class ExpenseComment(OneExpense):
    """One comment of one's own, while it is fresh."""

    capabilities: ClassVar[dict[str, str]] = {"PATCH": "expenses.comment", "DELETE": "expenses.comment"}
    serializer_class: type[serializers.Serializer[Any]] = CommentRow

    def said(self, expense_id: UUID, comment_id: UUID) -> Comment:
        rows = Comment.objects.filter(expense=self.found(expense_id)).seen_by(self.membership)
        return get_object_or_404(rows, pk=comment_id)

    @extend_schema(tags=["review"], summary="Change a comment", request=CommentChange, responses={200: CommentRow})
    def patch(self, request: Any, expense_id: UUID, comment_id: UUID) -> Response:
        said, wanted = self.said(expense_id, comment_id), self.valid(CommentChange)
        row = change_comment(comment=said, by=self.membership, text=wanted["text"], now=timezone.now())
        return Response(CommentRow(row).data)

    @extend_schema(tags=["review"], summary="Take a comment away", responses={200: CommentRow})
    def delete(self, request: Any, expense_id: UUID, comment_id: UUID) -> Response:
        row = remove_comment(comment=self.said(expense_id, comment_id), by=self.membership, now=timezone.now())
        return Response(CommentRow(row).data)


class ApproverShape(serializers.Serializer[Any]):
    """One approver: a way to find people, or a person."""

    kind = serializers.ChoiceField(APPROVERS)
    person = serializers.UUIDField(required=False, help_text="With kind person alone.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("person" in attrs) != (attrs["kind"] == PERSON):
            raise serializers.ValidationError({"person": ["Give it with kind person, and only then."]})
        return attrs


class StageShape(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(MODES)
    approvers = ApproverShape(many=True, allow_empty=False)


def _ids(text: str = "") -> serializers.ListField:
    return serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=200, help_text=text
    )


class ConditionsShape(serializers.Serializer[Any]):
    """When a workflow applies; what is empty asks for nothing."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField([value for value, _ in kind_choices()]), required=False, default=list
    )
    amount_from = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_AMOUNT
    )
    amount_below = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_AMOUNT
    )
    teams = _ids()
    categories = _ids()
    tags = _ids()
    people = _ids()
    is_flagged = serializers.BooleanField(required=False, allow_null=True, default=None)


class WorkflowShape(serializers.Serializer[Any]):
    """What a workflow says. Amounts in minor units of the company's currency."""

    name = serializers.CharField(max_length=80)
    conditions = ConditionsShape(required=False, default=dict)
    stages = StageShape(many=True, required=False, default=list, help_text="None: nobody has to look.")
    sample_percent = serializers.IntegerField(required=False, default=0, min_value=0, max_value=100)
    answer_days = serializers.IntegerField(required=False, default=0, min_value=0, max_value=90)


class WorkflowRow(serializers.Serializer[WorkflowVersion]):
    """The newest version of a workflow."""

    id = serializers.UUIDField(source="workflow_id")
    position = serializers.IntegerField(source="workflow.position")
    version = serializers.IntegerField(source="number")
    name = serializers.CharField()
    conditions = serializers.JSONField()
    stages = serializers.JSONField()
    sample_percent = serializers.IntegerField()
    answer_days = serializers.IntegerField()


class WorkflowEndpoint(Endpoint):
    """What these endpoints share."""

    serializer_class: type[serializers.Serializer[Any]] = WorkflowRow

    def wanted(self) -> Wanted:
        shape = WorkflowShape(data=self.request.data)
        shape.is_valid(raise_exception=True)
        data = dict(shape.validated_data)
        asked: dict[str, Any] = {"kinds": [], **data["conditions"]}
        models: tuple[tuple[str, Any], ...] = (
            ("teams", Team.objects.for_company(self.company)), ("categories", Category.objects.for_company(self.company)),
            ("tags", Tag.objects.for_company(self.company)), ("people", Membership.objects.for_company(self.company)),
        )  # fmt: skip
        for name, rows in models:
            ids = asked.get(name, [])
            if rows.filter(pk__in=ids).count() != len(set(ids)):
                raise serializers.ValidationError({name: ["There is no such row in this company."]})
        shaped: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()
        }
        conditions = Conditions(**shaped)
        stages = tuple(
            Stage(one["mode"], tuple(Approver(who["kind"], who.get("person")) for who in one["approvers"]))
            for one in data["stages"]
        )
        return Wanted(data["name"], conditions, stages, data["sample_percent"], data["answer_days"])

    def answer(self, row: Workflow, status: int = 200) -> Response:
        version = WorkflowVersion.objects.select_related("workflow").get(workflow=row, number=row.version)
        return Response(WorkflowRow(version).data, status=status)


class WorkflowOrder(serializers.Serializer[Any]):
    workflows = serializers.ListField(child=serializers.UUIDField(), max_length=200)


class Workflows(WorkflowEndpoint):
    """Who has to look at what, in the order in which it is asked."""

    capabilities: ClassVar[dict[str, str]] = {
        "GET": "workflows.see", "POST": "workflows.manage", "PUT": "workflows.manage",
    }  # fmt: skip

    @extend_schema(tags=["review"], summary="List the workflows in their order", responses=WorkflowRow(many=True))
    def get(self, request: Any) -> Response:
        return Response([dict(WorkflowRow(row).data) for row in live_versions(self.company)])

    @extend_schema(tags=["review"], summary="Add a workflow", request=WorkflowShape, responses={201: WorkflowRow})
    def post(self, request: Any) -> Response:
        return self.answer(keep_workflow(by=self.membership, wanted=self.wanted(), now=timezone.now()), 201)

    @extend_schema(tags=["review"], summary="Order the workflows", request=WorkflowOrder, responses={204: None})
    def put(self, request: Any) -> Response:
        asked = WorkflowOrder(data=request.data)
        asked.is_valid(raise_exception=True)
        order_workflows(by=self.membership, ids=asked.validated_data["workflows"], now=timezone.now())
        return Response(status=204)


class OneWorkflow(WorkflowEndpoint):
    """One workflow: a new version of it, or its end."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "workflows.manage", "DELETE": "workflows.manage"}

    def found(self, workflow_id: UUID) -> Workflow:
        return get_object_or_404(Workflow.objects.for_company(self.company), pk=workflow_id)

    @extend_schema(tags=["review"], summary="Write a new version", request=WorkflowShape)
    def put(self, request: Any, workflow_id: UUID) -> Response:
        row = self.found(workflow_id)
        return self.answer(keep_workflow(by=self.membership, wanted=self.wanted(), now=timezone.now(), workflow=row))

    @extend_schema(tags=["review"], summary="End a workflow", responses={204: None})
    def delete(self, request: Any, workflow_id: UUID) -> Response:
        archive_workflow(workflow=self.found(workflow_id), by=self.membership, now=timezone.now())
        return Response(status=204)


class AbsenceRow(serializers.Serializer[Absence]):
    """When somebody is away, both days included, and who decides in their place."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id")
    substitute = serializers.UUIDField(source="substitute_id")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="Ended before its last day.")


class AbsenceInput(serializers.Serializer[Any]):
    person = serializers.UUIDField(required=False, help_text="Left out, the token's own.")
    substitute = serializers.UUIDField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class Absences(Endpoint):
    """Absences: one's own, or everybody's for who manages people."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.claim", "POST": "expenses.claim"}
    serializer_class: type[serializers.Serializer[Any]] = AbsenceRow

    @extend_schema(tags=["review"], summary="List absences, newest first")
    def get(self, request: Any) -> Response:
        rows = Absence.objects.for_company(self.company)
        return self.listed(rows if self.membership.can("people.manage") else rows.filter(person=self.membership))

    @extend_schema(tags=["review"], summary="Note an absence", request=AbsenceInput, responses={201: AbsenceRow})
    def post(self, request: Any) -> Response:
        asked = AbsenceInput(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        person = self.of_company(Membership, data.pop("person", None), field="person") or self.membership
        substitute = self.of_company(Membership, data.pop("substitute"), field="substitute")
        row = be_absent(person=person, substitute=substitute, by=self.membership, now=timezone.now(), **data)
        return Response(AbsenceRow(row).data, status=201)


class OneAbsence(Endpoint):
    """One absence."""

    capabilities: ClassVar[dict[str, str]] = {"DELETE": "expenses.claim"}
    serializer_class: type[serializers.Serializer[Any]] = AbsenceRow

    @extend_schema(tags=["review"], summary="End an absence now", responses={200: AbsenceRow})
    def delete(self, request: Any, absence_id: UUID) -> Response:
        rows = Absence.objects.for_company(self.company).select_related("person", "company")
        if not self.membership.can("people.manage"):
            rows = rows.filter(person=self.membership)
        row = end_absence(absence=get_object_or_404(rows, pk=absence_id), by=self.membership, now=timezone.now())
        return Response(AbsenceRow(row).data)
