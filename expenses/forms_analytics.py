"""What the analytics page is asked for. Everything is optional; the address is the state."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from expenses.models import Tag
from expenses.spend import BEFORE, GROUPS, MISSING, MOST_MONTHS, NONE, OF, OWN, WHOLE, YEAR, Cut, Period
from expenses.tagging import groups_of


class PeriodForm(forms.Form):
    """From when to when, by what, and compared with what. Without any of it: this year so far by category, and a year before.

    `by` is a word of GROUPS, or the id of a group of tags; `under` is a tag of it, whose own tags are shown.
    """

    date_from = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    date_to = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    than = forms.ChoiceField(
        label=_("Compared with"), required=False, choices=[(YEAR, _("A year before")), (BEFORE, _("The time before"))]
    )
    under = forms.ModelChoiceField(Tag.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usual = Period(today.replace(month=1, day=1), today)
        self.tag_groups = {str(group.pk): group.name for group in groups_of(company)}
        self.groups: dict[str, Any] = {**{word: label for word, (label, _) in GROUPS.items()}, **self.tag_groups}
        by, under = self.fields["by"], self.fields["under"]
        assert isinstance(by, forms.ChoiceField) and isinstance(under, forms.ModelChoiceField)
        by.choices = [(word, word) for word in self.groups]
        under.queryset = Tag.objects.for_company(company).select_related("parent", "group")

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or {})
        first, last = values.get("date_from"), values.get("date_to")
        last = last or self.usual.last
        first = first or (self.usual.first if last >= self.usual.first else last.replace(month=1, day=1))
        if first > last:
            self.add_error("date_to", _("It ends before it begins."))
        # The time before must lie in the calendar too.
        elif first.year <= MOST_MONTHS // 12 + 1 or months_of(first, last) >= MOST_MONTHS:
            self.add_error("date_from", _("Choose %(most)s months at most.") % {"most": MOST_MONTHS})
        under = values.get("under")
        if under is not None and str(under.group_id) != values.get("by"):
            self.add_error("under", _("This tag is of another group."))
        values["period"] = Period(first, last)
        return values

    @property
    def period(self) -> Period:
        """The days asked for; this year so far while they make no sense."""
        return self.cleaned_data["period"] if self.is_valid() else self.usual

    @property
    def group(self) -> str:
        return (self.is_valid() and self.cleaned_data.get("by")) or "category"

    @property
    def top(self) -> Tag | None:
        """The tag whose own tags are shown."""
        return self.cleaned_data.get("under") if self.is_valid() else None

    @property
    def compared(self) -> str:
        return (self.is_valid() and self.cleaned_data.get("than")) or YEAR

    @property
    def cut(self) -> Cut:
        """What the page as a whole shows: everything, or one tag with all below it."""
        return Cut(self.group, OF, str(self.top.pk)) if self.top else WHOLE

    @property
    def query(self) -> dict[str, str]:
        """The address of what is shown, without defaults."""
        pairs = {"date_from": f"{self.period.first}", "date_to": f"{self.period.last}", "by": self.group}
        pairs |= {"than": self.compared} if self.compared != YEAR else {}
        return pairs | ({"under": str(self.top.pk)} if self.top else {})


def months_of(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


class CutForm(PeriodForm):
    """Which lines stand behind a figure. `part` is empty for all lines, else what `key` says of the group."""

    SORTS = ("date", "amount")
    part = forms.ChoiceField(
        required=False, choices=[(word, word) for word in (OF, OWN, NONE, MISSING)], widget=forms.HiddenInput
    )
    key = forms.CharField(required=False, max_length=200, strip=False, widget=forms.HiddenInput)
    q = forms.CharField(label=_("Search"), required=False, max_length=120)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        group, part = values.get("by") or "category", values.get("part")
        if part == OWN and group in GROUPS:
            self.add_error("part", _("Only tags have others below them."))
        if part in (OF, OWN) and group != "merchant" and not _is_id(values.get("key", "")):
            self.add_error("key", _("Which one?"))
        return values

    @property
    def cut(self) -> Cut:
        if not self.is_valid() or not self.cleaned_data.get("part"):
            return WHOLE
        return Cut(self.group, self.cleaned_data["part"], self.cleaned_data["key"])

    @property
    def query(self) -> dict[str, str]:
        values = self.cleaned_data if self.is_valid() else {}
        return super().query | {name: values[name] for name in ("part", "key", "q") if values.get(name)}

    @property
    def sort(self) -> tuple[str, bool]:
        """Return (date or amount, whether downwards)."""
        asked = self.data.get("sort", "-date")
        word = asked.lstrip("-")
        return (word, asked.startswith("-")) if word in self.SORTS and asked.count("-") <= 1 else ("date", True)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
