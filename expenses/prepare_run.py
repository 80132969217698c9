"""Propose who is paid back what: everybody with money to get, the net of all that is open between them and the company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Company, Membership
from accounts.numbering import next_number
from events.record import record
from expenses.errors import NotYours
from expenses.models import (
    AccountForm,
    BalanceEntry,
    BankAccount,
    Payout,
    PayoutItem,
    ReimbursementRun,
    RunMethod,
)
from expenses.taxable import taxable_by_entry
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from wallet.bank_orders import can_pay_out

RANGE = "reimbursement_run"
SCHEMAS = ("pain.001.001.09", "pain.001.001.03")
# The form of account that a domestic file of a currency needs.
DOMESTIC = {"GBP": AccountForm.GB, "DKK": AccountForm.DK, "SEK": AccountForm.SE}
MOST_PEOPLE = 5000


class NothingToPay(DomainError):
    """Nobody of those chosen is owed anything that could be paid this way."""

    code = "nothing_to_pay"

    def message(self) -> str:
        return gettext("Nobody can be paid back this way now. Look at who lacks a bank account.")


class MethodUnfit(DomainError):
    """The bank file does not exist in the company's currency."""

    code = "method_unfit"
    field = "method"

    def message(self) -> str:
        return {
            RunMethod.SEPA: gettext("A SEPA file pays in euros. Choose the domestic file, or the salary."),
            RunMethod.DOMESTIC: gettext("There are domestic files for pounds, Danish and Swedish kroner alone."),
            RunMethod.WALLET: gettext("This company’s wallet cannot pay people. Choose a file, or the salary."),
        }[RunMethod(self.params["method"])]


class OwnAccountMissing(DomainError):
    """The bank must know which account of the company it pays from."""

    code = "own_account_missing"
    field = "method"

    def message(self) -> str:
        return gettext("Write down first which account the company pays from.")


@dataclass(frozen=True)
class Proposal:
    """What a run would pay a person, and why it cannot: `obstacle` is a code, empty when it can."""

    person: Membership
    amount: Money
    account: BankAccount | None
    entries: tuple[UUID, ...]
    obstacle: str = ""


def fits(method: str, company: Company) -> None:
    """Raise MethodUnfit when a company cannot pay by a method."""
    currency = company.currency
    if method == RunMethod.WALLET and not can_pay_out(company.issuer):
        raise MethodUnfit(method=method)
    if method == RunMethod.SEPA and currency != "EUR":
        raise MethodUnfit(method=method)
    if method == RunMethod.DOMESTIC and currency not in DOMESTIC:
        raise MethodUnfit(method=method)


def methods_for(company: Company) -> list[str]:
    """Return the methods that a company can pay by, the usual one first."""
    currency = company.currency
    found = [RunMethod.SEPA] if currency == "EUR" else [RunMethod.DOMESTIC] if currency in DOMESTIC else []
    return [*found, RunMethod.PAYROLL, *([RunMethod.WALLET] if can_pay_out(company.issuer) else [])]


def proposals(*, by: Membership, method: str, people: Collection[UUID] | None = None) -> list[Proposal]:
    """Return what everybody would get, largest first; people with nothing to get are left out. Raises MethodUnfit."""
    company = by.company
    fits(method, company)
    rows = BalanceEntry.objects.for_company(company).open().select_related("membership").order_by("id")
    if people is not None:
        rows = rows.filter(membership__in=people)
    owed: dict[UUID, list[BalanceEntry]] = defaultdict(list)
    for entry in rows:
        owed[entry.membership_id].append(entry)
    live = BankAccount.objects.for_company(company).live().filter(membership__in=list(owed))
    accounts = {account.membership_id: account for account in live}
    found = []
    for person_id, entries in owed.items():
        amount = sum(entry.signed.amount for entry in entries)
        if amount > 0:
            account = accounts.get(person_id)
            ids = tuple(entry.pk for entry in entries)
            obstacle = _obstacle(method, company.currency, account)
            money = Money(amount, company.currency)
            found.append(Proposal(entries[0].membership, money, account, ids, obstacle))
    return sorted(found, key=lambda one: (-one.amount.amount, one.person.name))


