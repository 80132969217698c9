"""Forms of the cards' pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from cards.models import Authorization, BulkAct, CardKind, CardState, Freeze
from cards.near_limit import near_limit
from pleo.lib.search import search_words

UNUSED = timedelta(days=60)


class CardFilter(forms.Form):
    """What the list of cards is narrowed to. Anything unreadable narrows nothing."""

    STATES = (
        ("", _("Open")),
        ("active", _("Active")),
        ("frozen", _("Frozen")),
        ("pending", _("In the post")),
        ("near", _("Close to a limit")),
        ("unused", _("Not used in 60 days")),
        ("closed", _("Closed")),
        ("all", _("All")),
    )
    # Saved views of the list: a name and the query it stands for.
    VIEWS = (
        (_("Open"), ""),
        (_("Frozen"), "state=frozen"),
        (_("In the post"), "state=pending"),
        (_("Close to a limit"), "state=near"),
        (_("Vendor"), "kind=vendor"),
        (_("Temporary"), "kind=temporary"),
        (_("Not used in 60 days"), "state=unused"),
        (_("Closed"), "state=closed"),
    )

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(required=False, choices=STATES)
    kind = forms.ChoiceField(required=False, choices=[("", _("Any")), *CardKind.choices])

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company

    def narrow(self, rows: Any) -> Any:
        """Return the cards that the form asks for; without a word about it, those that are not closed."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        resting = Q(pk__in=Freeze.objects.filter(ended_at=None).values("card"))
        state = values.get("state", "")
        if state == "closed":
            rows = rows.filter(state=CardState.CLOSED)
        elif state == "pending":
            rows = rows.filter(state__in=[CardState.ISSUING, CardState.PENDING])
        elif state != "all":
            rows = rows.exclude(state=CardState.CLOSED)
        if state in ("active", "frozen"):
            rows = rows.filter(resting if state == "frozen" else ~resting)
        if state == "active":
            rows = rows.filter(state=CardState.ACTIVE)
        if state == "near":
            now = timezone.now()
            rows = near_limit(rows, day=self.company.day_of(now), now=now)
        if state == "unused":
            since = timezone.now() - UNUSED
            rows = rows.filter(~Exists(Authorization.objects.filter(card=OuterRef("pk"), occurred_at__gte=since)))
            rows = rows.filter(created_at__lt=since)
        if values.get("kind"):
            rows = rows.filter(kind=values["kind"])
        for word in search_words(values.get("q", "")):
            rows = rows.filter(Q(search_text__contains=word) | Q(cardholder__search_text__contains=word))
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and any(self.cleaned_data.values()))

    @property
    def views(self) -> list[tuple[Any, str, bool]]:
        """Every saved view: its name, its query, and whether the list shows just that."""
        values = self.cleaned_data if self.is_bound and self.is_valid() else {}
        now = urlencode({name: value for name, value in values.items() if value and name != "q"})
        return [(name, query, query == now) for name, query in self.VIEWS]


class BulkForm(forms.Form):
    """What is done to the chosen cards: the ticked ones of a page, or with `every` all that the list was narrowed to."""

    MOST = 200

    act = forms.ChoiceField(choices=[(act, act) for act in BulkAct.values if act != BulkAct.UNDO])
    every = forms.BooleanField(required=False)
    sure = forms.BooleanField(required=False)

    @classmethod
    def ticked(cls, data: Any) -> list[UUID]:
        """Return the ids of the ticked rows, odd values left out."""
        field, found = forms.UUIDField(), []
        for value in data.getlist("card")[: cls.MOST]:
            try:
                found.append(field.clean(value))
            except forms.ValidationError:
                continue
        return found


class DeclineFilter(forms.Form):
    """What the list of declines is narrowed to, and its order. Anything unreadable narrows nothing."""

    WHYS = {
        "limit": Q(decline_reason__startswith="limit_"),
        "rule": Q(decline_reason__startswith="control_"),
        "funds": Q(decline_reason="funds"),
        "rest": Q(decline_reason__in=["not_frozen", "card_active", "card_period", "single_use", "in_person"]),
    }
    q = forms.CharField(required=False, max_length=100)
    why = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("Any")),
            ("limit", _("A limit")),
            ("rule", _("A rule")),
            ("funds", _("Not enough money")),
            ("rest", _("The card rests or is over")),
            ("other", _("Something else")),
        ],
    )
    sort = forms.ChoiceField(
        required=False,
        choices=[("", _("Newest first")), ("oldest", _("Oldest first")), ("amount", _("Largest first"))],
    )

    @property
    def order(self) -> tuple[tuple[str, ...], bool]:
        """Return the columns that the list is in the order of, and whether it goes down."""
        sort = self.cleaned_data.get("sort", "") if self.is_bound and self.is_valid() else ""
        return (("amount", "id"), True) if sort == "amount" else (("occurred_at", "id"), sort != "oldest")

    def narrow(self, rows: Any) -> Any:
        """Return the declines that the form asks for."""
        values: dict[str, Any] = self.cleaned_data if self.is_bound and self.is_valid() else {}
        why = values.get("why", "")
        if why == "other":
            for known in self.WHYS.values():
                rows = rows.exclude(known)
        elif why:
            rows = rows.filter(self.WHYS[why])
        for word in search_words(values.get("q", "")):
            rows = rows.filter(
                Q(search_text__contains=word)
                | Q(card__search_text__contains=word)
                | Q(card__cardholder__search_text__contains=word)
            )
        return rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.is_bound and self.is_valid() and (self.cleaned_data["q"] or self.cleaned_data["why"]))
