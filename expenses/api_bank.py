"""The API of what the company pays from, when runs are proposed, and what the bank says of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from expenses.import_bank_answer import import_bank_answer
from expenses.keep_wage_types import keep_wage_types
from expenses.models import AccountForm, BankAccount, RunInterval, RunMethod, RunSchedule
from expenses.schedule_runs import schedule_runs
from expenses.set_bank_account import read_number, set_bank_account
from expenses.taxable import wage_types_of
from pleo.lib.parsers import JsonParser

LARGEST_ANSWER = 20 * 1024 * 1024


class ScheduleRow(serializers.Serializer[Any]):
    """When runs are proposed. An empty interval: by hand."""

    interval = serializers.ChoiceField([("", "By hand"), *RunInterval.choices], allow_blank=True)
    method = serializers.ChoiceField(RunMethod.choices)
    next_on = serializers.DateField()


class OwnAccountRow(serializers.Serializer[Any]):
    """The account that the company pays from; its number is masked."""

    form = serializers.ChoiceField(AccountForm.choices)
    account = serializers.CharField(source="masked")
    holder = serializers.CharField()


class OwnAccountInput(serializers.Serializer[Any]):
    """An account to pay from."""

    form = serializers.ChoiceField(AccountForm.choices)
    number = serializers.CharField(max_length=60)
    bank = serializers.CharField(max_length=12, default="", allow_blank=True)
    holder = serializers.CharField(max_length=70)


class AnswerInput(serializers.Serializer[Any]):
    """A file from the bank."""

    file = serializers.FileField()


class AnswerRow(serializers.Serializer[Any]):
    """What an answer did."""

    paid = serializers.IntegerField()
    failed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="References that no run knows.")


class _Bank(Endpoint):
    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)


class Schedule(_Bank):
    """When runs are proposed by themselves."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "balance.see_all", "PUT": "reimbursements.prepare"}
    serializer_class = ScheduleRow

    def _answer(self) -> Response:
        row = RunSchedule.objects.filter(company=self.company).first()
        return Response(ScheduleRow(row).data if row else {"interval": "", "method": None, "next_on": None})

    @extend_schema(tags=["paying back"], summary="When runs are proposed by themselves")
    def get(self, request: Any) -> Response:
        return self._answer()

    @extend_schema(tags=["paying back"], summary="Set when runs are proposed; an empty interval ends it")
    def put(self, request: Any) -> Response:
        schedule_runs(by=self.membership, now=timezone.now(), **self.valid(ScheduleRow))
        return self._answer()


class WageTypesRow(serializers.Serializer[Any]):
    """What the payroll calls the lines of its file; empty where it needs no number."""

    tax_free = serializers.CharField(max_length=20, allow_blank=True)
    taxable = serializers.CharField(max_length=20, allow_blank=True)
    deduction = serializers.CharField(max_length=20, allow_blank=True)


class OurWageTypes(_Bank):
    """The wage types of the file for the payroll."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "balance.see_all", "PUT": "reimbursements.prepare"}
    serializer_class = WageTypesRow

    @extend_schema(tags=["paying back"], summary="The wage types of the file for the payroll")
    def get(self, request: Any) -> Response:
        return Response(WageTypesRow(wage_types_of(self.company.pk)).data)

    @extend_schema(tags=["paying back"], summary="Keep the wage types of the file for the payroll")
    def put(self, request: Any) -> Response:
        keep_wage_types(by=self.membership, now=timezone.now(), **self.valid(WageTypesRow))
        return self.get(request)


class OwnAccount(_Bank):
    """Where the company pays from."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "balance.see_all", "PUT": "balance.manage"}
    serializer_class = OwnAccountRow

    @extend_schema(tags=["paying back"], summary="The account that the company pays from")
    def get(self, request: Any) -> Response:
        row = BankAccount.objects.for_company(self.company).live().filter(membership=None).first()
        return Response(OwnAccountRow(row).data if row else {"form": None, "account": None, "holder": None})

    @extend_schema(tags=["paying back"], summary="Say which account the company pays from", request=OwnAccountInput)
    def put(self, request: Any) -> Response:
        data = self.valid(OwnAccountInput)
        number = read_number(form=data["form"], number=data["number"], bank=data["bank"])
        set_bank_account(by=self.membership, person=None, number=number, holder=data["holder"], now=timezone.now())
        return self.get(request)


class BankAnswers(_Bank):
    """What the bank says about runs."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "reimbursements.prepare"}
    serializer_class = AnswerRow
    parser_classes = (MultiPartParser, JsonParser)

    @extend_schema(
        tags=["paying back"], summary="Read a pain.002, camt.053, camt.054 or MT940",
        request={"multipart/form-data": AnswerInput}, responses={201: AnswerRow},
    )  # fmt: skip
    def post(self, request: Any) -> Response:
        content = self.valid(AnswerInput)["file"].read(LARGEST_ANSWER)
        told = import_bank_answer(content=content, by=self.membership, now=timezone.now())
        return Response(AnswerRow(told).data, status=201)
