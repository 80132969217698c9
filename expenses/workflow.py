"""Who decides, in which order: from facts to steps, by rules alone. Nothing is read or written here.

A company's plans stand in an order, and the first whose conditions hold applies. A stage is decided by any of its groups or by
all of them; a group is the people who can each speak for one approver of the plan ("the manager" may be two leads). Nobody
is ever in a group for their own money: the group goes up to the next manager, then to finance, in which owners are. A
stage for which nobody is left has no group at all, and whoever stores it says so to the admins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

PERSON, MANAGER, MANAGERS_MANAGER, TAG_OWNER, FINANCE = "person", "manager", "managers_manager", "tag_owner", "finance"
APPROVERS = (MANAGER, MANAGERS_MANAGER, TAG_OWNER, FINANCE, PERSON)
ANY, ALL = "any", "all"
MODES = (ANY, ALL)
# The kind of a subject that is no expense.
SPEND_REQUEST = "spend_request"
# How far up a group climbs before finance decides: longer than any real line of managers, and it ends in a circle too.
CLIMB = 10
MOST_STAGES, MOST_APPROVERS = 6, 12


@dataclass(frozen=True)
class Facts:
    """What plans ask about one thing to decide. `amount` is in minor units of the company's currency."""

    kind: str
    amount: int
    owner: UUID
    team: UUID | None = None
    categories: frozenset[UUID] = frozenset()
    tags: frozenset[UUID] = frozenset()
    flags: frozenset[str] = frozenset()

    def dump(self) -> dict[str, Any]:
        """Return the facts as JSON values, in an order of their own."""
        return {
            "kind": self.kind,
            "amount": self.amount,
            "owner": str(self.owner),
            "team": str(self.team) if self.team else None,
            "categories": sorted(map(str, self.categories)),
            "tags": sorted(map(str, self.tags)),
            "flags": sorted(self.flags),
        }


@dataclass(frozen=True)
class Conditions:
    """When a plan applies. What is empty asks for nothing; within one list any value will do, all lists together must hold.

    `amount_from` is included, `amount_below` is not, both in minor units. `is_flagged` asks whether a policy flag is open.
    """

    kinds: tuple[str, ...] = ()
    amount_from: int | None = None
    amount_below: int | None = None
    teams: tuple[UUID, ...] = ()
    categories: tuple[UUID, ...] = ()
    tags: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()
    is_flagged: bool | None = None

    def hold(self, facts: Facts) -> bool:
        return (
            (not self.kinds or facts.kind in self.kinds)
            and (self.amount_from is None or facts.amount >= self.amount_from)
            and (self.amount_below is None or facts.amount < self.amount_below)
            and (not self.teams or facts.team in self.teams)
            and (not self.categories or bool(facts.categories & set(self.categories)))
            and (not self.tags or bool(facts.tags & set(self.tags)))
            and (not self.people or facts.owner in self.people)
            and (self.is_flagged is None or self.is_flagged == bool(facts.flags))
        )

    def dump(self) -> dict[str, Any]:
        """Return the conditions as JSON values; what asks for nothing is left out."""
        lists = {
            name: sorted(map(str, getattr(self, name))) for name in ("kinds", "teams", "categories", "tags", "people")
        }
        single = {name: getattr(self, name) for name in ("amount_from", "amount_below", "is_flagged")}
        return {name: value for name, value in lists.items() if value} | {
            name: value for name, value in single.items() if value is not None
        }

    @staticmethod
    def load(stored: Mapping[str, Any]) -> Conditions:
        ids: dict[str, Any] = {
            name: tuple(UUID(one) for one in stored.get(name, ())) for name in ("teams", "categories", "tags", "people")
        }
        single: dict[str, Any] = {name: stored.get(name) for name in ("amount_from", "amount_below", "is_flagged")}
        return Conditions(kinds=tuple(stored.get("kinds", ())), **ids, **single)


@dataclass(frozen=True)
class Approver:
    """One approver of a plan: a way to find people, or a person by name."""

    kind: str
    person: UUID | None = None

    def __post_init__(self) -> None:
        assert self.kind in APPROVERS and (self.person is not None) == (self.kind == PERSON), self


@dataclass(frozen=True)
class Stage:
    """One step of a plan: any of its approvers, or all of them."""

    mode: str
    approvers: tuple[Approver, ...]

    def dump(self) -> dict[str, Any]:
        named = [{"kind": one.kind} | ({"person": str(one.person)} if one.person else {}) for one in self.approvers]
        return {"mode": self.mode, "approvers": named}

    @staticmethod
    def load(stored: Mapping[str, Any]) -> Stage:
        named = (Approver(one["kind"], UUID(one["person"]) if "person" in one else None) for one in stored["approvers"])
        return Stage(stored["mode"], tuple(named))


