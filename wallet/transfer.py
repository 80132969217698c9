"""Move money: one row that names both sides, and the four counters that follow from it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils.translation import gettext

from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.models import WALLET_KINDS, LedgerAccount, Transfer, TransferCode


class TransferRefused(DomainError):
    """The two sides, the amount or the reason do not make a transfer. Always a fault of the caller; nothing moved."""

    code = "transfer_refused"

    def message(self) -> str:
        return gettext("This amount cannot be moved between these accounts.")


class AmountNotPositive(TransferRefused):
    """Direction is a word, debit and credit: an amount is never zero or below."""

    code = "amount_not_positive"
    field = "amount"

    def message(self) -> str:
        return gettext("The amount must be more than zero.")


class SameAccount(TransferRefused):
    """Money that stays where it is does not move."""

    code = "same_account"


class OtherCompany(TransferRefused):
    """The two accounts belong to different companies, or the correction points at another company's transfer."""

    code = "other_company"


class OtherCurrency(TransferRefused):
    """The amount is not in the currency of both accounts."""

    code = "other_currency"
    field = "amount"

    def message(self) -> str:
        return gettext("The wallet is in %(wallet)s.") % self.params


class AlreadyTransferred(TransferRefused):
    """The subject has made this transfer before; the money moved then and not now."""

    code = "already_transferred"
    status = 409

    def message(self) -> str:
        return gettext("This was booked before. Nothing moved a second time.")


class TooLittleAvailable(TransferRefused):
    """A person asked for more than the account has free: reserved money and an overdraft are nobody's to give away."""

    code = "too_little_available"
    field = "amount"

    def message(self) -> str:
        return gettext("That is more than is available there. Reserved money stays where it is.")


def transfer(
    *,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: Money,
    code: str,
    subject: models.Model,
    booked_at: datetime,
    value_date: date,
    text: str = "",
    reverses: Transfer | None = None,
    only_available: bool = False,
) -> Transfer:
    """Write one transfer and move both accounts' posted counters with it. Never refused for lack of money by default.

    `only_available` is for what a person decides (a move, a withdrawal): it takes no more than the debited account has free
    of holds and overdraft, and the condition stands in the statement that takes it. `docs/ledger.md` says which code debits
    and credits what. Raises, in this order: AmountNotPositive, SameAccount, OtherCompany, OtherCurrency, AlreadyTransferred,
    TooLittleAvailable.
    """
    assert code in TransferCode.values, f"{code} is not a reason to move money"
    assert subject.pk, "a transfer needs a saved subject to explain it"
    _check(debit, credit, amount, reverses)
    row = Transfer(
        company_id=debit.company_id,
        debit_account=debit,
        credit_account=credit,
        amount=amount.amount,
        currency=amount.currency,
        code=code,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        text=text[:160],
        booked_at=booked_at,
        value_date=value_date,
        reverses=reverses,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            for account, counter in _in_order([(debit, "debits_posted"), (credit, "credits_posted")]):
                rows = LedgerAccount.objects.filter(pk=account.pk, currency=amount.currency)
                if only_available and counter == "debits_posted":
                    rows = rows.filter(credits_posted__gte=F("debits_posted") + F("debits_pending") + amount.amount)
                moved = rows.update(**{counter: F(counter) + amount.amount})
                if only_available and not moved:
                    raise TooLittleAvailable(account=str(account.pk), asked=amount.amount, currency=amount.currency)
                assert moved == 1, "an account of a transfer exists and keeps its currency"
    except IntegrityError:
        if Transfer.objects.filter(code=code, subject_id=subject.pk).exists():
            raise AlreadyTransferred(code=code) from None
        raise
    return row


def _in_order(sides: list[tuple[LedgerAccount, str]]) -> list[tuple[LedgerAccount, str]]:
    """Wallets first, as a hold in the same transaction has locked one already, then by id: nobody waits in a circle."""
    return sorted(sides, key=lambda side: (side[0].kind not in WALLET_KINDS, side[0].pk))


def _check(debit: LedgerAccount, credit: LedgerAccount, amount: Money, reverses: Transfer | None) -> None:
    if amount.amount <= 0:
        raise AmountNotPositive
    if debit.pk == credit.pk:
        raise SameAccount
    if debit.company_id != credit.company_id or (reverses and reverses.company_id != debit.company_id):
        raise OtherCompany
    if not debit.currency == credit.currency == amount.currency:
        raise OtherCurrency(wallet=debit.currency, asked=amount.currency)
