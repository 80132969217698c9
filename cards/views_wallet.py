"""Which wallet a card pays from: one card at a time, or several into one wallet."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from cards.change_wallet import change_wallet
from cards.forms_wallet import CardWalletForm, WalletCardsForm
from cards.models import Card
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast
from wallet.forms_wallets import wallet_name
from wallet.models import AccountKind, LedgerAccount


@require_http_methods(["GET", "POST"])
@permitted("cards.manage")
def card_wallet(request: CompanyRequest, card_id: UUID) -> HttpResponseBase:
    """Let one card pay from another wallet."""
    mine = Card.objects.visible_to(request.membership).select_related("account", "company", "cardholder")
    card = get_object_or_404(mine, pk=card_id)
    form = CardWalletForm(request.POST or None, card=card)
    if form.is_bound and form.is_valid():
        try:
            account = form.cleaned_data["account"]
            change_wallet(card=card, account=account, by=request.membership, now=timezone.now())
        except DomainError as error:
            form.add_error("account", error.message())
        else:
            said = {"card": card.name, "wallet": wallet_name(account)}
            toast(request, _("%(card)s pays from %(wallet)s from now on.") % said)
            url = reverse("card", kwargs={"company": request.company.slug, "card_id": card.pk})
            return HttpResponseRedirect(url, status=303)
    context = {"card": card, "form": form}
    return render(request, "cards/card_wallet.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("cards.manage")
def sub_wallet_cards(request: CompanyRequest, account_id: UUID) -> HttpResponseBase:
    """Give cards to a sub-wallet."""
    rows = LedgerAccount.objects.visible_to(request.membership).filter(kind=AccountKind.SUB_WALLET)
    account = get_object_or_404(rows, pk=account_id)
    form = WalletCardsForm(request.POST or None, account=account, viewer=request.membership)
    if form.is_bound and form.is_valid():
        chosen = sorted(form.cleaned_data["cards"], key=lambda card: card.pk)
        try:
            with transaction.atomic():
                for card in chosen:
                    change_wallet(card=card, account=account, by=request.membership, now=timezone.now())
        except DomainError as error:
            form.add_error(None, error.message())
        else:
            toast(request, _moved(len(chosen), account))
            url = reverse("sub-wallet", kwargs={"company": request.company.slug, "account_id": account.pk})
            return HttpResponseRedirect(url, status=303)
    context = {"account": account, "form": form}
    return render(request, "cards/sub_wallet_cards.html", context, status=422 if form.errors else 200)


def _moved(count: int, account: LedgerAccount) -> str:
    said = ngettext("%(count)s card pays from %(wallet)s now.", "%(count)s cards pay from %(wallet)s now.", count)
    return said % {"count": count, "wallet": account.name}