def _obstacle(method: str, currency: str, account: BankAccount | None) -> str:
    if method == RunMethod.PAYROLL:
        return ""
    if account is None:
        return "no_account"
    if method == RunMethod.WALLET:
        return ""
    wanted = AccountForm.IBAN if method == RunMethod.SEPA else DOMESTIC[currency]
    return "" if account.form == wanted else "other_form"


@transaction.atomic
def prepare_run(
    *, by: Membership, method: str, execution_date: date, client_key: str, now: datetime, schema: str = SCHEMAS[0],
    people: Collection[UUID] | None = None,
) -> ReimbursementRun:  # fmt: skip
    """Make a run of all open entries of those that are owed something; the same key again returns the run there is.

    Each entry stands in one live payout at most: the database refuses the second of two runs that are made at once.
    Raises NotYours, MethodUnfit, OwnAccountMissing, NothingToPay, WrongState.
    """
    assert client_key and schema in SCHEMAS, "the form brings a key and a known schema"
    if not by.can("reimbursements.prepare"):
        raise NotYours
    known = ReimbursementRun.objects.for_company(by.company).filter(client_key=client_key).first()
    if known is not None:
        return known
    fits(method, by.company)
    own = BankAccount.objects.for_company(by.company).live().filter(membership=None).first()
    if method == RunMethod.SEPA and (own is None or own.form != AccountForm.IBAN):
        raise OwnAccountMissing
    payable = [one for one in proposals(by=by, method=method, people=people) if not one.obstacle][:MOST_PEOPLE]
    if not payable:
        raise NothingToPay
    try:
        with transaction.atomic():
            return _insert(by, method, execution_date, client_key, schema, own, payable, now)
    except IntegrityError:
        # Somebody made a run of the same entries, or pressed twice, while this one was made.
        known = ReimbursementRun.objects.for_company(by.company).filter(client_key=client_key).first()
        if known is not None:
            return known
        raise WrongState from None


def _insert(
    by: Membership, method: str, day: date, client_key: str, schema: str, own: BankAccount | None,
    payable: list[Proposal], now: datetime,
) -> ReimbursementRun:  # fmt: skip
    run = ReimbursementRun.objects.create(
        company_id=by.company_id, number=next_number(company=by.company, range=RANGE), client_key=client_key,
        method=method, schema=schema if method == RunMethod.SEPA else "", currency=by.company.currency,
        execution_date=day, prepared_by=by, paid_from=None if method in (RunMethod.PAYROLL, RunMethod.WALLET) else own,
    )  # fmt: skip
    payouts, items = [], []
    taxable = taxable_by_entry([entry for one in payable for entry in one.entries])
    for one in payable:
        key = uuid7()
        payout = Payout(
            id=key, company_id=by.company_id, run=run, membership=one.person, amount=one.amount.amount,
            currency=one.amount.currency, end_to_end_id=f"PLEO{key.hex[:31].upper()}", account=one.account,
            text=remittance(by.company.name, run.number, len(one.entries)),
        )  # fmt: skip
        payouts.append(payout)
        items += [
            PayoutItem(company_id=by.company_id, payout=payout, entry_id=entry, taxable=taxable.get(entry, 0))
            for entry in one.entries
        ]
    Payout.objects.bulk_create(payouts)
    PayoutItem.objects.bulk_create(items)
    whole = sum(payout.amount for payout in payouts)
    changes = {"amount": whole, "currency": run.currency, "people": len(payouts), "method": method}
    record(company=by.company, verb="run.prepared", subject=run, by=by, changes=changes, now=now)
    return run


def remittance(company: str, number: int, count: int) -> str:
    """Return what stands on the person's bank statement, 140 characters at most, in the company's own name."""
    return f"{company[:80]} expenses run {number}, {count} items"[:140]
