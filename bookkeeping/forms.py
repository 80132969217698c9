"""Forms of the books' pages."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils import dates
from django.utils.translation import gettext_lazy as _

from bookkeeping.change_settings import Wanted
from bookkeeping.formats.registry import CUSTOM
from bookkeeping.models import BookLayout, BookMethod, BookSettings, ExportFormat, WalletAccount
from expenses.models import ChartAccount
from pleo.lib.ids import uuid7
from wallet.models import AccountKind, LedgerAccount

SHOW = [
    ("", _("Everything")), ("ready", _("Ready")), ("problems", _("Problems")), ("late", _("New since the last export")),
    ("asked", _("Questions open")), ("reserved", _("Not settled")),
]  # fmt: skip
SORTS = [
    ("-date", _("Newest first")),
    ("date", _("Oldest first")),
    ("-amount", _("Largest first")),
    ("amount", _("Smallest first")),
]
STATES = [
    ("", _("Any")), ("ready", _("Counts")), ("withdrawn", _("Undone")), ("failed", _("Not made")), ("open", _("Being made")),
]  # fmt: skip


def ids_of(data: QueryDict, name: str) -> list[UUID]:
    """Return the ids posted under a name; what is not an id is left out, as a row that does not exist would be."""
    found = []
    for text in data.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


class LaneFilter(forms.Form):
    """What the unexported lane is narrowed to. Anything unreadable narrows nothing."""

    q = forms.CharField(required=False, max_length=100)
    show = forms.ChoiceField(required=False, choices=SHOW)
    sort = forms.ChoiceField(required=False, choices=SORTS)

    @property
    def by(self) -> tuple[str, ...]:
        """The columns to page by; `descending` says which way."""
        return ("amount", "id") if self._value("sort").endswith("amount") else ("booked_date", "id")

    @property
    def descending(self) -> bool:
        return self._value("sort") in ("", "-date", "-amount")

    @property
    def query(self) -> str:
        return self._value("q")

    @property
    def showing(self) -> str:
        return self._value("show")

    def _value(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, "")).strip()


def format_choices(company: Any) -> list[tuple[str, Any]]:
    """Return every format that a company can export as: the fixed ones, then its own layouts."""
    fixed = [(key, label) for key, label in ExportFormat.choices if key != ExportFormat.CUSTOM]
    own = BookLayout.objects.filter(company=company, archived_at=None).order_by("name")
    return fixed + [(f"{CUSTOM}{layout.pk}", layout.name) for layout in own]


class ExportForm(forms.Form):
    """Begin an export. `key` tells a second press of the button from a second export."""

    formats = forms.MultipleChoiceField(label=_("File formats"))
    with_receipts = forms.BooleanField(label=_("Add a ZIP with the receipts"), required=False, initial=True)
    receipts_by_month = forms.BooleanField(label=_("A folder for each month in it"), required=False)
    with_reports = forms.BooleanField(label=_("Add a PDF of each person’s expenses with receipts"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, settings: BookSettings, **options: Any) -> None:
        super().__init__(*args, **options)
        known = dict(format_choices(settings.company_id))
        self.fields["receipts_by_month"].initial = settings.receipts_by_month
        usual = [key for key in settings.formats if key in known]
        field = self.fields["formats"]
        assert isinstance(field, forms.MultipleChoiceField), "declared above"
        field.choices, field.initial = [(key, known[key]) for key in usual or ["csv"]], usual or ["csv"]


class UndoForm(forms.Form):
    """Why an export is undone."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write why, in a few words. The accountant reads it beside the vouchers.")},
    )


class HistoryFilter(forms.Form):
    """What the history is narrowed to: a number or a person, and a state."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=STATES)

    def narrow(self, rows: Any) -> Any:
        """Return the exports that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        if words := values.get("q", "").replace("\x00", "").strip():
            number = words.lstrip("#")
            is_number = number.isdecimal() and len(number) < 10
            rows = rows.filter(number=int(number)) if is_number else rows.filter(by__name__icontains=words)
        state = values.get("state")
        if state == "withdrawn":
            return rows.exclude(withdrawn_at=None)
        if state == "open":
            return rows.filter(status__in=["waiting", "running"])
        return rows.filter(status=state, withdrawn_at=None) if state else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))


class _AccountField(forms.ModelChoiceField):
    """A choice of accounts. What is not an account of the list is refused in one way, whatever was sent."""

    default_error_messages = {
        "required": _("Choose an account."),
        "invalid_choice": _("Choose an account from the list."),
    }

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError as error:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from error


