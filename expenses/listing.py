"""Which expenses a list shows: filters, search and order, read from the query string. The URL is the state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team
from expenses import columns, next_step
from expenses.deciders import waits_for
from expenses.flag_words import FLAG_WORDS
from expenses.models import (
    Category,
    Direction,
    Expense,
    ExpenseKind,
    ExpenseLine,
    LineTag,
    PaymentState,
    SavedView,
    Tag,
    Vendor,
)
from pleo.lib import format
from pleo.lib.fields import AmountField
from pleo.lib.money import Money
from pleo.lib.pagination import Page, paginate
from pleo.lib.search import search_words

SORTS: dict[str, tuple[str, ...]] = {
    "date": ("purchased_at", "id"),
    "amount": ("amount", "id"),
    "merchant": ("merchant", "id"),
    "person": ("person_name", "id"),
}
DEFAULT_SORT = "-date"
LAST_NUMBER = 2**63 - 1
LAST_YEAR = 9999


class FilterForm(forms.Form):
    """The filters of the expense lists. All optional; a value that makes no sense is named and left out."""

    q = forms.CharField(label=_("Search"), max_length=120, required=False)
    date_from = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    date_to = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    step = forms.ChoiceField(label=_("Next step"), required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("All"))
    person = forms.ModelChoiceField(Membership.objects.none(), label=_("Person"), required=False, empty_label=_("All"))
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("Category"), required=False, empty_label=_("All")
    )
    tag = forms.ModelChoiceField(Tag.objects.none(), label=_("Tag"), required=False, empty_label=_("All"))
    vendor = forms.ModelChoiceField(Vendor.objects.none(), label=_("Vendor"), required=False, empty_label=_("All"))
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    merchant = forms.CharField(label=_("Merchant"), max_length=120, required=False)
    payment = forms.ChoiceField(label=_("Payment"), required=False)
    receipt = forms.ChoiceField(label=_("Receipt"), required=False)
    flagged = forms.ChoiceField(label=_("Flagged"), required=False)
    amount_from = AmountField(label=_("Amount from"), required=False, zero=True)
    amount_to = AmountField(label=_("Amount to"), required=False, zero=True)

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = membership.company
        choices: dict[str, Any] = {
            "team": Team.objects.for_company(company).order_by("name", "id"),
            "person": Membership.objects.visible_to(membership).order_by("name", "id"),
            "category": Category.objects.for_company(company).order_by("name", "id"),
            "tag": Tag.objects.for_company(company).order_by("path", "id"),
            "vendor": Vendor.objects.for_company(company).filter(merged_into=None).order_by("name", "id"),
        }
        for name, rows in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        words: dict[str, list[Any]] = {
            "step": [("mine", _("Waits for me")), *next_step.WORDS.items(), ("done", _("Done"))],
            "kind": list(ExpenseKind.choices),
            "payment": list(PaymentState.choices),
            "receipt": [("yes", _("There")), ("no", _("Not there"))],
            "flagged": [("yes", _("Flagged")), *FLAG_WORDS.items(), ("no", _("Not flagged"))],
        }
        for name, pairs in words.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("All")), *pairs]
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]  # a filter is not marked as optional
        for name in ("amount_from", "amount_to"):
            amount = self.fields[name]
            assert isinstance(amount, AmountField)
            amount.currency = company.currency


@dataclass(frozen=True)
class Chip:
    """A filter in force: its name, its value as people write it, and the query string without it."""

    label: str
    value: str
    without: str


class Listing:
    """One person's view on the expenses they may see, as a query string describes it."""

    def __init__(self, membership: Membership, params: Any) -> None:
        self.membership = membership
        self.company = membership.company
        self.form = FilterForm(params, membership=membership)
        self.form.is_valid()
        self.values = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        asked = params.get("sort", "")
        self.sort = asked if asked.lstrip("-") in SORTS and asked.count("-") <= 1 else DEFAULT_SORT
        self.cursor = params.get("cursor", "")
        self.columns = columns.shown(params)

    @property
    def rows(self) -> QuerySet[Expense]:
        """The expenses that all filters leave, in no order."""
        rows = Expense.objects.visible_to(self.membership).filter(self._condition())
        for word in search_words(self.values.get("q", "")):
            rows = rows.filter(found_by(word))
        return rows

    @property
    def ordered(self) -> QuerySet[Expense]:
        """The same in the order of the list, for exports."""
        down = self.sort.startswith("-")
        fields = SORTS[self.sort.lstrip("-")]
        return self._named(self.rows).order_by(*[f"-{field}" if down else field for field in fields])

    def page(self) -> Page[Expense]:
        rows = self._named(self.rows).for_lists()
        fields = SORTS[self.sort.lstrip("-")]
        return paginate(rows, by=fields, cursor=self.cursor, descending=self.sort.startswith("-"))

    def _named(self, rows: Any) -> Any:
        if "person" not in self.sort:
            return rows
        # That the owner is of this company goes without saying, but lets PostgreSQL walk the people by name.
        return rows.filter(owner__company=self.company).annotate(person_name=F("owner__name"))

    def _condition(self) -> Q:
        condition, values = Q(), self.values
        for name, column in (
            ("team", "owner__team"), ("person", "owner"), ("kind", "kind"), ("merchant", "merchant"), ("payment", "payment"),
            ("vendor", "vendor"),
        ):  # fmt: skip
            if name in values:
                condition &= Q(**{column: values[name]})
        # The first and the last year of the calendar have no moment in every zone, and nobody bought anything then.
        if "date_from" in values and values["date_from"].year > 1:
            condition &= Q(purchased_at__gte=self._midnight(values["date_from"]))
        if "date_to" in values and values["date_to"].year < LAST_YEAR:
            condition &= Q(purchased_at__lt=self._midnight(values["date_to"] + timedelta(days=1)))
        for name, operator in (("amount_from", "gte"), ("amount_to", "lte")):
            if name in values:
                condition &= Q(**{f"amount__{operator}": values[name].amount})
        if "category" in values:
            condition &= Q(Exists(ExpenseLine.objects.filter(expense=OuterRef("pk"), category=values["category"])))
        if "tag" in values:
            condition &= tagged(Q(pk=values["tag"].pk))
        if "receipt" in values:
            condition &= Q(receipt_count__gt=0) if values["receipt"] == "yes" else Q(receipt_count=0)
        if "flagged" in values:
            asked = values["flagged"]
            known = {"yes": ~Q(flag_level=""), "no": Q(flag_level="")}
            condition &= known.get(asked, Q(flag_level=asked))
        if "step" in values:
            condition &= self._step(values["step"])
        return condition

    def _step(self, step: str) -> Q:
        if step != "mine":
            return next_step.seen_as((step,), self.membership)
        mine = next_step.at_steps(next_step.OWNERS_TURN) & Q(owner=self.membership)
        if self.membership.can("expenses.review"):
            mine |= waits_for(self.membership, now=timezone.now())
        return mine

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.company.zone)

    def query_string(self, **changes: Any) -> str:
        """Return the filters and the order as a query string, with some changed; empty values drop out."""
        pairs: dict[str, Any] = {name: self.form.data.get(name, "") for name in self.values}
        if self.sort != DEFAULT_SORT:
            pairs["sort"] = self.sort
        if self.columns != columns.USUAL:
            pairs["col"] = list(self.columns)
        pairs |= changes
        return urlencode({name: value for name, value in pairs.items() if value not in ("", None)}, doseq=True)

    @property
    def offered_columns(self) -> list[columns.Column]:
        return columns.offered(self.columns)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The filters in force, except the search, as they came: a form that does not show their fields sends them along."""
        return [(name, self.form.data.get(name, "")) for name in self.values if name != "q"]

    @property
    def hidden_beside(self) -> list[tuple[str, str]]:
        """What the page of filters sends along: the search, the order and the columns."""
        pairs = [("q", self.values.get("q", "")), ("sort", self.sort if self.sort != DEFAULT_SORT else "")]
        pairs += [("col", name) for name in self.columns] if self.columns != columns.USUAL else []
        return [(name, value) for name, value in pairs if value]

    @property
    def chips(self) -> list[Chip]:
        """The filters in force, except the search, which stands in its own field."""
        return [
            Chip(str(self.form.fields[name].label), self._written(name), self.query_string(**{name: ""}))
            for name in self.values
            if name != "q"
        ]

    def _written(self, name: str) -> str:
        value = self.values[name]
        field = self.form.fields[name]
        if isinstance(value, Money):
            return format.amount(value)
        if isinstance(value, date):
            return format.day(value)
        if type(field) is forms.ChoiceField:
            pairs: Any = field.choices
            return next(str(word) for code, word in pairs if code == value)
        return str(value)

    @property
    def ignored(self) -> list[str]:
        """The names of filters whose value made no sense."""
        return [str(self.form.fields[name].label) for name in self.form.errors if name in self.form.fields]

    def total(self) -> tuple[Money, int]:
        """Return what all rows sum to, refunds taken off and negative when more came back than went out, and how many they are."""
        signed = Case(
            When(direction=Direction.SPEND, then=F("amount")), default=-F("amount"), output_field=BigIntegerField()
        )
        found = self.rows.order_by().aggregate(sum=Sum(signed), count=Count("pk"))
        return Money(int(found["sum"] or 0), self.company.currency), found["count"]


def tagged(which: Q) -> Q:
    """Return the condition that a line carries one of these tags, or one below them in their tree."""
    condition = Q()
    for tag in Tag.objects.filter(which):
        below = Tag.objects.filter(Q(pk=tag.pk) | Q(path__startswith=f"{tag.path} / "), group=tag.group_id)
        condition |= Q(Exists(LineTag.objects.filter(line__expense=OuterRef("pk"), tag__in=below.values("pk"))))
    return condition or Q(pk__in=[])


def found_by(word: str) -> Q:
    """A word is found in the text; `#1278` is the number itself."""
    if word.startswith("#") and word[1:].isdecimal() and int(word[1:]) <= LAST_NUMBER:
        return Q(number=int(word[1:]))
    return Q(search_text__contains=word.replace("\x00", ""))


@dataclass(frozen=True)
class View:
    """A saved view: a name, its query string, and whether the list shows it now. Counts load after the list."""

    name: str
    query: str
    is_current: bool
    count: int | None = None
    is_exact: bool = True
    saved: SavedView | None = None


def views(listing: Listing, *, today: date) -> Iterator[View]:
    """Yield the views everybody starts from, then those the person keeps."""
    current, whole = listing.query_string(q="", sort="", col=""), listing.query_string()
    named: list[tuple[str, dict[str, str]]] = [(gettext("All"), {})]
    if listing.membership.can("expenses.see_all"):
        named += [
            (format.month(today), {"date_from": today.replace(day=1).isoformat()}),
            (gettext("To review"), {"step": "to_review"}),
            (gettext("Ready to export"), {"step": "ready"}),
            (gettext("Receipt missing"), {"step": "receipt_missing"}),
            (gettext("Flagged"), {"flagged": "yes"}),
            (gettext("Reserved"), {"step": "reserved"}),
            (gettext("Refunds"), {"kind": "refund"}),
        ]
    else:
        named += [
            (gettext("Waits for me"), {"step": "mine"}),
            (gettext("Reserved"), {"step": "reserved"}),
            (gettext("Done"), {"step": "done"}),
        ]
    for name, pairs in named:
        query = urlencode(pairs)
        yield View(name, query, query == current)
    for kept in SavedView.objects.filter(membership=listing.membership, removed_at=None).order_by("id"):
        yield View(kept.name, kept.query, kept.query == whole, saved=kept)
