"""Our ledger of the company's prepaid money. `docs/ledger.md` lists every account kind and every event with its transfers."""

from wallet.models.ledger import (
    WALLET_KINDS,
    AccountKind,
    Hold,
    LedgerAccount,
    LedgerAccountQuerySet,
    Transfer,
    TransferCode,
    TransferQuerySet,
    WalletQuerySet,
)
from wallet.models.moves import WalletMove
from wallet.models.top_ups import TopUp, TopUpStatus

__all__ = [
    "WALLET_KINDS",
    "AccountKind",
    "Hold",
    "LedgerAccount",
    "LedgerAccountQuerySet",
    "TopUp",
    "TopUpStatus",
    "Transfer",
    "TransferCode",
    "TransferQuerySet",
    "WalletMove",
    "WalletQuerySet",
]
