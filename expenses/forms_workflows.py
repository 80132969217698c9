"""Forms of workflows and absences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, MembershipStatus, Team
from expenses.keep_workflow import Wanted
from expenses.models import Category, ExpenseKind, Tag, WorkflowVersion
from expenses.route_words import KINDS
from expenses.workflow import (
    ALL,
    ANY,
    APPROVERS,
    MOST_STAGES,
    PERSON,
    SPEND_REQUEST,
    Approver,
    Conditions,
    Facts,
    Plan,
    Stage,
)
from pleo.lib.fields import AmountField
from pleo.lib.money import Money

LISTS = ("kinds", "teams", "categories", "tags", "people")
MODE_CHOICES = [(ANY, _("any of them")), (ALL, _("all of them"))]
FLAG_CHOICES = [("", _("Does not matter")), ("yes", _("Only with one")), ("no", _("Only without"))]


def kind_choices() -> list[tuple[str, Any]]:
    """Return what a workflow can be about: the kinds of expenses, and requests to spend."""
    return [*ExpenseKind.choices, (SPEND_REQUEST, _("Spend request"))]


def people_choices(company: Company, *, also: Iterable[UUID] = ()) -> list[tuple[str, str]]:
    """Return the active people of a company by name, and those of `also` who are no longer."""
    wanted = Q(status=MembershipStatus.ACTIVE) | Q(pk__in=list(also))
    rows = Membership.objects.for_company(company).filter(wanted).exclude(role="service").order_by("name", "id")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


class Several(forms.MultipleChoiceField):
    """Several of a list; the list is tall enough to see a few."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.SelectMultiple(attrs={"size": 5}), **options)


class WorkflowForm(forms.Form):
    """A workflow. Without a single stage nobody has to look.

    `shown` is how many stages the page has fields for: as many as there are, one at least; more can be asked for.
    """

    name = forms.CharField(label=_("Name"), max_length=80)
    kinds = Several(label=_("Kind"))
    amount_from = AmountField(label=_("From this amount"), required=False)
    amount_below = AmountField(label=_("Below this amount"), required=False)
    teams = Several(label=_("Team"))
    categories = Several(label=_("Category"))
    tags = Several(label=_("Tag"))
    people = Several(label=_("Person"))
    flagged = forms.ChoiceField(label=_("Open flags of the policy"), required=False, choices=FLAG_CHOICES)
    sample_percent = forms.IntegerField(
        label=_("Of what nobody has to look at, finance checks, in percent"), required=False, min_value=0, max_value=100
    )
    answer_days = forms.IntegerField(
        label=_("Ask finance too after this many days"), required=False, min_value=0, max_value=90
    )

    def __init__(self, *args: Any, company: Company, version: WorkflowVersion | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(version, company) if version else {"answer_days": 7})
        super().__init__(*args, **kwargs)
        for name, pairs in _choices(company, version.plan if version else None).items():
            if name == "approvers":
                self._add_stages(pairs)
                continue
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = pairs
        for name in ("amount_from", "amount_below"):
            amount = self.fields[name]
            assert isinstance(amount, AmountField)
            amount.currency = company.currency
        for field in self.fields.values():
            field.is_wanted = True  # type: ignore[attr-defined]  # what is empty asks for nothing

    def _add_stages(self, people: list[Any]) -> None:
        kinds = [(kind, str(KINDS[kind]).capitalize()) for kind in APPROVERS if kind != PERSON]
        for number in range(1, MOST_STAGES + 1):
            self.fields[f"who_{number}"] = Several(label=_("Who"), choices=[*kinds, *people])
            mode = forms.ChoiceField(label=_("How many"), required=False, choices=MODE_CHOICES)
            self.fields[f"mode_{number}"] = mode
        filled = [number for number in range(1, MOST_STAGES + 1) if self[f"who_{number}"].value()]
        self.shown = max(filled, default=1)

    @property
    def stages(self) -> list[tuple[Any, Any]]:
        """The fields of each stage that is shown: who, and how many of them."""
        return [(self[f"who_{number}"], self[f"mode_{number}"]) for number in range(1, self.shown + 1)]

    @property
    def may_grow(self) -> bool:
        return self.shown < MOST_STAGES

    def wanted(self) -> Wanted:
        """Return what the workflow shall say; only after the form was valid."""
        data = self.cleaned_data
        ids: dict[str, Any] = {name: tuple(UUID(one) for one in data[name]) for name in LISTS if name != "kinds"}
        flagged = {"yes": True, "no": False}.get(data["flagged"])
        amounts: dict[str, Any] = {
            name: data[name].amount if data[name] else None for name in ("amount_from", "amount_below")
        }
        asked = Conditions(kinds=tuple(data["kinds"]), is_flagged=flagged, **amounts, **ids)
        stages = [
            Stage(data[f"mode_{number}"] or ANY, tuple(_approver(one) for one in data[f"who_{number}"]))
            for number in range(1, MOST_STAGES + 1)
            if data[f"who_{number}"]
        ]
        return Wanted(
            data["name"], asked, tuple(stages), sample_percent=data["sample_percent"] or 0,
            answer_days=data["answer_days"] or 0,
        )  # fmt: skip


