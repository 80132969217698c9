"""What importing each kind of master needs to know: by what a row is found again, which texts it takes, how it is built."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

from accounts.models import Company, Membership
from expenses import merchant_name
from expenses.keep_tag import BETWEEN, MOST_LEVELS
from expenses.master_columns import BESIDE, COLUMNS, JOINED, WORDS
from expenses.models import Category, CategoryGroup, ChartAccount, Tag, TagGroup, TaxCode, Vendor, VendorAlias
from pleo.lib.ids import uuid7

Texts = dict[str, str]
Errors = dict[str, str]


class Kind:
    """One kind of master. `clean` tidies the texts of a row in place and returns what is wrong with them by column."""

    what: str
    model: Any
    written: tuple[str, ...]

    def __init__(self, company: Company) -> None:
        self.company = company
        self.columns = {column.key: column for column in COLUMNS[self.what]}

    def rows(self) -> Any:
        rows = self.model.objects.for_company(self.company).select_related(*JOINED[self.what])
        return rows.prefetch_related(*BESIDE.get(self.what, ()))

    def key(self, values: Mapping[str, str]) -> str:
        return values.get("name", "").casefold()

    def key_of(self, row: Any) -> str:
        return self.key({column.key: column.text(row) for column in self.columns.values()})

    def clean(self, values: Texts, row: Any) -> Errors:
        return {}

    def build(self, row: Any, values: Mapping[str, str]) -> Any:
        """Return a new row, or the given one, with these values; a column that is not given stays."""
        raise NotImplementedError

    def after(self, rows: list[Any], values: list[Mapping[str, str]]) -> None:
        """Write what hangs on the rows, once they are written."""

    def uses(self, row: Any) -> bool:
        """Say whether something that is offered needs this row, so that it cannot be archived."""
        return False

    @cached_property
    def accounts(self) -> dict[str, ChartAccount]:
        return {row.number: row for row in ChartAccount.objects.for_company(self.company)}

    @cached_property
    def codes(self) -> dict[str, TaxCode]:
        """The VAT codes by code; of several with one code the one that began last."""
        return {row.code: row for row in TaxCode.objects.for_company(self.company).order_by("valid_from")}

    def known(self, values: Texts, *, accounts: tuple[str, ...] = (), codes: tuple[str, ...] = ()) -> Errors:
        wrong = {}
        for names, rows, sentence in (
            (accounts, self.accounts if accounts else {}, gettext("There is no account with this number.")),
            (codes, self.codes if codes else {}, gettext("There is no VAT code with this code.")),
        ):
            for name in names:
                if values.get(name) and values[name] not in rows:
                    wrong[name] = sentence
        return wrong


def _word(name: str, values: Texts) -> Errors:
    """Turn the word of a column into its code: either is understood."""
    text = values.get(name, "").casefold()
    if not text:
        return {}
    for code, label in WORDS[name].items():
        if text in (code, str(label).casefold()):
            values[name] = code
            return {}
    words = ", ".join(WORDS[name])
    return {name: gettext("Write one of: %(words)s.") % {"words": words}}


class Accounts(Kind):
    what, model, written = "accounts", ChartAccount, ("number", "name", "type", "archived_at")

    def key(self, values: Mapping[str, str]) -> str:
        return values.get("number", "")

    def clean(self, values: Texts, row: Any) -> Errors:
        return _word("type", values)

    def build(self, row: Any, values: Mapping[str, str]) -> Any:
        row = row or ChartAccount(company=self.company)
        for name in ("number", "name", "type"):
            setattr(row, name, values.get(name, getattr(row, name)))
        return row

    @cached_property
    def used(self) -> set[Any]:
        live = {"archived_at": None}
        categories = Category.objects.for_company(self.company).filter(**live).values_list("account_id", flat=True)
        return {
            *categories,
            *TaxCode.objects.for_company(self.company).filter(**live).values_list("account_id", flat=True),
        }

    def uses(self, row: Any) -> bool:
        return row.pk in self.used


class TaxCodes(Kind):
    what, model = "tax-codes", TaxCode
    written = (
        "name", "rate", "method", "non_deductible", "country", "account", "reverse_account", "valid_to", "archived_at",
    )  # fmt: skip

    def key(self, values: Mapping[str, str]) -> str:
        return f"{values.get('code', '')} {values.get('valid_from', '')}"

    def clean(self, values: Texts, row: Any) -> Errors:
        values.setdefault("method", row.method if row else "inclusive")
        values["method"] = values["method"] or "inclusive"
        wrong = _word("method", values) | self.known(values, accounts=("account", "reverse_account"))
        for name, most in (("rate", 99), ("non_deductible", 100)):
            if name in values:
                wrong |= self._number(name, values, most)
        for name in ("valid_from", "valid_to"):
            wrong |= self._day(name, values)
        values["country"] = values.get("country", row.country if row else "").upper()
        if values["country"] and not (
            len(values["country"]) == 2 and values["country"].isascii() and values["country"].isalpha()
        ):
            wrong["country"] = gettext("Write the two letters of the country, as DE or SE.")
        if wrong:
            return wrong
        account = values.get("account", row.account.number if row and row.account else "")
        if (Decimal(values.get("rate") or 0) or values["method"] == "reverse") and not account:
            wrong["account"] = gettext("A rate above zero needs the account that the VAT is booked on.")
        if values["method"] == "reverse" and not values.get(
            "reverse_account", "row" if row and row.reverse_account else ""
        ):
            wrong["reverse_account"] = gettext("Reverse charge needs the account that the VAT owed is booked on.")
        if values.get("valid_to") and values["valid_to"] < values["valid_from"]:
            wrong["valid_to"] = gettext("The last day is before the first.")
        if row is not None and not wrong and self._counts(values, row) and row.lines.exists():
            wrong["rate"] = gettext(
                "This rate was used. Add the new rate as a VAT code of its own, and archive this one."
            )
        return wrong

    @staticmethod
    def _counts(values: Texts, row: TaxCode) -> bool:
        rate, lost = values.get("rate"), values.get("non_deductible")
        changed = (rate is not None and Decimal(rate) != row.rate) or (
            lost is not None and Decimal(lost or 0) != row.non_deductible
        )
        return changed or values["method"] != row.method

    @staticmethod
    def _number(name: str, values: Texts, most: int) -> Errors:
        text = values[name].replace(",", ".").rstrip("%").strip() or "0"
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal(-1)
        exponent = number.normalize().as_tuple().exponent if number.is_finite() else 0
        places = 6 if name == "rate" else 2
        if not number.is_finite() or not 0 <= number <= most or -int(exponent) > places:
            return {name: gettext("Write a number from 0 to %(most)s.") % {"most": most}}
        values[name] = f"{number.normalize():f}"
        return {}

    @staticmethod
    def _day(name: str, values: Texts) -> Errors:
        if not values.get(name):
            return {}
        try:
            values[name] = date.fromisoformat(values[name]).isoformat()
        except ValueError:
            return {name: gettext("Write the day as 2026-01-31.")}
        return {}

    def build(self, row: Any, values: Mapping[str, str]) -> Any:
        row = row or TaxCode(
            company=self.company, code=values["code"], valid_from=date.fromisoformat(values["valid_from"])
        )
        for name in ("name", "method", "country"):
            setattr(row, name, values.get(name, getattr(row, name)))
        for name in ("rate", "non_deductible"):
            if name in values:
                setattr(row, name, Decimal(values[name] or 0))
        for name in ("account", "reverse_account"):
            if name in values:
                setattr(row, name, self.accounts.get(values[name]))
        if row.method != "reverse":
            row.reverse_account = None
        if "valid_to" in values:
            row.valid_to = date.fromisoformat(values["valid_to"]) if values["valid_to"] else None
        return row

    @cached_property
    def used(self) -> set[Any]:
        rows = Category.objects.for_company(self.company).filter(archived_at=None)
        return set(rows.values_list("tax_code_id", flat=True))

    def uses(self, row: Any) -> bool:
        return row.pk in self.used


class Categories(Kind):
    what, model, written = "categories", Category, ("name", "group", "account", "tax_code", "archived_at")

    def clean(self, values: Texts, row: Any) -> Errors:
        return self.known(values, accounts=("account",), codes=("tax_code",))

    @cached_property
    def groups(self) -> dict[str, CategoryGroup]:
        return {row.name.casefold(): row for row in CategoryGroup.objects.for_company(self.company)}

    def build(self, row: Any, values: Mapping[str, str]) -> Any:
        row = row or Category(company=self.company, code=f"import-{str(uuid7())[-12:]}")
        row.name = values["name"]
        if "account" in values:
            row.account = self.accounts[values["account"]]
        if "tax_code" in values:
            row.tax_code = self.codes.get(values["tax_code"])
        if "group" in values:
            row.group = self._group(values["group"])
        return row

    def _group(self, name: str) -> CategoryGroup | None:
        if name and name.casefold() not in self.groups:
            self.groups[name.casefold()] = CategoryGroup.objects.create(company=self.company, name=name)
        return self.groups.get(name.casefold())


class Tags(Kind):
    what, model, written = "tags", Tag, ("code", "owner", "archived_at")

    def key(self, values: Mapping[str, str]) -> str:
        return f"{values.get('group', '').casefold()}\n{values.get('path', '').casefold()}"

    @cached_property
    def groups(self) -> dict[str, TagGroup]:
        return {row.name.casefold(): row for row in TagGroup.objects.for_company(self.company)}

    @cached_property
    def tree(self) -> dict[tuple[str, str], Tag]:
        return {(row.group.name.casefold(), row.path.casefold()): row for row in self.rows()}

    @cached_property
    def coded(self) -> dict[tuple[str, str], str]:
        """Code -> path, by group: of the rows there are and of those that came before in the file."""
        return {(group, row.code): path for (group, path), row in self.tree.items() if row.code}

    @cached_property
    def people(self) -> dict[str, Membership]:
        rows = Membership.objects.for_company(self.company).exclude(status="left")
        return {row.email.casefold(): row for row in rows if row.email}

    @cached_property
    def coming(self) -> set[tuple[str, str]]:
        return set()

    def clean(self, values: Texts, row: Any) -> Errors:
        wrong = _word("dimension", values)
        parts = [" ".join(part.split()) for part in values["path"].split("/")]
        values["path"] = BETWEEN.join(parts)
        group, place = values["group"].casefold(), values["path"].casefold()
        above = (group, BETWEEN.join(parts[:-1]).casefold())
        if not all(parts) or len(parts) > MOST_LEVELS or any(len(part) > 80 for part in parts):
            wrong["path"] = gettext("Write the names from the top down with / between them, at most %(most)s.") % {
                "most": MOST_LEVELS
            }
        elif len(parts) > 1 and above not in self.tree and above not in self.coming:
            wrong["path"] = gettext("What it stands below is not there: put it in a row before.")
        if values.get("owner") and values["owner"].casefold() not in self.people:
            wrong["owner"] = gettext("Nobody in the company has this e-mail.")
        code = (group, values.get("code", ""))
        if code[1] and self.coded.setdefault(code, place) != place:
            wrong["code"] = gettext("Another tag of the group has this code.")
        if not wrong:
            self.coming.add((group, place))
        return wrong

    def build(self, row: Any, values: Mapping[str, str]) -> Any:
        group, path = self._group(values), values["path"]
        names = path.split(BETWEEN)
        if row is None:
            above = self.tree.get((group.name.casefold(), BETWEEN.join(names[:-1]).casefold()))
            row = Tag(company=self.company, group=group, parent=above, name=names[-1], path=path)
            self.tree[(group.name.casefold(), path.casefold())] = row
        row.code = values.get("code", row.code)
        if "owner" in values:
            row.owner = self.people.get(values["owner"].casefold())
        return row

    def _group(self, values: Mapping[str, str]) -> TagGroup:
        name, dimension = values["group"], values.get("dimension", "")
        group = self.groups.get(name.casefold())
        if group is None:
            place = max((one.position for one in self.groups.values()), default=0) + 1
            group = TagGroup.objects.create(
                company=self.company, name=name, position=place, **({"dimension": dimension} if dimension else {})
            )
            self.groups[name.casefold()] = group
        elif dimension and dimension != group.dimension:
            group.dimension = dimension
            group.save(update_fields=["dimension"])
        return group


class Vendors(Kind):
    what, model = "vendors", Vendor
    written = ("name", "vat_number", "country", "account_number", "category", "tax_code", "archived_at")

    def rows(self) -> Any:
        return super().rows().filter(merged_into=None)

    @cached_property
    def categories(self) -> dict[str, Category]:
        return {row.name.casefold(): row for row in Category.objects.for_company(self.company)}

    @cached_property
    def led(self) -> dict[str, str]:
        """Merchant name -> name of its vendor, folded: of the rows there are and of those before in the file."""
        rows = VendorAlias.objects.for_company(self.company).values_list("name", "vendor__name")
        return {alias: vendor.casefold() for alias, vendor in rows}

    @cached_property
    def numbered(self) -> dict[str, str]:
        return {row.account_number: row.name.casefold() for row in self.rows() if row.account_number}

    def clean(self, values: Texts, row: Any) -> Errors:
        wrong = self.known(values, codes=("tax_code",))
        own = values["name"].casefold()
        if values.get("category") and values["category"].casefold() not in self.categories:
            wrong["category"] = gettext("There is no category with this name.")
        if "country" in values:
            values["country"] = values["country"].upper()
            if values["country"] and not (
                values["country"].isascii() and values["country"].isalpha() and len(values["country"]) == 2
            ):
                wrong["country"] = gettext("Write the two letters of the country, as DE or SE.")
        if "aliases" in values or row is None:
            words = {merchant_name.plain(one) for one in values.get("aliases", "").split("|")}
            values["aliases"] = "|".join(sorted(filter(None, words | {merchant_name.plain(values["name"])})))
            taken = [one for one in values["aliases"].split("|") if one and self.led.setdefault(one, own) != own]
            if taken:
                wrong["aliases"] = gettext("“%(alias)s” leads to another vendor.") % {"alias": taken[0]}
        number = values.get("account_number", "")
        if number and self.numbered.setdefault(number, own) != own:
            wrong["account_number"] = gettext("Another vendor has this supplier number.")
        return wrong

    def build(self, row: Any, values: Mapping[str, str]) -> Any:
        row = row or Vendor(company=self.company)
        for name in ("name", "vat_number", "country", "account_number"):
            setattr(row, name, values.get(name, getattr(row, name)))
        if "category" in values:
            row.category = self.categories.get(values["category"].casefold())
        if "tax_code" in values:
            row.tax_code = self.codes.get(values["tax_code"])
        return row

    def after(self, rows: list[Any], values: list[Mapping[str, str]]) -> None:
        wanted = {
            (row.pk, name)
            for row, texts in zip(rows, values, strict=True)
            for name in texts.get("aliases", "").split("|")
            if name and "aliases" in texts
        }
        told = [row.pk for row, texts in zip(rows, values, strict=True) if "aliases" in texts]
        has = set(VendorAlias.objects.filter(vendor__in=told).values_list("vendor_id", "name"))
        for pk, name in has - wanted:
            VendorAlias.objects.filter(vendor=pk, name=name).delete()
        new = [VendorAlias(company=self.company, vendor_id=pk, name=name) for pk, name in sorted(wanted - has)]
        VendorAlias.objects.bulk_create(new, batch_size=2_000)


IMPORTS: dict[str, type[Kind]] = {kind.what: kind for kind in (Accounts, TaxCodes, Categories, Tags, Vendors)}
