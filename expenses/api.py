"""The API of expenses: list, look, code, attach, decide; and the masters to code with."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, MomentFilter, WordFilter
from accounts.models import Company, Membership
from expenses import next_step
from expenses.attach import attach
from expenses.code_expense import KEEP
from expenses.complete import complete
from expenses.detach import detach
from expenses.keep_attendees import MOST, Present
from expenses.listing import tagged
from expenses.models import (
    Attachment,
    Category,
    ChartAccount,
    Expense,
    ExpenseKind,
    ExpenseLine,
    Lane,
    Movement,
    PaymentState,
    Review,
    ReviewOutcome,
    Tag,
    TaxCode,
    Vendor,
)
from expenses.policy_rules import LEVELS
from expenses.review import review
from expenses.tagging import as_wanted, tags_on
from expenses.withdraw_review import withdraw_review
from pleo.lib.money import MAX_AMOUNT, Money
from receipts.models import Receipt


class MovementRow(serializers.Serializer[Movement]):
    """A booked part of an expense."""

    id = serializers.UUIDField()
    direction = serializers.CharField()
    amount = serializers.IntegerField(help_text="Minor units.")
    currency = serializers.CharField()
    booked_date = serializers.DateField()


class LineRow(serializers.Serializer[ExpenseLine]):
    """A part of an expense with its coding."""

    id = serializers.UUIDField()
    direction = serializers.CharField()
    amount = serializers.IntegerField(help_text="Gross, in minor units.")
    currency = serializers.CharField()
    category = serializers.UUIDField(source="category_id", allow_null=True)
    tax_code = serializers.UUIDField(source="tax_code_id", allow_null=True)
    tax_amount = serializers.IntegerField(help_text="Minor units, within the gross amount.")
    text = serializers.CharField()
    tags = serializers.SerializerMethodField()
    is_private = serializers.BooleanField(help_text="The person owes it.")
    movement = serializers.UUIDField(source="movement_id", allow_null=True, help_text="Null: shared by the movements.")
    is_locked = serializers.SerializerMethodField()

    def get_tags(self, line: ExpenseLine) -> list[str]:
        return [str(tag.pk) for tag in self.context["tags"].get(line.pk, ())]

    def get_is_locked(self, line: ExpenseLine) -> bool:
        return line.locked_at is not None


class ExpenseRow(serializers.Serializer[Expense]):
    """An expense in a list."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    owner = serializers.UUIDField(source="owner_id")
    kind = serializers.ChoiceField(ExpenseKind.choices)
    direction = serializers.CharField(help_text="spend or refund; amounts are never negative.")
    amount = serializers.IntegerField(help_text="Minor units of the company's currency.")
    currency = serializers.CharField()
    foreign_amount = serializers.IntegerField(allow_null=True)
    foreign_currency = serializers.CharField()
    merchant = serializers.CharField()
    merchant_category_code = serializers.CharField()
    vendor = serializers.UUIDField(source="vendor_id", allow_null=True)
    purchased_at = serializers.DateTimeField()
    payment = serializers.ChoiceField(PaymentState.choices)
    next_step = serializers.SerializerMethodField(help_text="The one thing to do now, whoever looks.")
    review = serializers.CharField()
    books_lane = serializers.CharField()
    receipt_count = serializers.IntegerField()
    is_declared = serializers.BooleanField(help_text="Its only paper was signed by the spender.")
    refund_of = serializers.UUIDField(
        source="refund_of_id", allow_null=True, help_text="A guess where issuers do not say."
    )
    note = serializers.CharField()
    attendee_count = serializers.IntegerField()
    flag_level = serializers.CharField(
        help_text="The strongest open flag: warn, note, review, block; empty without any."
    )
    version = serializers.IntegerField(help_text="Send it with a change to be refused when somebody was first.")

    def get_next_step(self, expense: Expense) -> str:
        return next_step.base_step(expense)


class AttendeeRow(serializers.Serializer[Any]):
    """Somebody who was there."""

    person = serializers.UUIDField(source="membership_id", allow_null=True, help_text="A colleague; null for a guest.")
    name = serializers.CharField()
    organisation = serializers.CharField()


