"""Where rules hang: a card, a person or a card policy, and the pages of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from cards.controls import live_controls
from cards.limits import live_limits
from cards.models import Card, CardTemplate, Control, ControlKind, Limit
from cards.rule_words import rule_says


@dataclass(frozen=True)
class Line:
    """One kind of rule as a page shows it: what it says, whose it is, what is tried beside it."""

    kind: str
    label: str
    says: str
    rule: Control | None
    own: bool
    trial: Control | None
    url: str
    trial_url: str


@dataclass(frozen=True)
class Place:
    """The owner of limits and rules. `word` is card, person or policy, and begins the names of its routes."""

    word: str
    owner: Card | Membership | CardTemplate

    @property
    def whose(self) -> dict[str, Any]:
        """Return the argument that names the owner to a verb."""
        return {{"card": "card", "person": "person", "policy": "template"}[self.word]: self.owner}

    @property
    def keeper(self) -> Card | Membership | CardTemplate:
        """The row that limits and rules are kept on: of a card, the first of its chain."""
        return self.owner.limit_owner if isinstance(self.owner, Card) else self.owner

    def url(self, page: str = "", **ids: Any) -> str:
        """Return the path of a page: "" for the owner's own, else limits, rule, trial and so on."""
        own = {"card": "card_id", "person": "person_id", "policy": "template_id"}[self.word]
        name = f"{self.word}-{page}" if page else self.word
        return reverse(name, kwargs={"company": self.owner.company.slug, own: self.owner.pk} | ids)

    @property
    def home(self) -> str:
        return self.url()

    @property
    def limits_url(self) -> str:
        return self.url("limits")

    @property
    def rules_url(self) -> str:
        return self.url("rules")

    @property
    def raise_url(self) -> str:
        return self.url("raise")

    @property
    def title(self) -> str:
        if isinstance(self.owner, Card):
            return f"{self.owner.cardholder.name}, {self.owner}"
        return self.owner.name

    @property
    def crumb(self) -> tuple[str, str]:
        """Return name and path of the list above."""
        company = {"company": self.owner.company.slug}
        if self.word == "person":
            return _("People"), reverse("people", kwargs=company)
        if self.word == "policy":
            return _("Card policies"), reverse("policies", kwargs=company)
        return _("Cards"), reverse("cards", kwargs=company)

    def live(self) -> dict[str, Limit]:
        """Return the owner's own limits that stand, by interval."""
        rows = Limit.objects.standing().filter(**self._rows())
        return {row.interval: row for row in rows.select_related("set_by")}

    def trials(self) -> list[tuple[Limit, str]]:
        """Return the limits on trial, each with the path of its page."""
        rows = Limit.objects.filter(**self._rows(), shadow=True, ended_at=None).order_by("set_at", "id")
        return [(row, self.url("trial", rule_id=row.pk)) for row in rows]

    def raises(self, now: Any) -> list[Limit]:
        """Return the raises that are in force or come, the soonest to end first."""
        rows = Limit.objects.filter(**self._rows(), ended_at=None, ends_at__gt=now)
        return list(rows.select_related("set_by").order_by("ends_at", "id"))

    def effective(self) -> dict[str, Limit]:
        """Return what a raise starts from, by interval: of a card, its policy's limits too."""
        if not isinstance(self.owner, Card):
            return self.live()
        return {row.interval: row for row in live_limits(self.owner) if not row.shadow and not row.membership_id}

    def _rows(self) -> dict[str, Any]:
        return {{"card": "card", "person": "membership", "policy": "template"}[self.word]: self.keeper}

    def controls(self) -> list[Control]:
        """Return the controls in force and on trial, of a card its policy's too."""
        if isinstance(self.owner, Card):
            return live_controls(self.owner)
        if isinstance(self.owner, CardTemplate):
            return list(Control.objects.live().filter(template=self.owner).select_related("company"))
        return []

    def lines(self) -> list[Line]:
        """Return every kind of rule, set or not."""
        rows = self.controls()
        rules = {row.kind: row for row in rows if not row.shadow}
        trials = {row.kind: row for row in rows if row.shadow}
        return [self._line(kind, rules.get(kind), trials.get(kind)) for kind in ControlKind]

    def _line(self, kind: ControlKind, rule: Control | None, trial: Control | None) -> Line:
        says = rule_says(rule) if rule else ""
        trial_url = self.url("trial", rule_id=trial.pk) if trial else ""
        return Line(
            kind.value,
            str(kind.label),
            says,
            rule,
            self.is_own(rule),
            trial,
            self.url("rule", kind=kind.value),
            trial_url,
        )

    def is_own(self, rule: Control | Limit | None) -> bool:
        """Say whether a rule hangs here and is not the policy's that the card follows."""
        return rule is not None and (rule.template_id is None or self.word == "policy")


def place_of(
    membership: Membership,
    *,
    card_id: UUID | None = None,
    person_id: UUID | None = None,
    template_id: UUID | None = None,
) -> Place:
    """Return the owner that a path names, or 404 where this person may not see it."""
    if card_id:
        rows = Card.objects.visible_to(membership).select_related("cardholder", "company", "account", "head")
        return Place("card", get_object_or_404(rows, pk=card_id))
    if person_id:
        people = Membership.objects.for_company(membership.company).select_related("company")
        return Place("person", get_object_or_404(people, pk=person_id))
    if template_id:
        templates = CardTemplate.objects.for_company(membership.company).select_related("company")
        return Place("policy", get_object_or_404(templates, pk=template_id))
    raise Http404


def rules_of(card: Card) -> dict[str, Any]:
    """Return what a card's page shows of its rules: which policy it follows, what is its own, each rule in words."""
    place = Place("card", card)
    lines = place.lines()
    owner = card.limit_owner
    own_count = len(place.live()) + sum(line.own for line in lines)
    return {
        "place": place,
        "policy": CardTemplate.objects.get(pk=owner.template_id) if owner.template_id else None,
        "lines": lines,
        "own_count": own_count,
        "has_rules": any(line.rule for line in lines),
    }