class SettingsForm(forms.Form):
    """How the company books: contra accounts, fiscal year, and how files look."""

    wallet_account = _AccountField(None, label=_("The wallet"), help_text=_("Paid by card: this account is credited."))
    bank_account = _AccountField(None, label=_("The bank"), help_text=_("Top-ups come from here."))
    out_of_pocket_account = _AccountField(
        None, label=_("Owed to employees"), help_text=_("What people paid themselves, until it is paid back.")
    )
    cash_account = _AccountField(None, label=_("Cash in hand"), help_text=_("Cash from machines goes here."))
    fees_account = _AccountField(None, label=_("Fees and corrections"))
    method = forms.ChoiceField(
        label=_("Method"),
        choices=BookMethod.choices,
        initial=BookMethod.JOURNAL,
        widget=forms.RadioSelect,
    )
    supplier_account = _AccountField(
        None, label=_("Suppliers"), required=False, help_text=_("Only for accounts payable: purchases pass through it.")
    )
    receivable_account = _AccountField(
        None,
        label=_("Owed by employees"),
        required=False,
        help_text=_("Private purchases. Left out: owed to employees."),
    )
    payroll_account = _AccountField(
        None,
        label=_("Salaries"),
        required=False,
        help_text=_("Paid with the salary or taken off it. Left out: the bank."),
    )
    disputes_account = _AccountField(
        None, label=_("Disputes"), required=False, help_text=_("Credits until a dispute is decided. Left out: fees.")
    )
    exchange_account = _AccountField(
        None, label=_("Exchange differences"), required=False, help_text=_("Left out: fees.")
    )
    exchange_apart = forms.BooleanField(
        label=_("Book what the exchange rate changed between purchase and settlement on its own account"),
        required=False,
    )
    formats = forms.MultipleChoiceField(
        label=_("Usual formats"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one format.")},
    )  # fmt: skip
    receipts_by_month = forms.BooleanField(label=_("Receipts in a folder for each month"), required=False)
    datev_consultant = forms.IntegerField(
        label=_("Consultant number"), min_value=1001, max_value=9_999_999, initial=1001
    )
    datev_client = forms.IntegerField(label=_("Client number"), min_value=1, max_value=99_999, initial=1)
    datev_account_length = forms.IntegerField(label=_("Digits of account numbers"), min_value=4, max_value=8, initial=4)
    datev_chart = forms.ChoiceField(
        label=_("Standard chart"), choices=[("", _("Another")), ("03", "SKR 03"), ("04", "SKR 04")], required=False
    )
    fiscal_year_start_month = forms.TypedChoiceField(
        label=_("Fiscal year begins in"), coerce=int, choices=[(number, name) for number, name in dates.MONTHS.items()]
    )
    voucher_series = forms.CharField(
        label=_("Series"), required=False, max_length=4, help_text=_("Up to four letters or digits before each number.")
    )
    voucher_start = forms.IntegerField(
        label=_("First number"), min_value=1, max_value=900_000_000, initial=1, help_text=_("Numbers only go up.")
    )
    voucher_yearly = forms.BooleanField(label=_("Begin anew with each fiscal year"), required=False)
    lines_together = forms.TypedChoiceField(
        label=_("Lines of an expense"), coerce=lambda word: word == "together", widget=forms.RadioSelect,
        choices=[
            ("each", _("Each line by itself")),
            ("together", _("One line for each category, VAT code and tag")),
        ],
    )  # fmt: skip
    csv_separator = forms.ChoiceField(
        label=_("Between cells"), choices=[(";", _("Semicolon")), (",", _("Comma")), ("\t", _("Tab"))]
    )
    csv_decimal_comma = forms.TypedChoiceField(
        label=_("Before decimals"),
        choices=[("comma", _("Comma")), ("point", _("Point"))],
        coerce=lambda word: word == "comma",
    )

    def __init__(self, *args: Any, settings: BookSettings, **options: Any) -> None:
        initial = {name: getattr(settings, name) for name in self.base_fields}
        initial["csv_decimal_comma"] = "comma" if settings.csv_decimal_comma else "point"
        initial["lines_together"] = "together" if settings.lines_together else "each"
        super().__init__(*args, **{**options, "initial": initial})
        formats = self.fields["formats"]
        assert isinstance(formats, forms.MultipleChoiceField), "declared above"
        formats.choices = format_choices(settings.company_id)
        accounts = ChartAccount.objects.for_company(settings.company).order_by("number")
        for name, field in self.fields.items():
            if isinstance(field, _AccountField):
                field.empty_label = str(_("Choose an account") if field.required else _("None of its own"))
                field.queryset = accounts.filter(archived_at=None) | accounts.filter(pk=getattr(settings, f"{name}_id"))
        self._add_wallets(settings, accounts)

    def _add_wallets(self, settings: BookSettings, accounts: Any) -> None:
        """Add a choice for each sub-wallet in use, and for those put away that have an account."""
        rows = WalletAccount.objects.filter(company=settings.company_id).values_list("wallet", "account")
        known: dict[Any, Any] = dict(rows)
        wallets = LedgerAccount.objects.filter(company=settings.company_id, kind=AccountKind.SUB_WALLET)
        for wallet in wallets.filter(Q(archived_at=None) | Q(pk__in=list(known))).order_by("name", "pk"):
            own = known.get(wallet.pk)
            field = _AccountField(None, label=wallet.name, required=False, initial=own)
            field.empty_label = str(_("As the wallet"))
            field.queryset = accounts.filter(archived_at=None) | accounts.filter(pk=own)
            self.fields[f"sub_{wallet.pk.hex}"] = field

    def clean_voucher_series(self) -> str:
        series = str(self.cleaned_data["voucher_series"]).upper()
        if not re.fullmatch(r"[A-Z0-9]*", series, re.ASCII):
            raise ValidationError(_("Only letters from A to Z and digits."))
        return series

    @property
    def wallet_fields(self) -> list[Any]:
        """The controls of the sub-wallets."""
        return [self[name] for name in self.fields if name.startswith("sub_")]

    @property
    def wanted(self) -> Wanted:
        values = {name: value for name, value in self.cleaned_data.items() if not name.startswith("sub_")}
        wallets = {UUID(bound.name.removeprefix("sub_")): self.cleaned_data[bound.name] for bound in self.wallet_fields}
        return Wanted(**values, wallets=wallets)
