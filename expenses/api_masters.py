"""The API of what coding stands on: tags, vendors, templates and coding rules."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet
from accounts.models import Membership
from expenses.allocation import allocate
from expenses.api import ExpenseWhole, MasterRow, OneExpense
from expenses.coding_rules import Conditions, ConditionWrong, read
from expenses.keep_coding_rule import keep_rule, move_rule, remove_rule
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.keep_template import Share, keep_template
from expenses.keep_vendor import keep_vendor
from expenses.merge_vendors import merge_vendors
from expenses.models import (
    AllocationTemplate,
    Category,
    CodingRule,
    Dimension,
    RuleRun,
    Tag,
    TagGroup,
    TaxCode,
    Vendor,
)
from expenses.rule_preview import preview
from expenses.rule_run import start_rule_run

MOST_TAGS = 20


class TagGroupRow(MasterRow):
    """A group of tags."""

    dimension = serializers.ChoiceField(Dimension.choices)
    is_required = serializers.BooleanField()
    position = serializers.IntegerField()


class TagRow(MasterRow):
    """A tag with its place in its group."""

    group = serializers.UUIDField(source="group_id")
    parent: Any = serializers.UUIDField(source="parent_id", allow_null=True)
    path = serializers.CharField(help_text="The names from the top down.")
    code = serializers.CharField()
    owner = serializers.UUIDField(source="owner_id", allow_null=True)


class VendorRow(MasterRow):
    """A vendor."""

    vat_number = serializers.CharField()
    country = serializers.CharField()
    account_number = serializers.CharField(help_text="Its number among the suppliers in the books.")
    category = serializers.UUIDField(source="category_id", allow_null=True)
    tax_code = serializers.UUIDField(source="tax_code_id", allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    merged_into = serializers.UUIDField(source="merged_into_id", allow_null=True)


class CodingRow(serializers.Serializer[Any]):
    """What is filled in."""

    category = serializers.UUIDField(source="category_id", allow_null=True)
    tax_code = serializers.UUIDField(source="tax_code_id", allow_null=True)
    vendor = serializers.UUIDField(source="vendor_id", allow_null=True)
    template = serializers.UUIDField(source="template_id", allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()


class RuleRow(CodingRow):
    """A coding rule: when all conditions hold, it fills in what nobody said."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    position = serializers.IntegerField(help_text="Asked from the lowest; for each field the first that fits decides.")
    is_on = serializers.BooleanField()
    conditions = serializers.DictField()


class ShareRow(serializers.Serializer[Any]):
    percent = serializers.DecimalField(max_digits=7, decimal_places=4)
    category = serializers.UUIDField(source="category_id", allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()


class TemplateRow(MasterRow):
    """A template that spreads a cost."""

    shares = ShareRow(many=True)


class RuleRunRow(serializers.Serializer[RuleRun]):
    """How far running the rules over the past is."""

    id = serializers.UUIDField()
    status = serializers.CharField(help_text="waiting, running, done or failed.")
    total = serializers.IntegerField()
    handled = serializers.IntegerField()
    changed = serializers.IntegerField()


class TagGroupInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    dimension = serializers.ChoiceField(Dimension.choices, default=Dimension.OTHER)
    is_required = serializers.BooleanField(default=False)


class TagInput(serializers.Serializer[Any]):
    group = serializers.UUIDField()
    name = serializers.CharField(max_length=80)
    parent: Any = serializers.UUIDField(required=False, allow_null=True, default=None)
    code = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    owner = serializers.UUIDField(required=False, allow_null=True, default=None)


class TagsInput(serializers.Serializer[Any]):
    tags = serializers.ListField(child=serializers.UUIDField(), required=False, default=list, max_length=MOST_TAGS)


class VendorInput(TagsInput):
    name = serializers.CharField(max_length=120)
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=120), required=False, default=list, max_length=200
    )
    vat_number = serializers.CharField(required=False, allow_blank=True, max_length=20, default="")
    country = serializers.RegexField(r"^([A-Z]{2})?$", required=False, allow_blank=True, default="")
    account_number = serializers.CharField(required=False, allow_blank=True, max_length=20, default="")
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    tax_code = serializers.UUIDField(required=False, allow_null=True, default=None)


