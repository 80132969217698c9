"""The account between a person and the company: everybody's for finance, one's own for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Membership
from accounts.permissions import permitted
from expenses.balance import SIGNED, standing_of, standings
from expenses.forms_paying import BankForm, SettleForm
from expenses.models import BalanceEntry, BalanceKind, BankAccount, Payout
from expenses.set_bank_account import read_number, set_bank_account
from expenses.settle_by_hand import BY_HAND, settle_by_hand, undo_settlement
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.money import Money
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

SORTS = {"name": ("name", "id"), "balance": ("balance", "id")}


def _people(request: CompanyRequest) -> QuerySet[Membership]:
    """Return the people with an account, with its sum, as the query string narrows them."""
    mine = BalanceEntry.objects.filter(membership=OuterRef("pk")).order_by().values("membership")
    sums = Subquery(mine.annotate(sum=Sum(SIGNED)).values("sum"), output_field=BigIntegerField())
    rows: Any = Membership.objects.for_company(request.company).filter(balance_entries__isnull=False).distinct()
    rows = rows.annotate(balance=Coalesce(sums, Value(0), output_field=BigIntegerField()))
    wanted = {"to": Q(balance__gt=0), "by": Q(balance__lt=0), "even": Q(balance=0)}
    rows = rows.filter(wanted.get(request.GET.get("way", ""), Q()))
    for word in search_words(request.GET.get("q", "")[:100]):
        rows = rows.filter(search_text__contains=word.replace("\x00", ""))
    return rows


def _sort(request: CompanyRequest) -> tuple[tuple[str, ...], bool]:
    asked = request.GET.get("sort", "-balance")
    return SORTS.get(asked.lstrip("-"), SORTS["balance"]), asked.startswith("-") or asked.lstrip("-") not in SORTS


@require_GET
@permitted("expenses.see")
def balances(request: CompanyRequest) -> HttpResponse:
    """Show everybody's standing to finance; everybody else sees their own account."""
    if not request.membership.can("balance.see_all"):
        return HttpResponseRedirect(_address(request, request.membership))
    rows, (fields, down) = _people(request), _sort(request)
    page = paginate(rows, by=fields, cursor=request.GET.get("cursor", ""), descending=down)
    people = [row.pk for row in page.rows]
    found = standings(BalanceEntry.objects.filter(membership__in=people), request.company)
    for person in page.rows:
        shown: Any = person
        shown.standing = found[person.pk]
    count, exact = bounded_count(rows)
    context = {
        "page": page,
        "count": count,
        "exact": exact,
        "way": request.GET.get("way", ""),
        "q": request.GET.get("q", ""),
    }
    template = "expenses/balances.html#list" if wants_fragment(request) else "expenses/balances.html"
    return render(request, template, context)


