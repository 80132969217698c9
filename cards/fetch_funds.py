"""Ask an issuer to fetch money from the bank account that is linked to it. It is booked when the issuer says that it came."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Company, Membership
from cards.issuers import features_of, issuer_named
from cards.issuers.base import Feature, IssuerRefused, IssuerUnavailable
from events.models import Actor, Event
from events.record import record
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.transfer import AmountNotPositive, OtherCurrency


class NoFunds(DomainError):
    """The company's issuer fetches no money, or refused to. `answer` is its own word."""

    code = "no_funds"

    def message(self) -> str:
        if self.params["answer"] == "unsupported":
            return gettext("This card issuer fetches no money. Top up by bank transfer.")
        if self.params["answer"] == "unavailable":
            return gettext(
                "The card issuer did not answer, so it may or may not have begun. Send this form again: it fetches once."
            )
        return gettext("The card issuer fetches no money: %(answer)s.") % self.params


def is_fetched(company: Company) -> bool:
    """Say whether the company's issuer fetches money at all."""
    return Feature.TOP_UPS in features_of(company.issuer)


def fetch_funds(*, company: Company, amount: Money, key: UUID, by: Membership | None = None) -> str:
    """Return the issuer's reference of the money that is on its way; the same key again asks for nothing more.

    Issuers forget a key after a day or so, so ours are looked up in the log first. The issuer is asked, so this never runs
    inside a transaction. Raises AmountNotPositive, OtherCurrency, NoFunds.
    """
    if not is_fetched(company):
        raise NoFunds(answer="unsupported")
    issuer = issuer_named(company.issuer)
    if amount.amount <= 0:
        raise AmountNotPositive
    if amount.currency != company.currency:
        raise OtherCurrency(wallet=company.currency, asked=amount.currency)
    if known := _asked(company).filter(changes__key=str(key)).first():
        if (known.changes["amount"], known.changes["currency"]) != (amount.amount, amount.currency):
            raise NoFunds(answer="idempotency_key_in_use")
        return str(known.changes["reference"])
    try:
        reference = issuer.top_up(key=key, amount=amount, company=str(company.pk))
    except IssuerRefused as refused:
        raise NoFunds(answer=refused.code) from None
    except IssuerUnavailable:
        raise NoFunds(answer="unavailable") from None
    _note(company, amount, key, reference, by)
    return reference


def _asked(company: Company) -> Any:
    return Event.objects.for_company(company).filter(verb="funds.asked")


@transaction.atomic
def _note(company: Company, amount: Money, key: UUID, reference: str, by: Membership | None) -> None:
    """Write it down once: of two that asked at once with one key, the second finds the first's line."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    if _asked(company).filter(changes__reference=reference).exists():
        return
    changes = {"amount": amount.amount, "currency": amount.currency, "reference": reference, "key": str(key)}
    record(
        company=company, verb="funds.asked", subject=company, by=by, actor=None if by else Actor.SYSTEM, changes=changes
    )
