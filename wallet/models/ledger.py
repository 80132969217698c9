"""The ledger itself: accounts, the transfers between them, and what is reserved."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, Team
from pleo.lib import append_only
from pleo.lib.models import (
    Base,
    CompanyOwned,
    CompanyQuerySet,
    amount_field,
    choices_check,
    currency_check,
    currency_field,
)
from pleo.lib.money import Money


class AccountKind(models.TextChoices):
    WALLET = "wallet", _("Wallet")
    SUB_WALLET = "sub_wallet", _("Sub-wallet")
    BANK_IN_TRANSIT = "bank_in_transit", _("Bank, in transit")
    CARD_SETTLEMENT = "card_settlement", _("Card settlement")
    FEES = "fees", _("Fees")
    REIMBURSEMENTS = "reimbursements", _("Reimbursements")
    DISPUTES = "disputes", _("Disputes")


# What a company spends from, as opposed to the accounts that say where its money came from and went.
WALLET_KINDS = (AccountKind.WALLET, AccountKind.SUB_WALLET)


class WalletQuerySet(CompanyQuerySet):
    """Rows about the company's money: for those who may see the wallet, and for nobody else."""

    def visible_to(self, membership: Membership) -> Self:
        rows = self.for_company(membership.company)
        return rows if membership.can("wallet.see") else rows.none()


class LedgerAccountQuerySet(WalletQuerySet):
    """Accounts of the ledger."""

    def wallet_of(self, company: Company) -> LedgerAccount:
        """Return the company's main wallet, which exists since the company does."""
        return self.of_kind(company, AccountKind.WALLET)

    def wallets(self) -> Self:
        """Keep what the company can spend from: the main wallet and its sub-wallets."""
        return self.filter(kind__in=WALLET_KINDS)

    def open(self) -> Self:
        """Leave out sub-wallets that were put away."""
        return self.filter(archived_at=None)

    def of_kind(self, company: Company, kind: str) -> LedgerAccount:
        """Return the company's one account of a kind."""
        found: LedgerAccount = self.for_company(company).get(kind=kind, name="")
        return found


class TransferQuerySet(WalletQuerySet):
    """Movements of money."""

    def of_account(self, account: LedgerAccount) -> Self:
        """Keep the transfers that name the account on either side."""
        return self.filter(Q(debit_account=account) | Q(credit_account=account))


class LedgerAccount(CompanyOwned):
    """An account of our ledger with four counters in minor units, changed only by `transfer.py` and `hold.py`.

    A wallet is money that we owe to the company: credits raise it. `debits_pending` is the sum of its open holds.
    """

    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    name = models.CharField(max_length=80, blank=True)
    currency = currency_field()
    debits_posted = amount_field(default=0, editable=False)
    credits_posted = amount_field(default=0, editable=False)
    debits_pending = amount_field(default=0, editable=False)
    credits_pending = amount_field(default=0, editable=False)
    overdraft = amount_field(default=0)
    top_up_reference = models.CharField(max_length=20, blank=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = LedgerAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["company", "kind", "name"], name="ledger_account_once"),
            models.UniqueConstraint(
                fields=["top_up_reference"], condition=~Q(top_up_reference=""), name="ledger_account_reference_once"
            ),
            choices_check("ledger_account", "kind", AccountKind),
            currency_check("ledger_account"),
            models.CheckConstraint(
                condition=Q(debits_posted__gte=0, credits_posted__gte=0, debits_pending__gte=0, credits_pending__gte=0)
                & Q(overdraft__gte=0),
                name="ledger_account_counters_not_negative",
            ),
            models.CheckConstraint(
                condition=(Q(kind=AccountKind.SUB_WALLET) & ~Q(name=""))
                | (~Q(kind=AccountKind.SUB_WALLET) & Q(name="", team__isnull=True, archived_at__isnull=True)),
                name="ledger_account_sub_wallet_named",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()

    @property
    def is_sub_wallet(self) -> bool:
        return self.kind == AccountKind.SUB_WALLET

    @property
    def balance(self) -> Money:
        """Posted money, holds not counted; negative when the company owes us."""
        return Money(self.credits_posted - self.debits_posted, self.currency)

    @property
    def debited(self) -> Money:
        return Money(self.debits_posted, self.currency)

    @property
    def credited(self) -> Money:
        return Money(self.credits_posted, self.currency)

    @property
    def reserved(self) -> Money:
        return Money(self.debits_pending, self.currency)

    @property
    def available(self) -> Money:
        """What a new hold may take: posted balance, less open holds, plus the overdraft."""
        return Money(self.balance.amount - self.debits_pending + self.overdraft, self.currency)


class TransferCode(models.TextChoices):
    TOP_UP = "top_up", _("Top-up")
    TOP_UP_RETURN = "top_up_return", _("Top-up returned")
    WITHDRAWAL = "withdrawal", _("Back to the bank")
    CARD_PURCHASE = "card_purchase", _("Card purchase")
    CARD_CASH = "card_cash", _("Cash withdrawal")
    CARD_REFUND = "card_refund", _("Refund")
    CARD_REFUND_REVERSAL = "card_refund_reversal", _("Refund taken back")
    CORRECTION_DEBIT = "correction_debit", _("Correction")
    CORRECTION_CREDIT = "correction_credit", _("Correction")
    CHARGEBACK = "chargeback", _("Disputed purchase returned")
    CHARGEBACK_REVERSAL = "chargeback_reversal", _("Disputed purchase charged again")
    PROVISIONAL_CREDIT = "provisional_credit", _("Credited until a dispute is decided")
    PROVISIONAL_CREDIT_BACK = "provisional_credit_back", _("Credit of a dispute taken back")
    FEE = "fee", _("Fee")
    INTERNAL = "internal", _("Between wallets")
    TOP_UP_UNDONE = "top_up_undone", _("Top-up taken back")
    PAYOUT = "payout", _("Paid back to an employee")
    PAYOUT_SENT = "payout_sent", _("Payment to an employee arrived")
    PAYOUT_REFUSED = "payout_refused", _("Payment to an employee refused")
    PAYOUT_RETURNED = "payout_returned", _("Payment to an employee came back")


@append_only.register
class Transfer(Base):
    """One movement of money in one row that names both sides. Append-only: errors are corrected by new transfers."""

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+", editable=False)
    debit_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="debits")
    credit_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="credits")
    amount = amount_field()
    currency = currency_field()
    code = models.CharField(max_length=24, choices=TransferCode.choices)
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    text = models.CharField(max_length=160, blank=True)
    booked_at = models.DateTimeField()
    value_date = models.DateField()
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    objects: ClassVar[Any] = TransferQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(debit_account=F("credit_account")), name="transfer_two_sides"),
            models.UniqueConstraint(fields=["code", "subject_id"], name="transfer_subject_once"),
            choices_check("transfer", "code", TransferCode),
            currency_check("transfer"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["company", "-booked_at", "-id"], name="transfer_by_time"),
            models.Index(fields=["debit_account", "booked_at"], name="transfer_by_debit"),
            models.Index(fields=["credit_account", "booked_at"], name="transfer_by_credit"),
        ]

    def __str__(self) -> str:
        return self.text or self.get_code_display()

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Hold(CompanyOwned):
    """Money reserved for one authorization. The amount is set to what the lifecycle says is open, and may grow again."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="holds")
    amount = amount_field()
    currency = currency_field()
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="hold_amount_not_negative"),
            currency_check("hold"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["account"], condition=Q(amount__gt=0), name="hold_open"),
        ]