@require_GET
@permitted("balance.see_all")
def balances_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the same people as CSV."""
    header = [gettext("Person"), gettext("Employee number"), gettext("Balance"), gettext("Currency")]
    rows = _people(request).order_by("name", "id")

    def cells() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=1000):
            money = Money(int(row.balance), request.company.currency)  # type: ignore[attr-defined]
            yield [row.name, row.employee_number, f"{money.decimal:f}", money.currency]

    return csv_response(f"balances-{request.company.slug}.csv", header, cells())


def _address(request: CompanyRequest, person: Membership) -> str:
    return reverse("balance-person", kwargs={"company": request.company.slug, "person_id": person.pk})


def _person(request: CompanyRequest, person_id: UUID) -> Membership:
    rows = Membership.objects.for_company(request.company)
    if not request.membership.can("balance.see_all"):
        rows = rows.filter(pk=request.membership.pk)
    found: Membership = get_object_or_404(rows, pk=person_id)
    return found


@require_GET
@permitted("expenses.see")
def balance_person(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    """Show one account: how it stands, every step, and what is on its way."""
    return _show(request, _person(request, person_id))


def _show(
    request: CompanyRequest, person: Membership, form: SettleForm | None = None, status: int = 200
) -> HttpResponse:
    standing = standing_of(person)
    rows = BalanceEntry.objects.filter(membership=person).select_related("expense", "payout__run", "by")
    kind = request.GET.get("kind", "")
    shown = rows.filter(kind=kind) if kind in BalanceKind.values else rows
    page = paginate(shown, by=("booked_date", "id"), cursor=request.GET.get("cursor", ""))
    undone = set(rows.filter(undoes__isnull=False).values_list("undoes", flat=True))
    for entry in page.rows:
        line: Any = entry
        line.can_undo = entry.kind in BY_HAND and entry.pk not in undone and request.membership.can("balance.manage")
    owed = Money(max(0, -standing.open.amount), request.company.currency)
    if form is None and owed and request.membership.can("balance.manage"):
        form = SettleForm(company=request.company, owed=owed, today=request.company.day_of(timezone.now()))
    context = {
        "person": person, "standing": standing, "page": page, "form": form, "kind": kind, "is_own": person == request.membership,
        "kinds": BalanceKind.choices, "account": _live(request, person),
        "payouts": Payout.objects.filter(membership=person).select_related("run", "account").order_by("-id")[:5],
    }  # fmt: skip
    template = "expenses/balance.html#entries" if wants_fragment(request) else "expenses/balance.html"
    return render(request, template, context, status=status)


def _live(request: CompanyRequest, person: Membership | None) -> BankAccount | None:
    rows = BankAccount.objects.for_company(request.company).live()
    return rows.filter(membership=person).first()


@require_GET
@permitted("expenses.see")
def balance_export(request: CompanyRequest, person_id: UUID) -> HttpResponseBase:
    """Stream the steps of one account as CSV."""
    person = _person(request, person_id)
    header = [
        gettext("Date"),
        gettext("What"),
        gettext("Text"),
        gettext("Expense"),
        gettext("Amount"),
        gettext("Currency"),
    ]
    rows = BalanceEntry.objects.filter(membership=person).select_related("expense").order_by("booked_date", "id")
    cells = (
        [
            row.booked_date.isoformat(), row.get_kind_display(), row.text, row.expense.number if row.expense else "",
            f"{row.signed.decimal:f}", row.currency,
        ]
        for row in rows.iterator(chunk_size=1000)
    )  # fmt: skip
    return csv_response(f"balance-{request.company.slug}.csv", header, cells)


@require_POST
@permitted("balance.manage")
def balance_settle(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    """Write down what a person paid the company."""
    person, today = _person(request, person_id), request.company.day_of(timezone.now())
    nothing = Money(0, request.company.currency)
    form = SettleForm(request.POST, company=request.company, owed=nothing, today=today)
    if not form.is_valid():
        return _show(request, person, form, 422)
    data = form.cleaned_data
    try:
        entry = settle_by_hand(
            person=person, by=request.membership, amount=data["amount"], kind=data["kind"], day=data["day"],
            text=data["text"], client_key=data["key"], now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return _show(request, person, form, error.status)
    undo = reverse("balance-undo", kwargs={"company": request.company.slug, "entry_id": entry.pk})
    params = {"amount": format.amount(data["amount"]), "name": person.first_name}
    toast(request, gettext("%(amount)s from %(name)s is written down.") % params, undo=undo)
    return HttpResponseRedirect(_address(request, person), status=303)


@require_POST
@permitted("balance.manage")
def balance_undo(request: CompanyRequest, entry_id: UUID) -> HttpResponse:
    """Take back what was written down by hand."""
    entry = get_object_or_404(
        BalanceEntry.objects.visible_to(request.membership).select_related("membership"), pk=entry_id
    )
    try:
        undo_settlement(entry=entry, by=request.membership, now=timezone.now())
        toast(request, gettext("It is taken back."))
    except DomainError as error:
        toast(request, error.message())
    return HttpResponseRedirect(_address(request, entry.membership), status=303)


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def balance_account(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    """Where a person is paid: their own, or anybody's for finance. A change asks who is there."""
    person = _person(request, person_id)
    return _account(request, person, _address(request, person))


@require_http_methods(["GET", "POST"])
@permitted("balance.manage")
def company_account(request: CompanyRequest) -> HttpResponse:
    """Where the company pays from."""
    return _account(request, None, reverse("reimbursements", kwargs={"company": request.company.slug}))


def _account(request: CompanyRequest, person: Membership | None, back: str) -> HttpResponse:
    initial = {"holder": person.name if person else request.company.legal_name or request.company.name}
    form, status = BankForm(request.POST or None, initial=initial), 200
    if is_reauthentication_required(request, app="account"):
        here = urlencode({"next": request.path})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{here}", status=303)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                number = read_number(form=data["form"], number=data["number"], bank=data["bank"])
                row = set_bank_account(
                    by=request.membership, person=person, number=number, holder=data["holder"], now=timezone.now()
                )
                toast(request, gettext("%(account)s is kept.") % {"account": row.masked})
                return HttpResponseRedirect(back, status=303)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.message())
                status = error.status
    context = {"form": form, "person": person, "account": _live(request, person), "back": back}
    return render(request, "expenses/bank_account.html", context, status=status)
