"""The API of balances, bank accounts, runs and closed periods."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from accounts.models import Membership
from expenses.api import ExpenseWhole, OneExpense
from expenses.balance import standing_of
from expenses.cancel_run import cancel_run
from expenses.fetch_run_file import fetch_run_file
from expenses.link_refund import link_refund
from expenses.lock_period import lock_period, open_period
from expenses.mark_payout import mark_payout
from expenses.models import (
    AccountForm,
    BalanceEntry,
    BalanceKind,
    BankAccount,
    Expense,
    LockKind,
    Payout,
    PayoutStatus,
    PeriodLock,
    ReimbursementRun,
    RunMethod,
    RunStatus,
)
from expenses.prepare_run import SCHEMAS, prepare_run
from expenses.release_run import release_run
from expenses.set_bank_account import read_number, set_bank_account
from expenses.settle_by_hand import settle_by_hand
from pleo.lib.money import MAX_AMOUNT, Money


class EntryRow(serializers.Serializer[BalanceEntry]):
    """One step of a person's account."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="membership_id")
    kind = serializers.ChoiceField(BalanceKind.choices)
    amount = serializers.IntegerField(source="signed.amount", help_text="Minor units; above zero the company owes.")
    currency = serializers.CharField()
    booked_date = serializers.DateField()
    expense = serializers.UUIDField(source="expense_id", allow_null=True)
    payout = serializers.UUIDField(source="payout_id", allow_null=True)
    text = serializers.CharField()


class StandingRow(serializers.Serializer[Any]):
    """How a person stands with the company, in minor units; above zero the company owes."""

    balance = serializers.IntegerField(source="balance.amount")
    on_the_way = serializers.IntegerField(source="on_the_way.amount")
    open = serializers.IntegerField(source="open.amount")
    currency = serializers.CharField(source="balance.currency")
    account = serializers.CharField(allow_null=True, help_text="Masked.")


class AccountInput(serializers.Serializer[Any]):
    form = serializers.ChoiceField(AccountForm.choices)
    number = serializers.CharField(max_length=60)
    bank = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    holder = serializers.CharField(max_length=70)


class SettleInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=64, help_text="Yours; the same again changes nothing.")
    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT)
    kind = serializers.ChoiceField([BalanceKind.REPAYMENT, BalanceKind.DEDUCTION])
    day = serializers.DateField()
    text = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PayoutRow(serializers.Serializer[Payout]):
    """What one person gets in a run."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="membership_id")
    amount = serializers.IntegerField(help_text="Minor units.")
    taxable = serializers.IntegerField(help_text="What of it is above the tax-free rates; minor units.")
    currency = serializers.CharField()
    end_to_end_id = serializers.CharField()
    status = serializers.ChoiceField(PayoutStatus.choices)
    failure_code = serializers.CharField()


class RunRow(serializers.Serializer[ReimbursementRun]):
    """A run in a list."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    method = serializers.ChoiceField(RunMethod.choices)
    status = serializers.ChoiceField(RunStatus.choices)
    currency = serializers.CharField()
    execution_date = serializers.DateField()
    prepared_by = serializers.UUIDField(source="prepared_by_id")
    released_by = serializers.UUIDField(source="released_by_id", allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)
    fetched_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField()


class RunWhole(RunRow):
    """A run with its payouts."""

    payouts = serializers.SerializerMethodField()

    def get_payouts(self, run: ReimbursementRun) -> list[dict[str, Any]]:
        return [
            dict(PayoutRow(row).data)
            for row in run.payouts.annotate(taxable=Sum("items__taxable", default=0)).order_by("id")
        ]


class RunInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=64, help_text="Yours; the same again returns the run there is.")
    method = serializers.ChoiceField(RunMethod.choices)
    execution_date = serializers.DateField()
    schema = serializers.ChoiceField(SCHEMAS, required=False, default=SCHEMAS[0])
    people = serializers.ListField(child=serializers.UUIDField(), required=False, allow_null=True, default=None)


