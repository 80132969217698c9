"""The bank account that companies pay into, and what they write beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from accounts.models import Company
from pleo.lib.iban import shown, with_check
from wallet import reference
from wallet.models import LedgerAccount

# Play money has an account that passes every check and belongs to no bank.
PLAY_IBAN = with_check("DK", "99990041773026")


@dataclass(frozen=True)
class PayTo:
    """Where to send money, and the texts that say whose it is. `iban` is empty when the installation names no account."""

    holder: str
    iban: str
    bic: str
    code: str

    @property
    def iban_shown(self) -> str:
        return shown(self.iban)

    @property
    def structured(self) -> str:
        return reference.structured(self.code)

    @property
    def structured_shown(self) -> str:
        return reference.shown(self.structured)


def pay_to(account: LedgerAccount, company: Company) -> PayTo:
    """Return where money for a wallet is sent. `TOP_UP_ACCOUNTS` names an account for each currency."""
    if company.issuer == "simulator":
        return PayTo("Pleo", PLAY_IBAN, "", account.top_up_reference)
    ours = settings.TOP_UP_ACCOUNTS.get(account.currency, {})
    return PayTo(ours.get("holder", ""), ours.get("iban", ""), ours.get("bic", ""), account.top_up_reference)
