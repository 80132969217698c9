"""Change how a company books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from bookkeeping.export import options_of
from bookkeeping.models import BookMethod, BookSettings, TaxName, WalletAccount
from events.record import record
from expenses.models import ChartAccount
from pleo.lib.errors import DomainError
from wallet.models import AccountKind, LedgerAccount

ACCOUNTS = (
    "wallet_account", "bank_account", "out_of_pocket_account", "cash_account", "fees_account", "supplier_account",
    "receivable_account", "payroll_account", "disputes_account", "exchange_account",
)  # fmt: skip
FIELDS = (
    *ACCOUNTS, "method", "fiscal_year_start_month", "csv_separator", "csv_decimal_comma", "formats", "receipts_by_month",
    "datev_consultant", "datev_client", "datev_account_length", "datev_chart", "exchange_apart", "voucher_series",
    "voucher_start", "voucher_yearly", "lines_together",
)  # fmt: skip


class AccountUnusable(DomainError):
    """A contra account is archived or belongs to another company."""

    code = "account_unusable"

    def message(self) -> str:
        return gettext("Account %(account)s cannot be used. Choose one that is open.") % self.params


class SeparatorIsDecimal(DomainError):
    """Cells would be parted by the sign that stands before the decimals."""

    code = "separator_is_decimal"
    field = "csv_separator"

    def message(self) -> str:
        return gettext("The comma cannot part cells and decimals at once. Choose a semicolon or a tab.")


class SupplierMissing(DomainError):
    """Accounts payable books every purchase through a supplier's account, and none is named."""

    code = "supplier_missing"
    field = "supplier_account"

    def message(self) -> str:
        return gettext("Choose the account of suppliers, or keep the books by journal.")


@dataclass(frozen=True)
class Wanted:
    """The settings as they shall be."""

    wallet_account: ChartAccount | None
    bank_account: ChartAccount | None
    out_of_pocket_account: ChartAccount | None
    cash_account: ChartAccount | None
    fees_account: ChartAccount | None
    fiscal_year_start_month: int
    csv_separator: str
    csv_decimal_comma: bool
    supplier_account: ChartAccount | None = None
    method: str = BookMethod.JOURNAL
    formats: list[str] = field(default_factory=lambda: ["csv"])
    receipts_by_month: bool = False
    datev_consultant: int = 1001
    datev_client: int = 1
    datev_account_length: int = 4
    datev_chart: str = ""
    receivable_account: ChartAccount | None = None
    payroll_account: ChartAccount | None = None
    disputes_account: ChartAccount | None = None
    exchange_account: ChartAccount | None = None
    exchange_apart: bool = False
    voucher_series: str = ""
    voucher_start: int = 1
    voucher_yearly: bool = False
    lines_together: bool = False
    # By the id of a sub-wallet's ledger account; None lets it go with the main wallet's.
    wallets: Mapping[UUID, ChartAccount | None] = field(default_factory=dict)


@transaction.atomic
def change_settings(*, by: Membership, wanted: Wanted) -> BookSettings:
    """Set all of a company's book settings. Files made before keep their look.

    Raises AccountUnusable, SeparatorIsDecimal, SupplierMissing, FormatUnknown.
    """
    settings: BookSettings = BookSettings.objects.select_for_update(no_key=True).get(company=by.company)
    for name in ACCOUNTS:
        account: ChartAccount | None = getattr(wanted, name)
        before_id = getattr(settings, f"{name}_id")
        _usable(account, by, before_id, name)
    if wanted.csv_separator == "," and wanted.csv_decimal_comma:
        raise SeparatorIsDecimal
    if wanted.method == BookMethod.PAYABLE and wanted.supplier_account is None:
        raise SupplierMissing
    options_of(by.company, wanted.formats)
    changes = {}
    for name in FIELDS:
        before, after = getattr(settings, name), getattr(wanted, name)
        if before != after:
            changes[name] = [_plain(before), _plain(after)]
            setattr(settings, name, after)
    changes |= _set_wallets(by, wanted.wallets)
    if changes:
        settings.save(update_fields=[name for name in changes if name in FIELDS])
        record(company=by.company, verb="books.settings_changed", subject=settings, by=by, changes=changes)
    return settings


def _usable(account: ChartAccount | None, by: Membership, before: UUID | None, name: str) -> None:
    if account and (account.company_id != by.company_id or (account.archived_at and account.pk != before)):
        raise AccountUnusable(account=account.number, field=name)


def _set_wallets(by: Membership, wanted: Mapping[UUID, ChartAccount | None]) -> dict[str, list[object]]:
    """Give sub-wallets accounts of their own, or let them go with the main one's; return what changed."""
    known = {
        row.wallet_id: row for row in WalletAccount.objects.for_company(by.company).select_related("account", "wallet")
    }
    mine = LedgerAccount.objects.for_company(by.company).filter(kind=AccountKind.SUB_WALLET, pk__in=wanted)
    changes: dict[str, list[object]] = {}
    for wallet in mine:
        row, account = known.get(wallet.pk), wanted[wallet.pk]
        before = row.account if row else None
        if before == account:
            continue
        _usable(account, by, before.pk if before else None, f"sub_{wallet.pk.hex}")
        changes[wallet.name] = [_plain(before), _plain(account)]
        if account is None:
            WalletAccount.objects.filter(wallet=wallet).delete()
        else:
            WalletAccount.objects.update_or_create(
                wallet=wallet,
                defaults={"account": account},
                create_defaults={"company": by.company, "account": account},
            )
    return changes


def _plain(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return value.number if isinstance(value, ChartAccount) else value


class TaxNameWrong(DomainError):
    """Another system would not know a VAT code by this name."""

    code = "tax_name_wrong"

    def message(self) -> str:
        sentences = {
            "datev": gettext("DATEV’s tax key has one to four digits, as 9 or 8."),
            "sage": gettext("Sage’s tax code is T and a number, as T1."),
        }
        return sentences.get(str(self.params["system"]), gettext("At most 60 characters."))


@transaction.atomic
def name_tax_codes(*, by: Membership, names: Iterable[tuple[str, str, str]]) -> None:
    """Set what other systems call the company's VAT codes: (code, system, name); an empty name forgets it.

    Raises TaxNameWrong.
    """
    changes: dict[str, object] = {}
    for code, system, name in names:
        known = TaxName.objects.for_company(by.company).filter(code=code, system=system).first()
        if name == (known.name if known else ""):
            continue
        _check_tax_name(code, system, name)
        changes[f"{code} {system}"] = [known.name if known else "", name]
        if not name:
            TaxName.objects.for_company(by.company).filter(code=code, system=system).delete()
        else:
            TaxName.objects.update_or_create(company=by.company, code=code, system=system, defaults={"name": name})
    if changes:
        settings = BookSettings.objects.get(company=by.company)
        record(company=by.company, verb="books.settings_changed", subject=settings, by=by, changes=changes)


def _check_tax_name(code: str, system: str, name: str) -> None:
    digits = name.isascii() and name.isdigit()
    shapes = {"datev": digits and len(name) <= 4, "sage": name[:1] == "T" and name[1:].isdigit() and len(name) <= 3}
    if name and (len(name) > 60 or not shapes.get(system, True)):
        raise TaxNameWrong(tax=code, system=system)