@dataclass(frozen=True)
class Plan:
    """A workflow as it stands: no stages means that nobody has to look, except at a sample of `sample_percent`."""

    name: str
    conditions: Conditions
    stages: tuple[Stage, ...]
    sample_percent: int = 0
    answer_days: int = 0
    key: Any = None


# Where no plan fits: what the product does without any.
USUAL = Plan("", Conditions(), (Stage(ANY, (Approver(MANAGER), Approver(FINANCE))),))
SAMPLE = (Stage(ANY, (Approver(FINANCE),)),)


@dataclass(frozen=True)
class People:
    """Who there is: active people alone. `managers` maps a person to those who manage them; finance holds the owners too."""

    managers: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    finance: frozenset[UUID] = frozenset()
    active: frozenset[UUID] = frozenset()
    tag_owners: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Those who can each speak for one approver. A group of finance names nobody: whoever has the role by then decides."""

    kind: str
    people: tuple[UUID, ...] = ()
    is_fallback: bool = False


@dataclass(frozen=True)
class Step:
    """One stage of one thing to decide. Without groups nobody is left who could."""

    mode: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Steps:
    """What a plan asks of one thing to decide. No stages: nobody has to look."""

    plan: Plan
    stages: tuple[Step, ...]
    is_sample: bool = False


def fitting(plans: Iterable[Plan], facts: Facts) -> Plan | None:
    """Return the first plan whose conditions hold, None where none does."""
    return next((plan for plan in plans if plan.conditions.hold(facts)), None)


def steps_of(plan: Plan, facts: Facts, people: People, *, draw: int | None = None, must_look: bool = False) -> Steps:
    """Return who decides, stage by stage. `draw` is this thing's own number from 0 to 9999 and decides about the sample.

    `must_look` says that a person has to look whatever the plan says: then finance does, as at a sample.
    """
    assert draw is None or 0 <= draw < 10_000
    is_drawn = draw is not None and draw < plan.sample_percent * 100
    is_sample = not plan.stages and (is_drawn or must_look)
    stages = SAMPLE if is_sample else plan.stages
    return Steps(plan, tuple(step_of(stage, facts, people) for stage in stages), is_sample)


def step_of(stage: Stage, facts: Facts, people: People) -> Step:
    """Return the groups of one stage. The same people are asked once, however many approvers they stand for."""
    found: dict[tuple[UUID, ...] | str, Group] = {}
    for approver in stage.approvers:
        group = _group(approver, facts, people)
        if group is not None:
            found.setdefault(group.people or FINANCE, group)
    return Step(stage.mode, tuple(found.values()))


def _group(approver: Approver, facts: Facts, people: People) -> Group | None:
    named = _named(approver, facts, people)
    able = _able(named, facts, people)
    if able:
        return Group(approver.kind, able)
    if approver.kind != FINANCE:
        above = _above(named or (facts.owner,), facts, people)
        if above:
            return Group(approver.kind, above, is_fallback=True)
    return _finance(facts, people, is_fallback=approver.kind != FINANCE)


def _named(approver: Approver, facts: Facts, people: People) -> tuple[UUID, ...]:
    """Return whom an approver means, able to decide or not."""
    if approver.kind == PERSON:
        assert approver.person is not None
        return (approver.person,)
    if approver.kind == MANAGER:
        return tuple(people.managers.get(facts.owner, ()))
    if approver.kind == MANAGERS_MANAGER:
        return _managers_of(people.managers.get(facts.owner, ()), people)
    if approver.kind == TAG_OWNER:
        return tuple(dict.fromkeys(one for tag in sorted(facts.tags) for one in people.tag_owners.get(tag, ())))
    return ()


def _able(ids: Iterable[UUID], facts: Facts, people: People) -> tuple[UUID, ...]:
    """Keep those who are here and did not spend the money themselves."""
    return tuple(dict.fromkeys(one for one in ids if one in people.active and one != facts.owner))


def _managers_of(ids: Iterable[UUID], people: People) -> tuple[UUID, ...]:
    below = tuple(ids)
    return tuple(dict.fromkeys(up for one in below for up in people.managers.get(one, ()) if up not in below))


def _above(start: tuple[UUID, ...], facts: Facts, people: People) -> tuple[UUID, ...]:
    """Climb from people who cannot decide until somebody can; nobody when the line ends."""
    level = start
    for _ in range(CLIMB):
        level = _managers_of(level, people)
        able = _able(level, facts, people)
        if able:
            return able
    return ()


def _finance(facts: Facts, people: People, *, is_fallback: bool) -> Group | None:
    return Group(FINANCE, (), is_fallback) if people.finance - {facts.owner} else None
