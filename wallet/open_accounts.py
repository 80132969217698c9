"""Make the ledger accounts of a new company, in the transaction that makes the company."""

from __future__ import annotations

import secrets
from typing import Any

from accounts.models import Company
from wallet.models import AccountKind, LedgerAccount

KINDS = (
    AccountKind.WALLET,
    AccountKind.BANK_IN_TRANSIT,
    AccountKind.CARD_SETTLEMENT,
    AccountKind.FEES,
    AccountKind.REIMBURSEMENTS,
    AccountKind.DISPUTES,
)
# No 0, 1, I, L, O, U: people read the reference aloud and type it into a bank.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """Return a text that tells the bank's line apart from every other company's: PLEO and eight characters."""
    return "PLEO-" + "".join(secrets.choice(ALPHABET) for _ in range(8))


def open_accounts(sender: Any, *, company: Company, **_: Any) -> None:
    """Make one account of each kind. Connected to `company_created`, inside whose transaction a fault undoes the company."""
    for kind in KINDS:
        LedgerAccount.objects.create(
            company=company,
            kind=kind,
            currency=company.currency,
            top_up_reference=new_reference() if kind == AccountKind.WALLET else "",
        )