class MergeInput(serializers.Serializer[Any]):
    into = serializers.UUIDField(help_text="The vendor that stands for this one from then on.")


class ConditionsInput(serializers.Serializer[Any]):
    conditions = serializers.DictField(
        help_text="merchants, merchant_way (is, begins, contains), mccs, cards, people, teams, countries, kinds, text, "
        "amount_from, amount_to (minor units). All must hold; of several values one is enough."
    )


class RuleInput(ConditionsInput, TagsInput):
    name = serializers.CharField(max_length=120)
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    tax_code = serializers.UUIDField(required=False, allow_null=True, default=None)
    vendor = serializers.UUIDField(required=False, allow_null=True, default=None)
    template = serializers.UUIDField(required=False, allow_null=True, default=None)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    is_on = serializers.BooleanField(default=True)
    position = serializers.IntegerField(required=False, min_value=1, max_value=10_000, help_text="Its place, from 1.")


class PreviewRow(serializers.Serializer[Any]):
    looked_at = serializers.IntegerField()
    fits = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Of those that fit, how many nobody coded yet.")


class ShareInput(TagsInput):
    percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)
    category = serializers.UUIDField(required=False, allow_null=True, default=None)
    text = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")


class TemplateInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    shares = serializers.ListField(child=ShareInput(), min_length=2, max_length=50)


class AllocationInput(serializers.Serializer[Any]):
    template = serializers.UUIDField()
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class TagFilters(ApiFilterSet):
    """How tags are narrowed."""

    group = UUIDFilter()


