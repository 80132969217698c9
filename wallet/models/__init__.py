"""Our ledger of the company's prepaid money. `docs/ledger.md` lists every account kind and every event with its transfers."""

from wallet.models.alerts import LowBalance
from wallet.models.bank import BankLine, BankStatement, LineStatus, StatementStatus
from wallet.models.checks import LedgerCheck
from wallet.models.fees import Fee, FeePlan
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
from wallet.models.top_ups import CapInterval, Mandate, RuleStatus, TopUp, TopUpRule, TopUpSource, TopUpStatus
from wallet.models.withdrawals import Withdrawal, WithdrawalStatus

__all__ = [
    "WALLET_KINDS",
    "AccountKind",
    "BankLine",
    "BankStatement",
    "CapInterval",
    "Fee",
    "FeePlan",
    "Hold",
    "LedgerAccount",
    "LedgerAccountQuerySet",
    "LedgerCheck",
    "LineStatus",
    "LowBalance",
    "Mandate",
    "RuleStatus",
    "StatementStatus",
    "TopUp",
    "TopUpRule",
    "TopUpSource",
    "TopUpStatus",
    "Transfer",
    "TransferCode",
    "TransferQuerySet",
    "WalletMove",
    "WalletQuerySet",
    "Withdrawal",
    "WithdrawalStatus",
]
