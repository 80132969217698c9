"""The designer of a table: one row of controls per column, and how cells are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookkeeping.formats.custom import DATES, ENCODINGS, FIELDS, MOST_COLUMNS, Column, Layout
from bookkeeping.models import BookSettings, TaxName

# Empty rows that stand below the columns, for more.
MORE = 4


class LayoutForm(forms.Form):
    """A table. Columns come in the order of their numbers; a row without a content is no column."""

    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("File"), choices=[("csv", "CSV"), ("xlsx", "XLSX")])
    rows = forms.ChoiceField(
        label=_("Rows"),
        choices=[
            ("one", _("One row: account and contra account")),
            ("sides", _("A row for each debit and each credit")),
        ],
    )
    tax_line = forms.BooleanField(label=_("VAT in a row of its own"), required=False)
    positive = forms.BooleanField(label=_("What was spent is positive"), required=False)
    with_headings = forms.BooleanField(label=_("Headings in the first row"), required=False)
    date_format = forms.ChoiceField(label=_("Dates"), choices=list(DATES.items()))
    decimals = forms.ChoiceField(label=_("Before decimals"), choices=[("comma", _("Comma")), ("point", _("Point"))])
    separator = forms.ChoiceField(
        label=_("Between cells"),
        choices=[(";", _("Semicolon")), (",", _("Comma")), ("\t", _("Tab")), ("|", _("Bar"))],
    )
    encoding = forms.ChoiceField(label=_("Characters"), choices=list(ENCODINGS.items()))

    def __init__(self, *args: Any, layout: Layout, **options: Any) -> None:
        initial = {
            "name": layout.name,
            "kind": "xlsx" if layout.is_xlsx else "csv",
            "rows": "one" if layout.one_line else "sides",
            "decimals": "comma" if layout.decimal_comma else "point",
        }
        for name in ("tax_line", "positive", "with_headings", "date_format", "separator", "encoding"):
            initial[name] = getattr(layout, name)
        super().__init__(*args, **{**options, "initial": initial})
        choices = [("", _("No column")), *FIELDS.items()]
        self.places = self._places(len(layout.columns))
        for place in self.places:
            known = layout.columns[place] if place < len(layout.columns) else Column("", "")
            field = forms.ChoiceField(label=_("Content"), choices=choices, required=False, initial=known.field)
            self.fields[f"field_{place}"] = field
            self.fields[f"heading_{place}"] = forms.CharField(
                label=_("Heading"), max_length=60, required=False, initial=known.heading
            )
            self.fields[f"order_{place}"] = forms.IntegerField(
                label=_("Place"), required=False, min_value=0, max_value=999, initial=place + 1
            )

    def _places(self, known: int) -> range:
        """How many rows of controls there are: those that were sent, else the layout's and some more."""
        sent = 0
        if self.is_bound:
            numbers = [name.removeprefix("field_") for name in self.data if name.startswith("field_")]
            sent = 1 + max((int(number) for number in numbers if number.isdecimal() and len(number) < 3), default=-1)
        return range(min(sent or known + MORE, MOST_COLUMNS + MORE))

    def columns(self) -> Iterator[dict[str, Any]]:
        """Yield the controls of each row."""
        for place in self.places:
            yield {name: self[f"{name}_{place}"] for name in ("field", "heading", "order")}

    @property
    def layout(self) -> Layout:
        """What was asked for."""
        values = self.cleaned_data
        chosen = []
        for place in self.places:
            if field := values.get(f"field_{place}"):
                order = values.get(f"order_{place}")
                heading = (values.get(f"heading_{place}") or "").strip() or str(FIELDS[field])
                chosen.append(((order if order is not None else 1000, place), Column(field, heading)))
        return Layout(
            values["name"].strip(),
            tuple(column for _, column in sorted(chosen, key=lambda pair: pair[0])),
            is_xlsx=values["kind"] == "xlsx",
            encoding=values["encoding"],
            separator=values["separator"],
            decimal_comma=values["decimals"] == "comma",
            date_format=values["date_format"],
            one_line=values["rows"] == "one",
            tax_line=values["tax_line"],
            positive=values["positive"],
            with_headings=values["with_headings"],
        )


class TaxNamesForm(forms.Form):
    """What other systems call the company's VAT codes."""

    SYSTEMS = (("datev", "DATEV"), ("sage", "Sage 50"), ("xero", "Xero"))

    def __init__(self, *args: Any, settings: BookSettings, codes: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.codes = codes
        rows = TaxName.objects.for_company(settings.company).values_list("code", "system", "name")
        known = {(code, system): name for code, system, name in rows}
        for place, code in enumerate(codes):
            for system, label in self.SYSTEMS:
                field = forms.CharField(label=f"{code}, {label}", max_length=60, required=False)
                field.initial = known.get((code, system), "")
                self.fields[f"{system}_{place}"] = field

    def rows(self) -> Iterator[dict[str, Any]]:
        for place, code in enumerate(self.codes):
            yield {"code": code, "fields": [self[f"{system}_{place}"] for system, _ in self.SYSTEMS]}

    @property
    def names(self) -> list[tuple[str, str, str]]:
        return [
            (code, system, self.cleaned_data[f"{system}_{place}"].strip())
            for place, code in enumerate(self.codes)
            for system, _ in self.SYSTEMS
        ]

    def place_of(self, code: str, system: str) -> str:
        """Return the name of the control where a code's name in a system stands."""
        return f"{system}_{self.codes.index(code)}"