class FlagRow(serializers.Serializer[Any]):
    """That an expense meets a rule of the company's policy."""

    id = serializers.UUIDField()
    rule = serializers.UUIDField(source="rule_id")
    name = serializers.CharField(source="version.name")
    check = serializers.CharField(source="check_code")
    effect = serializers.CharField(help_text="require (a field is missing), warn, note, review or block.")
    parameters = serializers.DictField(help_text="The values that made it so; amounts in minor units.")
    answer = serializers.CharField(help_text="The reason that was given.")
    raised_at = serializers.DateTimeField()
    passed_at = serializers.DateTimeField(allow_null=True, help_text="Finance lets it pass.")


JOURNEY_SHOWN = ("country", "destination", "place", "days", "taxable", "taxable_currency")


class ExpenseWhole(ExpenseRow):
    """An expense with its lines, movements, receipts and decisions."""

    document_date = serializers.DateField(allow_null=True)
    rate = serializers.DecimalField(max_digits=18, decimal_places=9, allow_null=True)
    filled = serializers.DictField(help_text="Field -> who filled it in: card, rule, vendor or person, with an id.")
    rate_source = serializers.CharField(help_text="ecb, typed, or empty for the card network's own.")
    rate_date = serializers.DateField(allow_null=True)
    drive = serializers.SerializerMethodField()
    journey = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()
    movements = serializers.SerializerMethodField()
    receipts = serializers.SerializerMethodField()
    reviews = serializers.SerializerMethodField()
    attendees = serializers.SerializerMethodField()
    flags = serializers.SerializerMethodField()

    @extend_schema_field(AttendeeRow(many=True))
    def get_attendees(self, expense: Expense) -> Any:
        return AttendeeRow(expense.attendees.order_by("id"), many=True).data

    @extend_schema_field(FlagRow(many=True))
    def get_flags(self, expense: Expense) -> Any:
        rows = expense.policy_flags.filter(cleared_at=None).select_related("version")
        return FlagRow(rows.order_by("rule__position", "rule_id"), many=True).data

    def get_drive(self, expense: Expense) -> dict[str, Any] | None:
        drive: Any = getattr(expense, "drive", None)
        if drive is None:
            return None
        names = ("country", "vehicle", "stops", "unit", "is_round_trip", "parts")
        shown = {name: getattr(drive, name) for name in names}
        shown |= {"taxable": drive.taxable, "taxable_currency": drive.taxable_currency}
        return shown | {"date": drive.drove_on.isoformat(), "distance": str(drive.distance)}

    def get_journey(self, expense: Expense) -> dict[str, Any] | None:
        journey: Any = getattr(expense, "journey", None)
        if journey is None:
            return None
        shown = {name: getattr(journey, name) for name in JOURNEY_SHOWN}
        return shown | {"starts_at": journey.starts_at.isoformat(), "ends_at": journey.ends_at.isoformat()}

    def get_lines(self, expense: Expense) -> list[dict[str, Any]]:
        rows = list(expense.lines.order_by("position"))
        shown = {"tags": tags_on(rows)}
        return [dict(LineRow(row, context=shown).data) for row in rows]

    def get_movements(self, expense: Expense) -> list[dict[str, Any]]:
        return [dict(MovementRow(row).data) for row in expense.movements.order_by("booked_date", "id")]

    def get_receipts(self, expense: Expense) -> list[dict[str, Any]]:
        live = expense.attachments.filter(detached_at=None).order_by("id")
        return [dict(AttachmentRow(row).data) for row in live]

    def get_reviews(self, expense: Expense) -> list[dict[str, Any]]:
        return [dict(ReviewRow(row).data) for row in expense.reviews.order_by("id")]


class AttachmentRow(serializers.Serializer[Attachment]):
    """A receipt on an expense."""

    id = serializers.UUIDField()
    receipt = serializers.UUIDField(source="receipt_id")
    by = serializers.UUIDField(source="by_id", allow_null=True, help_text="Null: matched by itself.")
    reasons = serializers.ListField(child=serializers.DictField())


class ReviewRow(serializers.Serializer[Review]):
    """A decision about an expense."""

    id = serializers.UUIDField()
    by = serializers.UUIDField(source="by_id", allow_null=True, help_text="Null: it fell by itself.")
    outcome = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class AttendeeInput(serializers.Serializer[Any]):
    """A colleague by `person`, or a guest by `name`."""

    person = serializers.UUIDField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_blank=True, max_length=80)
    organisation = serializers.CharField(required=False, allow_blank=True, max_length=80)