class Masters(Endpoint):
    """What these endpoints share: anybody may look, who keeps the masters may write."""

    capabilities: ClassVar[dict[str, str]] = {
        "GET": "masters.see", "POST": "masters.manage", "PATCH": "masters.manage", "DELETE": "masters.manage",
        "PUT": "masters.manage",
    }  # fmt: skip

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        asked = shape(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def referred(self, values: dict[str, Any]) -> dict[str, Any]:
        """Put rows of the company in the place of the ids of a body."""
        models: dict[str, Any] = {
            "category": Category,
            "tax_code": TaxCode,
            "vendor": Vendor,
            "template": AllocationTemplate,
        }
        found = {
            name: self.of_company(model, values[name], field=name) for name, model in models.items() if name in values
        }
        return values | found | {"tags": self.tags(values.get("tags", []))}

    def tags(self, ids: list[UUID]) -> list[Tag]:
        return [tag for pk in ids if (tag := self.of_company(Tag, pk, field="tags"))]

    def conditions(self, stored: dict[str, Any]) -> Conditions:
        try:
            return read(stored)
        except ConditionWrong as error:
            raise serializers.ValidationError({f"conditions.{error}": [gettext("This is not understood.")]}) from None


class TagGroups(Masters):
    serializer_class = TagGroupRow

    @extend_schema(tags=["masters"], summary="List tag groups, archived ones included")
    def get(self, request: Any) -> Response:
        return self.listed(TagGroup.objects.for_company(self.company))

    @extend_schema(tags=["masters"], summary="Add a tag group", request=TagGroupInput, responses={201: TagGroupRow})
    def post(self, request: Any) -> Response:
        row = keep_tag_group(by=self.membership, now=timezone.now(), **self.valid(TagGroupInput))
        return Response(TagGroupRow(row).data, status=201)


class TagEndpoint(Masters):
    """What these endpoints share."""

    serializer_class = TagRow

    def kept(self, tag: Tag | None) -> Tag:
        values = self.valid(TagInput)
        return keep_tag(
            by=self.membership, group=self.of_company(TagGroup, values["group"], field="group"), name=values["name"],
            parent=self.of_company(Tag, values["parent"], field="parent"), code=values["code"], tag=tag,
            owner=self.of_company(Membership, values["owner"], field="owner"), now=timezone.now(),
        )  # fmt: skip


class Tags(TagEndpoint):
    filterset_class = TagFilters

    @extend_schema(tags=["masters"], summary="List tags, archived ones included")
    def get(self, request: Any) -> Response:
        return self.listed(Tag.objects.for_company(self.company))

    @extend_schema(tags=["masters"], summary="Add a tag", request=TagInput, responses={201: TagRow})
    def post(self, request: Any) -> Response:
        return Response(TagRow(self.kept(None)).data, status=201)


class OneTag(TagEndpoint):
    capabilities: ClassVar[dict[str, str]] = {"PUT": "masters.manage"}

    @extend_schema(tags=["masters"], summary="Change a tag; its group stays", request=TagInput)
    def put(self, request: Any, tag_id: UUID) -> Response:
        return Response(TagRow(self.kept(get_object_or_404(Tag.objects.for_company(self.company), pk=tag_id))).data)


class Vendors(Masters):
    serializer_class = VendorRow

    @extend_schema(tags=["masters"], summary="List vendors, archived and merged ones included")
    def get(self, request: Any) -> Response:
        return self.listed(Vendor.objects.for_company(self.company))

    @extend_schema(tags=["masters"], summary="Add a vendor", request=VendorInput, responses={201: VendorRow})
    def post(self, request: Any) -> Response:
        values = self.referred(self.valid(VendorInput))
        return Response(VendorRow(keep_vendor(by=self.membership, now=timezone.now(), **values)).data, status=201)


class OneVendor(Masters):
    serializer_class = VendorRow
    capabilities: ClassVar[dict[str, str]] = {"PUT": "masters.manage"}

    @extend_schema(tags=["masters"], summary="Change a vendor", request=VendorInput)
    def put(self, request: Any, vendor_id: UUID) -> Response:
        rows = Vendor.objects.for_company(self.company).filter(merged_into=None)
        row, values = get_object_or_404(rows, pk=vendor_id), self.referred(self.valid(VendorInput))
        return Response(VendorRow(keep_vendor(by=self.membership, now=timezone.now(), vendor=row, **values)).data)


class VendorMerging(Masters):
    serializer_class = VendorRow
    capabilities: ClassVar[dict[str, str]] = {"POST": "masters.manage"}

    @extend_schema(
        tags=["masters"], summary="Merge a vendor into another", request=MergeInput, responses={201: VendorRow}
    )
    def post(self, request: Any, vendor_id: UUID) -> Response:
        gone = get_object_or_404(Vendor.objects.for_company(self.company), pk=vendor_id)
        kept = self.of_company(Vendor, self.valid(MergeInput)["into"], field="into")
        merge_vendors(by=self.membership, gone=gone, kept=kept, now=timezone.now())
        gone.refresh_from_db()
        return Response(VendorRow(gone).data, status=201)


class RuleEndpoint(Masters):
    """What these endpoints share."""

    serializer_class = RuleRow

    def kept(self, rule: CodingRule | None) -> CodingRule:
        values = self.referred(self.valid(RuleInput))
        place, conditions = values.pop("position", None), self.conditions(values.pop("conditions"))
        now = timezone.now()
        row = keep_rule(by=self.membership, conditions=conditions, rule=rule, now=now, **values)
        if place is not None:
            move_rule(by=self.membership, rule=row, to=place, now=now)
            row.refresh_from_db()
        return row


class Rules(RuleEndpoint):
    """The coding rules."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "books.see", "POST": "masters.manage"}

    @extend_schema(tags=["masters"], summary="List coding rules")
    def get(self, request: Any) -> Response:
        return self.listed(CodingRule.objects.for_company(self.company).filter(archived_at=None))

    @extend_schema(tags=["masters"], summary="Add a coding rule", request=RuleInput, responses={201: RuleRow})
    def post(self, request: Any) -> Response:
        return Response(RuleRow(self.kept(None)).data, status=201)


class OneRule(RuleEndpoint):
    capabilities: ClassVar[dict[str, str]] = {"PUT": "masters.manage", "DELETE": "masters.manage"}

    def found(self, coding_rule_id: UUID) -> CodingRule:
        rows = CodingRule.objects.for_company(self.company).filter(archived_at=None)
        return get_object_or_404(rows, pk=coding_rule_id)

    @extend_schema(tags=["masters"], summary="Change a coding rule", request=RuleInput)
    def put(self, request: Any, coding_rule_id: UUID) -> Response:
        return Response(RuleRow(self.kept(self.found(coding_rule_id))).data)

    @extend_schema(tags=["masters"], summary="Remove a coding rule", responses={200: RuleRow})
    def delete(self, request: Any, coding_rule_id: UUID) -> Response:
        row = remove_rule(by=self.membership, rule=self.found(coding_rule_id), is_removed=True, now=timezone.now())
        return Response(RuleRow(row).data)


class RulePreview(Masters):
    serializer_class = PreviewRow
    capabilities: ClassVar[dict[str, str]] = {"POST": "masters.manage"}

    @extend_schema(tags=["masters"], summary="Which past expenses conditions fit", request=ConditionsInput)
    def post(self, request: Any) -> Response:
        conditions = self.conditions(self.valid(ConditionsInput)["conditions"])
        return Response(PreviewRow(preview(by=self.membership, conditions=conditions)).data)


class RuleRuns(Masters):
    serializer_class = RuleRunRow
    capabilities: ClassVar[dict[str, str]] = {"POST": "masters.manage"}

    @extend_schema(
        tags=["masters"], summary="Run the rules over what nobody coded", request=None, responses={202: RuleRunRow}
    )
    def post(self, request: Any) -> Response:
        return Response(RuleRunRow(start_rule_run(by=self.membership)).data, status=202)


class OneRuleRun(Masters):
    serializer_class = RuleRunRow
    capabilities: ClassVar[dict[str, str]] = {"GET": "books.see"}

    @extend_schema(tags=["masters"], summary="How far a run of the rules is")
    def get(self, request: Any, rule_run_id: UUID) -> Response:
        return Response(RuleRunRow(get_object_or_404(RuleRun.objects.for_company(self.company), pk=rule_run_id)).data)


class Templates(Masters):
    """Templates that spread a cost."""

    serializer_class = TemplateRow
    capabilities: ClassVar[dict[str, str]] = {"GET": "masters.see", "POST": "masters.manage"}

    @extend_schema(tags=["masters"], summary="List templates, archived ones included")
    def get(self, request: Any) -> Response:
        return self.listed(AllocationTemplate.objects.for_company(self.company).prefetch_related("shares"))

    @extend_schema(tags=["masters"], summary="Add a template", request=TemplateInput, responses={201: TemplateRow})
    def post(self, request: Any) -> Response:
        values = self.valid(TemplateInput)
        shares = [self._share(share) for share in values["shares"]]
        row = keep_template(by=self.membership, name=values["name"], shares=shares, now=timezone.now())
        return Response(TemplateRow(row).data, status=201)

    def _share(self, share: dict[str, Any]) -> Share:
        category = self.of_company(Category, share["category"], field="shares")
        return Share(share["percent"], category, None, tuple(self.tags(share["tags"])), share["text"])


class ExpenseAllocation(OneExpense):
    """Spreading an expense by a template."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.edit"}

    @extend_schema(
        tags=["expenses"],
        summary="Spread an expense by a template",
        request=AllocationInput,
        responses={201: ExpenseWhole},
    )
    def post(self, request: Any, expense_id: UUID) -> Response:
        expense, wanted = self.found(expense_id), self.valid(AllocationInput)
        template = self.of_company(AllocationTemplate, wanted["template"], field="template")
        allocate(
            expense=expense, by=self.membership, template=template, version=wanted.get("version"), now=timezone.now()
        )
        return self.answer(expense_id, 201)
