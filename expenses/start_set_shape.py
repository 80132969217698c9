"""The shape of a country's start set, for the modules that hold one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from expenses.models import AccountType


@dataclass(frozen=True)
class StartSet:
    """One country's set. Accounts are (number, name, type); tax codes (code, name, rate, account number or empty);
    categories map a key of ICONS to (name, account number, tax code). `contra` names the accounts that the other side of
    an entry is booked on, by role: wallet, bank, out_of_pocket, cash, fees. `lost` says of a tax code how many percent
    of its VAT cannot be claimed back, `reverse` on which account a reverse charge is owed."""

    accounts: tuple[tuple[str, str, AccountType], ...]
    tax_codes: tuple[tuple[str, str, str, str], ...]
    categories: Mapping[str, tuple[str, str, str]]
    contra: Mapping[str, str]
    lost: Mapping[str, str] = field(default_factory=dict)
    reverse: Mapping[str, str] = field(default_factory=dict)
