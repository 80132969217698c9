"""Sub-wallets: the list, one of them, a new one, moving money, putting one away."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast, wants_fragment
from pleo.lib.pagination import bounded_count, paginate
from wallet.archive_sub_wallet import archive_sub_wallet, users_of
from wallet.change_sub_wallet import change_sub_wallet
from wallet.files import movements_file
from wallet.forms import MovementFilter
from wallet.forms_wallets import MoveForm, SubWalletFilter, SubWalletForm, wallet_name
from wallet.models import AccountKind, Hold, LedgerAccount, Transfer
from wallet.move_money import move_money
from wallet.movements import listed
from wallet.open_sub_wallet import open_sub_wallet
from wallet.parts import parts_of
from wallet.restore_sub_wallet import restore_sub_wallet
from wallet.views_money import put, to

SORTS = {"name": (("name", "id"), False), "-name": (("name", "id"), True), "-created": (("created_at", "id"), True)}


def _sub_wallet(request: CompanyRequest, account_id: UUID) -> LedgerAccount:
    rows = LedgerAccount.objects.visible_to(request.membership).filter(kind=AccountKind.SUB_WALLET)
    account: LedgerAccount = get_object_or_404(rows.select_related("team", "company"), pk=account_id)
    return account


@require_GET
@permitted("wallet.see")
def sub_wallets(request: CompanyRequest) -> HttpResponse:
    """Every sub-wallet with what is in it."""
    narrow = SubWalletFilter(request.GET)
    rows = narrow.narrow(request.company)
    by, descending = SORTS.get(request.GET.get("sort", ""), SORTS["name"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "count": count, "exact": exact}
    context["rows"] = [(account, users_of(account)) for account in page.rows]
    return render(request, template_for(request, "wallet/sub_wallets.html", "list"), context)


@require_GET
@permitted("wallet.see")
def sub_wallets_csv(request: CompanyRequest) -> HttpResponseBase:
    """The sub-wallets as filtered, as a file."""
    rows = SubWalletFilter(request.GET).narrow(request.company).order_by("name", "id").iterator(chunk_size=500)
    head = [
        _("Name"), _("Team"), _("Available"), _("Reserved"), _("In the wallet"), _("Currency"), _("Reference"), _("Put away"),
    ]  # fmt: skip
    cells = (
        [
            row.name, row.team.name if row.team else "", f"{row.available.decimal:f}", f"{row.reserved.decimal:f}",
            f"{row.balance.decimal:f}", row.currency, row.top_up_reference,
            request.company.day_of(row.archived_at).isoformat() if row.archived_at else "",
        ]
        for row in rows
    )  # fmt: skip
    return csv_response("sub-wallets.csv", head, cells)


@require_GET
@permitted("wallet.see")
def sub_wallet(request: CompanyRequest, account_id: UUID) -> HttpResponse:
    """One sub-wallet: what is in it, what moved, who pays from it."""
    account, narrow = _sub_wallet(request, account_id), MovementFilter(request.GET)
    context = {"account": account, "narrow": narrow, **listed(request.membership, account, narrow, request.GET)}
    if wants_fragment(request):
        return render(request, "wallet/sub_wallet.html#list", context)
    context["holds"] = Hold.objects.filter(account=account, amount__gt=0).count()
    context["parts"] = parts_of(account, request.membership)
    context["is_empty"] = not account.balance and not account.reserved and not users_of(account)
    return render(request, "wallet/sub_wallet.html", context)


@require_GET
@permitted("wallet.see")
def sub_wallet_csv(request: CompanyRequest, account_id: UUID) -> HttpResponseBase:
    """The movements of a sub-wallet as filtered, as a file."""
    account = _sub_wallet(request, account_id)
    rows = Transfer.objects.visible_to(request.membership).of_account(account)
    return movements_file(account, MovementFilter(request.GET).narrow(rows), "sub-wallet.csv")


@require_http_methods(["GET", "POST"])
@permitted("wallet.manage")
def sub_wallet_create(request: CompanyRequest) -> HttpResponseBase:
    """Set a part of the money aside."""
    form = SubWalletForm(request.POST or None, company=request.company)
    if form.is_bound and form.is_valid():
        try:
            made = open_sub_wallet(by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            toast(request, _("%(name)s is there. Move money into it.") % {"name": made.name})
            return to(request, "sub-wallet", account_id=made.pk)
    return render(request, "wallet/sub_wallet_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("wallet.manage")
def sub_wallet_edit(request: CompanyRequest, account_id: UUID) -> HttpResponseBase:
    """Rename a sub-wallet, or give it to a team."""
    account = _sub_wallet(request, account_id)
    initial = {"name": account.name, "team": account.team_id}
    form = SubWalletForm(request.POST or None, company=request.company, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            change_sub_wallet(account=account, by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            return to(request, "sub-wallet", account_id=account.pk)
    context = {"form": form, "account": account}
    return render(request, "wallet/sub_wallet_form.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("wallet.manage")
def sub_wallet_archive(request: CompanyRequest, account_id: UUID) -> HttpResponseBase:
    """Put an empty sub-wallet away; the toast brings it back."""
    account, slug = _sub_wallet(request, account_id), request.company.slug
    try:
        archive_sub_wallet(account=account, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return to(request, "sub-wallet", account_id=account.pk)
    undo = reverse("sub-wallet-restore", kwargs={"company": slug, "account_id": account.pk})
    toast(request, _("%(name)s is put away.") % {"name": account.name}, undo=undo)
    return to(request, "sub-wallets")


@require_POST
@permitted("wallet.manage")
def sub_wallet_restore(request: CompanyRequest, account_id: UUID) -> HttpResponseBase:
    """Bring a sub-wallet back that was put away."""
    account = _sub_wallet(request, account_id)
    try:
        restore_sub_wallet(account=account, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _("%(name)s is back.") % {"name": account.name})
    return to(request, "sub-wallet", account_id=account.pk)


@require_http_methods(["GET", "POST"])
@permitted("wallet.manage")
def wallet_move(request: CompanyRequest) -> HttpResponseBase:
    """Move available money between wallets."""
    initial = {name: request.GET[name] for name in ("source", "target") if name in request.GET}
    form = MoveForm(request.POST or None, company=request.company, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            move = move_money(by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            put(form, error)
        else:
            said = {"amount": format.amount(move.money), "target": wallet_name(move.target)}
            toast(request, _("%(amount)s moved to %(target)s.") % said)
            return to(request, "wallet")
    return render(request, "wallet/move.html", {"form": form}, status=422 if form.errors else 200)