def reshaped(data: Any, do: str, *, company: Company, version: WorkflowVersion | None) -> WorkflowForm:
    """Return the form as it was typed with a stage more (`add`) or without one of them (`remove-2`); nothing is judged yet."""
    typed = WorkflowForm(data, company=company, version=version)
    lists = {name for name, field in typed.fields.items() if isinstance(field, Several)}
    seen: dict[str, Any] = {name: data.getlist(name) if name in lists else data.get(name, "") for name in typed.fields}
    rows = [(seen[f"who_{number}"], seen[f"mode_{number}"]) for number in range(1, MOST_STAGES + 1)]
    shown = sum(f"mode_{number}" in data for number in range(1, MOST_STAGES + 1))
    gone = int(do.removeprefix("remove-")) if do in {f"remove-{number}" for number in range(1, shown + 1)} else 0
    if gone:
        rows = [*rows[: gone - 1], *rows[gone:], ([], "")]
    for number, (who, mode) in enumerate(rows, 1):
        seen[f"who_{number}"], seen[f"mode_{number}"] = who, mode
    form = WorkflowForm(initial=seen, company=company, version=version)
    form.shown = max(1, min(shown + (do == "add") - bool(gone), MOST_STAGES))
    return form


def _choices(company: Company, plan: Plan | None) -> dict[str, Any]:
    """Return what can be chosen, and what a plan names already: what was archived meanwhile is not lost by saving."""
    asked = plan.conditions if plan else Conditions()
    named = [one.person for stage in plan.stages for one in stage.approvers if one.person] if plan else []
    categories = Category.objects.for_company(company).filter(Q(archived_at=None) | Q(pk__in=asked.categories))
    tags = Tag.objects.for_company(company).filter(Q(archived_at=None) | Q(pk__in=asked.tags))
    return {
        "kinds": kind_choices(),
        "teams": _pairs(Team.objects.for_company(company).order_by("name", "id")),
        "categories": _pairs(categories.order_by("name", "id")),
        "tags": _pairs(tags.order_by("path", "id")),
        "people": people_choices(company, also=asked.people),
        "approvers": people_choices(company, also=named),
    }


def _pairs(rows: Any) -> list[tuple[str, str]]:
    return [(str(row.pk), str(row)) for row in rows]


def _approver(word: str) -> Approver:
    return Approver(word) if word in APPROVERS else Approver(PERSON, UUID(word))


def _initial(version: WorkflowVersion, company: Company) -> dict[str, Any]:
    plan = version.plan
    asked = plan.conditions
    found: dict[str, Any] = {"name": version.name, "answer_days": plan.answer_days}
    found["sample_percent"] = plan.sample_percent or ""
    found |= {name: [str(one) for one in getattr(asked, name)] for name in LISTS}
    for name in ("amount_from", "amount_below"):
        amount = getattr(asked, name)
        found[name] = Money(amount, company.currency) if amount is not None else None
    found["flagged"] = {None: "", True: "yes", False: "no"}[asked.is_flagged]
    for number, stage in enumerate(plan.stages, 1):
        found[f"mode_{number}"] = stage.mode
        found[f"who_{number}"] = [str(one.person) if one.person else one.kind for one in stage.approvers]
    return found


class TryForm(forms.Form):
    """An expense that might be: who would decide about it?"""

    person = forms.ChoiceField(label=_("Person"))
    kind = forms.ChoiceField(label=_("Kind"))
    amount = AmountField(label=_("Amount"))
    category = forms.ChoiceField(label=_("Category"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Category.objects.for_company(company).filter(archived_at=None).order_by("name", "id")
        choices: dict[str, list[Any]] = {
            "person": people_choices(company),
            "kind": kind_choices(),
            "category": [("", _("None")), *_pairs(rows)],
        }
        for name, pairs in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = pairs
        amount = self.fields["amount"]
        assert isinstance(amount, AmountField)
        amount.currency = company.currency
        self.company = company

    def facts(self) -> Facts:
        """Return the facts of what was typed; only after the form was valid."""
        data = self.cleaned_data
        owner = Membership.objects.for_company(self.company).filter(pk=data["person"]).values_list("pk", "team_id")[0]
        categories = frozenset({UUID(data["category"])} if data["category"] else ())
        return Facts(
            kind=data["kind"], amount=data["amount"].amount, owner=owner[0], team=owner[1], categories=categories
        )


class AbsenceForm(forms.Form):
    """When somebody is away, and who decides in their place."""

    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    substitute = forms.ChoiceField(label=_("Decides in their place"))

    def __init__(self, *args: Any, person: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = [(pk, name) for pk, name in people_choices(person.company) if pk != str(person.pk)]
        self.fields["substitute"].choices = [("", _("Choose a person")), *pairs]  # type: ignore[attr-defined]
