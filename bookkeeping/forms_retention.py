"""Forms of what is kept: how long, what is on hold, what is erased when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from bookkeeping.kept import Keeping, kept, near, period_of
from bookkeeping.models import BookSettings, HoldScope, LegalHold
from bookkeeping.retention_law import MOST_YEARS, Period, law_of
from expenses.listing import LAST_NUMBER
from expenses.models import Attachment, Expense
from pleo.lib.search import search_words
from receipts.models import Receipt

AHEAD = timedelta(days=365)
ERASED = "erased"


class RetentionForm(forms.Form):
    """How long receipts are kept, and whether they go by themselves."""

    years = forms.IntegerField(
        label=_("Years"), required=False, max_value=MOST_YEARS, min_value=1,
        help_text=_("Left out: as the law asks."),
    )  # fmt: skip
    erases = forms.BooleanField(label=_("Erase receipts by itself when their time is over"), required=False)

    def __init__(self, *args: Any, settings: BookSettings, **options: Any) -> None:
        law = law_of(settings.company.country)
        initial = {"years": settings.retention_years or law.years, "erases": settings.erases}
        super().__init__(*args, **{**options, "initial": initial})
        self.law = law
        self.fields["years"].is_wanted = True  # type: ignore[attr-defined]

    @property
    def wanted_years(self) -> int | None:
        """The years as they are kept: nothing where they are the law's, so that a changed law is followed."""
        years = self.cleaned_data["years"]
        return None if years == self.law.years else years


class HoldForm(forms.Form):
    """What must be kept, and why. The receipt comes with the address, an expense by its number."""

    scope = forms.ChoiceField(label=_("What must be kept"), choices=HoldScope.choices)
    number = forms.CharField(
        label=_("Number of the expense"),
        required=False,
        max_length=24,
        help_text=_("For an expense: as on its page, such as #1042."),
    )
    person = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Person"), required=False, empty_label="–", help_text=_("For a person.")
    )
    reason = forms.CharField(
        label=_("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The lawsuit, audit or inquiry, with its reference."),
    )  # fmt: skip

    def __init__(self, *args: Any, company: Company, receipt: Receipt | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.company, self.receipt = company, receipt
        scope, person = self.fields["scope"], self.fields["person"]
        assert isinstance(scope, forms.ChoiceField) and isinstance(person, forms.ModelChoiceField)
        person.queryset = Membership.objects.for_company(company).order_by("name", "id")
        scope.choices = [one for one in HoldScope.choices if receipt is not None or one[0] != HoldScope.RECEIPT]
        for name in ("number", "person", "reason"):
            self.fields[name].is_wanted = True  # type: ignore[attr-defined]  # each for one choice of scope

    @property
    def targets(self) -> dict[str, Any]:
        """What is named, for `place_hold`."""
        return {"receipt": self.receipt, "expense": self._expense(), "person": self.cleaned_data.get("person")}

    def _expense(self) -> Expense | None:
        typed = self.cleaned_data.get("number", "").strip().lstrip("#")
        if not (typed.isascii() and typed.isdecimal() and int(typed) <= LAST_NUMBER):
            return None
        found: Expense | None = Expense.objects.for_company(self.company).filter(number=int(typed)).first()
        return found


class LiftForm(forms.Form):
    """Why something need not be kept any longer."""

    reason = forms.CharField(
        label=_("Why it is lifted"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].is_wanted = True  # type: ignore[attr-defined]


class HoldFilter(forms.Form):
    """What the list of holds is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False, choices=[("", _("In force")), ("lifted", _("Lifted")), ("all", _("In force or lifted"))]
    )
    scope = forms.ChoiceField(required=False, choices=[("", _("Anything")), *HoldScope.choices])
    sort = forms.ChoiceField(required=False, choices=[("", _("Newest first")), ("placed_at", _("Oldest first"))])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_valid()
        self.values: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, rows: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
        """Return the holds asked for; a value that makes no sense narrows nothing."""
        state = self.values.get("state", "")
        if state != "all":
            rows = rows.filter(lifted_at__isnull=state != "lifted")
        if scope := self.values.get("scope"):
            rows = rows.filter(scope=scope)
        for word in search_words(self.values.get("q", "").replace("\x00", "")):
            rows = rows.filter(search_text__contains=word)
        return rows


class DueFilter(forms.Form):
    """What the list of receipts close to their end is narrowed to."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False, choices=[("", _("All within a year")), *Keeping.choices, (ERASED, _("Erased so far"))]
    )
    sort = forms.ChoiceField(required=False, choices=[("", _("Ends first")), ("-base_day", _("Ends last"))])

    def __init__(self, *args: Any, settings: BookSettings, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.company, self.today, self.period = settings.company, today, period_of(settings)
        self.is_valid()
        self.values: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def is_descending(self) -> bool:
        return "sort" in self.values

    @cached_property
    def rows(self) -> QuerySet[Receipt]:
        """The receipts asked for, each with `base_day` and `keeping`."""
        upto, state = self.period.last_due(self.today + AHEAD), self.values.get("state", "")
        rows = kept(self.company)
        if state == ERASED:
            rows = rows.exclude(erased_at=None)
        else:
            rows = rows.filter(near(self.company, upto), erased_at=None, base_day__lte=upto)
        if state in Keeping.values:
            rows = rows.filter(keeping=state)
        live = Attachment.objects.filter(receipt=OuterRef("pk"), detached_at=None)
        for word in search_words(self.values.get("q", "").replace("\x00", "")):
            on_expense = Exists(live.filter(expense__search_text__contains=word))
            rows = rows.filter(Q(search_text__contains=word) | Q(uploaded_by__search_text__contains=word) | on_expense)
        return rows

    def due_on(self, receipt: Any) -> date:
        """The day on which a receipt of the list goes, if nothing keeps it."""
        period: Period = self.period
        return period.due_on(receipt.base_day)
