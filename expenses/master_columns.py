"""The columns of the coding masters, as lists, files and imports know them: one name each, and the text of a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from expenses.models import AccountType, Dimension, TaxMethod

YES, NO = "yes", ""


@dataclass(frozen=True)
class Column:
    """One column: its key in files and code, the word over it, the text of a row, and how long that may be."""

    key: str
    label: Promise | str
    text: Callable[[Any], str]
    length: int = 200
    is_required: bool = False


def _archived(row: Any) -> str:
    return YES if row.archived_at else NO


def _number(value: Any) -> str:
    return f"{value.normalize():f}" if value is not None else ""


def _of(name: str, part: str) -> Callable[[Any], str]:
    """Return how to write a part of a related row, empty without one."""

    def text(row: Any) -> str:
        other = getattr(row, name)
        return str(getattr(other, part)) if other is not None else ""

    return text


ARCHIVED = Column("archived", _("Archived"), _archived, 5)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "accounts": (
        Column("number", _("Number"), lambda row: row.number, 20, True),
        Column("name", _("Name"), lambda row: row.name, 120, True),
        Column("type", _("Kind"), lambda row: row.type, 20, True),
        ARCHIVED,
    ),
    "tax-codes": (
        Column("code", _("Code"), lambda row: row.code, 20, True),
        Column("name", _("Name"), lambda row: row.name, 80, True),
        Column("rate", _("Rate in percent"), lambda row: _number(row.rate), 12, True),
        Column("method", _("Where the VAT stands"), lambda row: row.method, 10),
        Column("non_deductible", _("Not deductible, in percent"), lambda row: _number(row.non_deductible), 12),
        Column("country", _("Country"), lambda row: row.country, 2),
        Column("account", _("VAT account"), _of("account", "number"), 20),
        Column("reverse_account", _("Account for VAT owed"), _of("reverse_account", "number"), 20),
        Column("valid_from", _("From"), lambda row: row.valid_from.isoformat(), 10, True),
        Column("valid_to", _("Last day"), lambda row: row.valid_to.isoformat() if row.valid_to else "", 10),
        ARCHIVED,
    ),
    "categories": (
        Column("name", _("Name"), lambda row: row.name, 80, True),
        Column("group", _("Group"), _of("group", "name"), 80),
        Column("account", _("Account"), _of("account", "number"), 20, True),
        Column("tax_code", _("VAT code"), _of("tax_code", "code"), 20),
        ARCHIVED,
    ),
    "tags": (
        Column("group", _("Tag group"), _of("group", "name"), 80, True),
        Column("dimension", _("What it is in the books"), _of("group", "dimension"), 12),
        Column("path", _("Tag, with what it stands below"), lambda row: row.path, 400, True),
        Column("code", _("Code"), lambda row: row.code, 40),
        Column("owner", _("Who answers for it"), _of("owner", "email"), 254),
        ARCHIVED,
    ),
    "vendors": (
        Column("name", _("Name"), lambda row: row.name, 120, True),
        Column("aliases", _("Also printed as"), lambda row: "|".join(sorted(one.name for one in row.aliases.all())), 4_000),
        Column("vat_number", _("VAT number"), lambda row: row.vat_number, 20),
        Column("country", _("Country"), lambda row: row.country, 2),
        Column("account_number", _("Supplier number"), lambda row: row.account_number, 20),
        Column("category", _("Category"), _of("category", "name"), 80),
        Column("tax_code", _("VAT code"), _of("tax_code", "code"), 20),
        ARCHIVED,
    ),
}  # fmt: skip
# Words of a column that holds one of several, by column.
WORDS: dict[str, dict[str, Any]] = {
    "type": dict(AccountType.choices),
    "method": dict(TaxMethod.choices),
    "dimension": dict(Dimension.choices),
}
# What a row of each kind reads from other tables: joined, and fetched beside it.
JOINED: dict[str, tuple[str, ...]] = {
    "accounts": (),
    "tax-codes": ("account", "reverse_account"),
    "categories": ("account", "tax_code", "group"),
    "tags": ("group", "owner"),
    "vendors": ("category", "tax_code"),
}
BESIDE: dict[str, tuple[str, ...]] = {"vendors": ("aliases",)}


def texts(what: str, row: Any) -> dict[str, str]:
    """Return a row of one kind as texts by column: what an export writes and an import compares with."""
    return {column.key: column.text(row) for column in COLUMNS[what]}