class MarkInput(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField([PayoutStatus.PAID, PayoutStatus.FAILED])
    code = serializers.CharField(max_length=35, required=False, allow_blank=True, default="")


class LockRow(serializers.Serializer[PeriodLock]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(LockKind.choices)
    upto = serializers.DateField()
    lifted_at = serializers.DateTimeField(allow_null=True)


class LockInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(LockKind.choices)
    upto = serializers.DateField()


class RefundInput(serializers.Serializer[Any]):
    purchase = serializers.UUIDField(allow_null=True)


class EntryFilters(ApiFilterSet):
    """How a list of steps is narrowed."""

    person = UUIDFilter(field_name="membership")
    kind = WordFilter(BalanceKind.values)


class RunFilters(ApiFilterSet):
    """How a list of runs is narrowed."""

    status = WordFilter(RunStatus.values)
    method = WordFilter(RunMethod.values)


class _Paying(Endpoint):
    """What these endpoints share."""

    def valid(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        asked = shape(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def person(self, pk: UUID) -> Membership:
        rows = Membership.objects.for_company(self.company)
        if not self.membership.can("balance.see_all"):
            rows = rows.filter(pk=self.membership.pk)
        found: Membership = get_object_or_404(rows, pk=pk)
        return found

    def run(self, pk: UUID) -> ReimbursementRun:
        found: ReimbursementRun = get_object_or_404(ReimbursementRun.objects.visible_to(self.membership), pk=pk)
        return found


class BalanceEntries(_Paying):
    """The steps of accounts."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see"}
    serializer_class = EntryRow
    filterset_class = EntryFilters

    @extend_schema(tags=["paying back"], summary="List steps of accounts: everybody's for finance, else one's own")
    def get(self, request: Any) -> Response:
        rows: QuerySet[BalanceEntry] = BalanceEntry.objects.visible_to(self.membership)
        return self.listed(rows)


class Balance(_Paying):
    """How a person stands."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "expenses.see", "POST": "balance.manage"}
    serializer_class = StandingRow

    @extend_schema(tags=["paying back"], summary="How a person stands with the company")
    def get(self, request: Any, person_id: UUID) -> Response:
        return self._answer(self.person(person_id))

    @extend_schema(
        tags=["paying back"], summary="Write down what a person paid the company", request=SettleInput,
        responses={201: StandingRow},
    )  # fmt: skip
    def post(self, request: Any, person_id: UUID) -> Response:
        person, data = self.person(person_id), self.valid(SettleInput)
        settle_by_hand(
            person=person, by=self.membership, amount=Money(data.pop("amount"), self.company.currency),
            client_key=data.pop("key"), now=timezone.now(), **data,
        )  # fmt: skip
        return self._answer(person, 201)

    def _answer(self, person: Membership, status: int = 200) -> Response:
        account = BankAccount.objects.live().filter(membership=person).first()
        standing: Any = standing_of(person)
        row = {"balance": standing.balance, "on_the_way": standing.on_the_way, "open": standing.open}
        return Response(StandingRow({**row, "account": account.masked if account else None}).data, status=status)


class PersonAccount(_Paying):
    """Where a person is paid."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.claim"}

    @extend_schema(
        tags=["paying back"], summary="Say where a person is paid", request=AccountInput, responses={204: None}
    )
    def put(self, request: Any, person_id: UUID) -> Response:
        person, data = self.person(person_id), self.valid(AccountInput)
        number = read_number(form=data["form"], number=data["number"], bank=data["bank"])
        set_bank_account(by=self.membership, person=person, number=number, holder=data["holder"], now=timezone.now())
        return Response(status=204)


class Runs(_Paying):
    """Runs."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "balance.see_all", "POST": "reimbursements.prepare"}
    serializer_class = RunRow
    filterset_class = RunFilters

    @extend_schema(tags=["paying back"], summary="List runs, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(ReimbursementRun.objects.visible_to(self.membership))

    @extend_schema(tags=["paying back"], summary="Propose a run", request=RunInput, responses={201: RunWhole})
    def post(self, request: Any) -> Response:
        data = self.valid(RunInput)
        run = prepare_run(by=self.membership, client_key=data.pop("key"), now=timezone.now(), **data)
        return Response(RunWhole(run).data, status=201)


class RunDetail(_Paying):
    """One run; cancelling it."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "balance.see_all", "DELETE": "reimbursements.prepare"}
    serializer_class = RunWhole

    @extend_schema(tags=["paying back"], summary="One run with its payouts")
    def get(self, request: Any, run_id: UUID) -> Response:
        return Response(RunWhole(self.run(run_id)).data)

    @extend_schema(tags=["paying back"], summary="Cancel a run whose file nobody fetched", responses={200: RunWhole})
    def delete(self, request: Any, run_id: UUID) -> Response:
        return Response(RunWhole(cancel_run(run=self.run(run_id), by=self.membership, now=timezone.now())).data)


class RunRelease(_Paying):
    """The second pair of eyes."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "reimbursements.release"}
    serializer_class = RunWhole

    @extend_schema(tags=["paying back"], summary="Release a run that somebody else proposed", request=None)
    def post(self, request: Any, run_id: UUID) -> Response:
        return Response(RunWhole(release_run(run=self.run(run_id), by=self.membership, now=timezone.now())).data)


class RunFile(_Paying):
    """The file of a run. Taking it is a write: from then on the run cannot be cancelled."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "reimbursements.prepare"}

    @extend_schema(
        tags=["paying back"], summary="Take the file; it cannot be cancelled then", request=None,
        responses={200: OpenApiTypes.BINARY},
    )  # fmt: skip
    def post(self, request: Any, run_id: UUID) -> HttpResponse:
        run = self.run(run_id)
        content = fetch_run_file(run=run, by=self.membership, now=timezone.now())
        response = HttpResponse(content, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{run.file_name}"'
        return response


class PayoutMark(_Paying):
    """Whether a payout arrived."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "reimbursements.prepare"}
    serializer_class = PayoutRow

    @extend_schema(tags=["paying back"], summary="Mark a payout as paid or refused", request=MarkInput)
    def post(self, request: Any, payout_id: UUID) -> Response:
        payout = get_object_or_404(Payout.objects.for_company(self.company), pk=payout_id)
        mark_payout(payout=payout, by=self.membership, now=timezone.now(), **self.valid(MarkInput))
        told = Payout.objects.annotate(taxable=Sum("items__taxable", default=0)).get(pk=payout.pk)
        return Response(PayoutRow(told).data)


class Locks(_Paying):
    """Closed periods."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "periods.lock", "POST": "periods.lock"}
    serializer_class = LockRow

    @extend_schema(tags=["paying back"], summary="List closed periods, opened ones included")
    def get(self, request: Any) -> Response:
        return self.listed(PeriodLock.objects.for_company(self.company))

    @extend_schema(tags=["paying back"], summary="Close up to a day", request=LockInput, responses={201: LockRow})
    def post(self, request: Any) -> Response:
        row = lock_period(by=self.membership, now=timezone.now(), **self.valid(LockInput))
        return Response(LockRow(row).data, status=201)


class Lock(_Paying):
    """One closed period."""

    capabilities: ClassVar[dict[str, str]] = {"DELETE": "periods.lock"}

    @extend_schema(tags=["paying back"], summary="Open it again", responses={204: None})
    def delete(self, request: Any, lock_id: UUID) -> Response:
        lock = get_object_or_404(PeriodLock.objects.for_company(self.company), pk=lock_id)
        open_period(lock=lock, by=self.membership, now=timezone.now())
        return Response(status=204)


class ExpenseRefund(OneExpense):
    """Which purchase a refund belongs to."""

    capabilities: ClassVar[dict[str, str]] = {"PUT": "expenses.edit"}

    @extend_schema(
        tags=["expenses"], summary="Link a refund to its purchase", request=RefundInput, responses=ExpenseWhole
    )
    def put(self, request: Any, expense_id: UUID) -> Response:
        expense, data = self.found(expense_id), self.valid(RefundInput)
        rows = Expense.objects.visible_to(self.membership)
        purchase = get_object_or_404(rows, pk=data["purchase"]) if data["purchase"] else None
        link_refund(expense=expense, purchase=purchase, by=self.membership, now=timezone.now())
        return self.answer(expense_id)