def people_of(wanted: list[dict[str, Any]], company: Company) -> list[Present]:
    """Return who was there; a colleague of another company is a ValidationError beside `attendees`."""
    asked = {one["person"] for one in wanted if one.get("person")}
    known = {person.pk: person for person in Membership.objects.for_company(company).filter(pk__in=asked)}
    found = []
    for one in wanted:
        person = known.get(one["person"]) if one.get("person") else None
        if (one.get("person") and person is None) or not (person or one.get("name", "").strip()):
            raise serializers.ValidationError({"attendees": ["Name a person of this company, or a guest."]})
        found.append(Present(one.get("name", ""), one.get("organisation", ""), person))
    return found


class CodingInput(serializers.Serializer[Any]):
    """What to change; a field that is left out stays as it is, null empties it."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    category = serializers.UUIDField(required=False, allow_null=True)
    tax_code = serializers.UUIDField(required=False, allow_null=True)
    tax_amount = serializers.IntegerField(required=False, min_value=0, max_value=MAX_AMOUNT)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    document_date = serializers.DateField(required=False)
    tags = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=20,
        help_text="One of each group; groups left out stay.",
    )
    vendor = serializers.UUIDField(required=False, allow_null=True)
    attendees = AttendeeInput(many=True, required=False, max_length=MOST)  # type: ignore[call-arg]


class AttachInput(serializers.Serializer[Any]):
    receipt = serializers.UUIDField()


class ReviewInput(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(ReviewOutcome.choices)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
    stage_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="The stage you looked at; refused when it went on."
    )


class ExpenseFilters(ApiFilterSet):
    """How a list is narrowed."""

    next_step = WordFilter(next_step.STEPS, method="at_step")
    owner = UUIDFilter()
    vendor = UUIDFilter()
    tag = UUIDFilter(method="with_tag", help_text="Those below it in its tree are found, too.")
    kind = WordFilter(ExpenseKind.values)
    payment = WordFilter(PaymentState.values)
    flag_level = WordFilter(LEVELS)
    books_lane = WordFilter([value for value in Lane.values if value])
    purchased_from = MomentFilter("purchased_at", "gte", help_text="ISO 8601, inclusive.")
    purchased_before = MomentFilter("purchased_at", "lt", help_text="ISO 8601, exclusive.")

    def at_step(self, rows: QuerySet[Expense], name: str, value: str) -> QuerySet[Expense]:
        return rows.filter(next_step.at_steps((value,)))

    def with_tag(self, rows: QuerySet[Expense], name: str, value: UUID) -> QuerySet[Expense]:
        company = self.request.auth.company_id
        return rows.filter(tagged(Q(pk=value, company=company)))


class ExpenseList(Endpoint):
    """All expenses that the token's membership may see."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see"}
    serializer_class = ExpenseRow
    filterset_class = ExpenseFilters

    @extend_schema(tags=["expenses"], summary="List expenses, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Expense.objects.visible_to(self.membership))


class OneExpense(Endpoint):
    """What the endpoints of one expense share."""

    serializer_class: type[serializers.Serializer[Any]] = ExpenseWhole

    def found(self, expense_id: UUID) -> Expense:
        return get_object_or_404(Expense.objects.visible_to(self.membership), pk=expense_id)

    def answer(self, expense_id: UUID, status: int = 200) -> Response:
        return Response(ExpenseWhole(self.found(expense_id)).data, status=status)

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        asked = shape(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


class ExpenseDetail(OneExpense):
    """One expense; changing its coding."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see", "PATCH": "expenses.edit"}

    @extend_schema(tags=["expenses"], summary="One expense with lines, movements, receipts and decisions")
    def get(self, request: Any, expense_id: UUID) -> Response:
        return self.answer(expense_id)

    @extend_schema(tags=["expenses"], summary="Code an expense", request=CodingInput)
    def patch(self, request: Any, expense_id: UUID) -> Response:
        expense, wanted = self.found(expense_id), self.valid(CodingInput)
        complete(expense=expense, by=self.membership, now=timezone.now(), **self._values(expense, wanted))
        return self.answer(expense_id)

    def _values(self, expense: Expense, wanted: dict[str, Any]) -> dict[str, Any]:
        masters: tuple[tuple[str, Any], ...] = (("category", Category), ("tax_code", TaxCode), ("vendor", Vendor))
        values: dict[str, Any] = {"version": wanted.get("version"), "note": wanted.get("note", KEEP)}
        for name, model in masters:
            values[name] = wanted.get(name, KEEP)
            if isinstance(values[name], UUID):
                rows = model.objects.for_company(self.company).filter(pk=values[name])
                if not rows.exists():
                    raise serializers.ValidationError({name: ["There is no such row in this company."]})
                values[name] = rows.get()
        if "tax_amount" in wanted:
            values["tax"] = Money(wanted["tax_amount"], expense.currency)
        if "tags" in wanted:
            tags = (self.of_company(Tag, pk, field="tags") for pk in wanted["tags"])
            values["tags"] = as_wanted(tag for tag in tags if tag)
        values["document_date"] = wanted.get("document_date")
        values["people"] = people_of(wanted["attendees"], self.company) if "attendees" in wanted else None
        return values


class ExpenseReceipts(OneExpense):
    """Receipts of an expense."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.edit"}

    @extend_schema(tags=["expenses"], summary="Attach a receipt", request=AttachInput, responses={201: ExpenseWhole})
    def post(self, request: Any, expense_id: UUID) -> Response:
        expense, wanted = self.found(expense_id), self.valid(AttachInput)
        receipt = get_object_or_404(Receipt.objects.visible_to(self.membership), pk=wanted["receipt"])
        attach(expense=expense, receipt=receipt, by=self.membership, now=timezone.now())
        return self.answer(expense_id, 201)


class ExpenseReceipt(OneExpense):
    """One attachment."""

    capabilities: ClassVar[dict[str, str]] = {"DELETE": "expenses.edit"}

    @extend_schema(tags=["expenses"], summary="Take a receipt off", responses={200: ExpenseWhole})
    def delete(self, request: Any, expense_id: UUID, attachment_id: UUID) -> Response:
        rows = Attachment.objects.filter(expense=self.found(expense_id)).select_related("expense")
        detach(attachment=get_object_or_404(rows, pk=attachment_id), by=self.membership, now=timezone.now())
        return self.answer(expense_id)


class ExpenseApproval(OneExpense):
    """The decision about an expense."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "expenses.review", "DELETE": "expenses.review"}

    @extend_schema(tags=["expenses"], summary="Decide", request=ReviewInput, responses={201: ExpenseWhole})
    def post(self, request: Any, expense_id: UUID) -> Response:
        expense, wanted = self.found(expense_id), self.valid(ReviewInput)
        review(expense=expense, by=self.membership, now=timezone.now(), via="api", **wanted)
        return self.answer(expense_id, 201)

    @extend_schema(tags=["expenses"], summary="Take the decision back", responses={200: ExpenseWhole})
    def delete(self, request: Any, expense_id: UUID) -> Response:
        withdraw_review(expense=self.found(expense_id), by=self.membership, now=timezone.now())
        return self.answer(expense_id)


class MasterRow(serializers.Serializer[Any]):
    """What all masters have."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    archived_at = serializers.DateTimeField(allow_null=True)


class CategoryRow(MasterRow):
    code = serializers.CharField()
    group = serializers.UUIDField(source="group_id", allow_null=True)
    account = serializers.UUIDField(source="account_id")
    tax_code = serializers.UUIDField(source="tax_code_id", allow_null=True)


class AccountRow(MasterRow):
    number = serializers.CharField()
    type = serializers.CharField()


class TaxCodeRow(MasterRow):
    code = serializers.CharField()
    rate = serializers.DecimalField(max_digits=9, decimal_places=6, help_text="Percent of the amount without tax.")
    method = serializers.CharField(
        help_text="inclusive: inside the amount; reverse: on top, owed by the company itself."
    )
    non_deductible = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="Percent of the VAT.")
    country = serializers.CharField(help_text="Empty: the company's own.")
    account = serializers.UUIDField(source="account_id", allow_null=True)
    reverse_account = serializers.UUIDField(source="reverse_account_id", allow_null=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="Its last day.")


class CategoryList(Endpoint):
    """The categories."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "masters.see"}
    serializer_class = CategoryRow

    @extend_schema(tags=["masters"], summary="List categories, archived ones included")
    def get(self, request: Any) -> Response:
        return self.listed(Category.objects.for_company(self.company))


class AccountList(Endpoint):
    """The chart of accounts."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "masters.see"}
    serializer_class = AccountRow

    @extend_schema(tags=["masters"], summary="List the chart of accounts, archived ones included")
    def get(self, request: Any) -> Response:
        return self.listed(ChartAccount.objects.for_company(self.company))


class TaxCodeList(Endpoint):
    """The VAT codes."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "masters.see"}
    serializer_class = TaxCodeRow

    @extend_schema(tags=["masters"], summary="List VAT codes, archived ones included")
    def get(self, request: Any) -> Response:
        return self.listed(TaxCode.objects.for_company(self.company))
