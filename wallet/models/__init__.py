"""Our ledger of the company's prepaid money. `docs/ledger.md` lists every account kind and every event with its transfers."""

from wallet.models.ledger import (
    AccountKind,
    Hold,
    LedgerAccount,
    LedgerAccountQuerySet,
    Transfer,
    TransferCode,
    TransferQuerySet,
    WalletQuerySet,
)
from wallet.models.top_ups import TopUp, TopUpStatus

__all__ = [
    "AccountKind",
    "Hold",
    "LedgerAccount",
    "LedgerAccountQuerySet",
    "TopUp",
    "TopUpStatus",
    "Transfer",
    "TransferCode",
    "TransferQuerySet",
    "WalletQuerySet",
]
