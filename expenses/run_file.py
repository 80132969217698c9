"""The file of a run: pain.001 for the bank, or CSV for the bank of one country or for the payroll. Pure but for the seals."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from sepaxml import SepaTransfer

from expenses.models import AccountForm, Payout, ReimbursementRun, RunMethod, WageTypes
from expenses.set_bank_account import number_of
from expenses.taxable import DEDUCTION, TAX_FREE, TAXABLE, wage_lines
from pleo.lib.csv import defused
from pleo.lib.money import Money

HEADS = {
    AccountForm.GB: ("Sort code", "Account number"),
    AccountForm.DK: ("Reg.nr.", "Kontonummer"),
    AccountForm.SE: ("Clearingnummer", "Kontonummer"),
}

# Files are for machines: their words do not change with the reader's language.
PAYROLL_WORDS = {TAX_FREE: "Tax-free", TAXABLE: "Taxable", DEDUCTION: "Deduction"}


def file_of(run: ReimbursementRun, payouts: Sequence[Payout], wage_types: WageTypes) -> tuple[str, bytes]:
    """Return the name and the bytes of a run's file. Payouts come with their accounts, people and `taxable` parts."""
    assert payouts, "a run pays somebody"
    if run.method == RunMethod.SEPA:
        return f"run-{run.number}-{run.schema}.xml", sepa(run, payouts)
    if run.method == RunMethod.DOMESTIC:
        return f"run-{run.number}-payments.csv", domestic(run, payouts)
    if run.method == RunMethod.WALLET:
        return f"run-{run.number}-from-wallet.csv", from_wallet(run, payouts)
    return f"run-{run.number}-payroll.csv", payroll(run, payouts, wage_types)


class _Transfer(SepaTransfer):
    """A SEPA file that bears our own message number, which the bank's answer names."""

    def __init__(self, message_id: str, config: dict[str, Any], schema: str) -> None:
        self._message_id = message_id
        super().__init__(config, schema=schema, clean=True)

    def _create_header(self) -> None:
        self.msg_id = self._message_id
        super()._create_header()


def sepa(run: ReimbursementRun, payouts: Sequence[Payout]) -> bytes:
    """Return a SEPA credit transfer, valid against its schema: names and texts in the letters that banks take."""
    assert run.paid_from is not None and run.currency == "EUR", "a SEPA file pays euros from an account"
    own = number_of(run.paid_from)
    config: dict[str, Any] = {"name": run.paid_from.holder, "IBAN": own.number, "batch": True, "currency": "EUR"}
    if own.bic:
        config["BIC"] = own.bic
    made = _Transfer(run.message_id, config, run.schema)
    for payout in payouts:
        assert payout.account is not None, "what is in a bank file has an account"
        number = number_of(payout.account)
        values: dict[str, Any] = {
            "name": payout.account.holder, "IBAN": number.number, "amount": payout.amount,
            "execution_date": run.execution_date, "description": payout.text, "endtoend_id": payout.end_to_end_id,
        }  # fmt: skip
        if number.bic:
            values["BIC"] = number.bic
        made.add_payment(values)
    return bytes(made.export(validate=True))


def domestic(run: ReimbursementRun, payouts: Sequence[Payout]) -> bytes:
    """Return the payments as rows that the online bank of the country imports."""
    first = payouts[0].account
    assert first is not None, "what is in a bank file has an account"
    head = [*HEADS[AccountForm(first.form)], "Name", "Amount", "Currency", "Date", "Text", "Reference"]
    rows = []
    for payout in payouts:
        assert payout.account is not None, "what is in a bank file has an account"
        number = number_of(payout.account)
        rows.append(
            [
                number.bank,
                number.number,
                payout.account.holder,
                f"{payout.money.decimal:f}",
                payout.currency,
                run.execution_date.isoformat(),
                payout.text,
                payout.end_to_end_id,
            ]
        )
    return _csv(head, rows)


def from_wallet(run: ReimbursementRun, payouts: Sequence[Payout]) -> bytes:
    """Return what the wallet was told to pay, as a record: nothing is to be done with it."""
    head = ["Name", "Account", "Amount", "Currency", "Date", "Text", "Reference"]
    rows = [
        [
            payout.membership.name, payout.account.masked if payout.account else "", f"{payout.money.decimal:f}",
            payout.currency, run.execution_date.isoformat(), payout.text, payout.end_to_end_id,
        ]
        for payout in payouts
    ]  # fmt: skip
    return _csv(head, rows)


def payroll(run: ReimbursementRun, payouts: Sequence[Payout], wage_types: WageTypes) -> bytes:
    """Return what comes with each salary; the employee number is what the payroll knows people by.

    What is above the tax-free rates is a line of its own with its own wage type; the lines of a person sum to their payout.
    """
    head = [
        "Employee number", "Name", "E-mail", "Wage type", "Kind", "Amount", "Currency", "Date", "Text", "Reference",
    ]  # fmt: skip
    rows = [
        [
            payout.membership.employee_number, payout.membership.name, payout.membership.email,
            getattr(wage_types, line.kind), PAYROLL_WORDS[line.kind], f"{line.amount.decimal:f}", payout.currency,
            run.execution_date.isoformat(), payout.text, payout.end_to_end_id,
        ]
        for payout in payouts
        for line in wage_lines(payout.money, Money(payout.taxable or 0, payout.currency))  # type: ignore[attr-defined]
    ]  # fmt: skip
    return _csv(head, rows)


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([[defused(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")
