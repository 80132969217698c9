"""Hold expenses against the rules of their company, and write down what they say.

The only writer of flags and of the columns of an expense that repeat them. Called in the transaction of whatever changed a
fact, with the expense's row lock held; calling it twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any
from uuid import UUID

from events.models import Actor, Channel, Event
from events.notify import notify
from events.record import event_of
from expenses.models import Expense, PolicyEffect, PolicyFlag, PolicyVersion
from expenses.policies_in_force import in_force, versions_of
from expenses.policy_facts import gather
from expenses.policy_rules import CLAIMED, LEVELS, Found, Outcome, Rule, evaluate
from pleo.lib.ids import uuid7
from pleo.lib.write_many import write_many

COLUMNS = ("receipt_wanted", "policy_step", "flag_level", "policies_stale")
NOTHING = (True, "", "", False)
# Rules that look at other expenses too, which then have to look again.
COMPARING = ("duplicate",)


_held: ContextVar[bool] = ContextVar("policies_held", default=False)


@contextmanager
def hold_policies() -> Iterator[None]:
    """Evaluate nothing within the block: the verb does several things in one transaction, and evaluates once after them.

    Else a claim would be flagged for a field that it fills a moment later, and its person told of it.
    """
    token = _held.set(True)
    try:
        yield
    finally:
        _held.reset(token)


def evaluate_policies(expense: Expense, *, now: datetime, compare: bool = False) -> None:
    """Bring the flags of one expense up to date. `compare`: money, shop or day changed, so others look at it anew.

    The caller holds the expense's row lock. What stands in a batch for the books keeps what it had.
    """
    if _held.get():
        return
    row = Expense.objects.select_related("owner", "company").get(pk=expense.pk)
    evaluate_many([row], now=now, compare=compare)
    for column in COLUMNS:
        setattr(expense, column, getattr(row, column))


def evaluate_many(rows: Sequence[Expense], *, now: datetime, compare: bool = False, quiet: bool = False) -> None:
    """Do the same for expenses of one company, each with owner and company, in a fixed number of statements."""
    rows = [row for row in rows if not row.is_frozen]
    if not rows:
        return
    versions = versions_of(rows[0].company)
    if not versions and all(tuple(getattr(row, column) for column in COLUMNS) == NOTHING for row in rows):
        return
    outcomes = outcomes_of(rows, versions)
    known: dict[UUID, dict[UUID, PolicyFlag]] = defaultdict(dict)
    for flag in PolicyFlag.objects.filter(expense__in=rows, cleared_at=None):
        known[flag.expense_id][flag.rule_id] = flag
    raised = _write_flags(rows, outcomes, known, now)
    is_compared = compare and any(version.check_code in COMPARING for version in versions)
    _write_columns(rows, outcomes, known, is_compared)
    _tell(rows, raised, {version.pk: version for version in versions}, now, quiet)
    if is_compared:
        _ring(rows)


def outcomes_of(rows: Sequence[Expense], versions: Sequence[PolicyVersion]) -> dict[UUID, Outcome]:
    """Return what versions of rules say about expenses of one company, whatever was written down before."""
    of_day: dict[date, list[Rule]] = {}
    for row in rows:
        day = row.company.day_of(row.purchased_at)
        if day not in of_day:
            of_day[day] = in_force(versions, day)
    facts = gather(rows, [rule for rules in of_day.values() for rule in rules])
    return {row.pk: evaluate(facts[row.pk], of_day[facts[row.pk].purchased_on]) for row in rows}


def _write_flags(
    rows: Sequence[Expense], outcomes: dict[UUID, Outcome], known: dict[UUID, dict[UUID, PolicyFlag]], now: datetime
) -> list[PolicyFlag]:
    """Clear what the facts no longer say and raise what they say anew; `known` holds the open flags afterwards."""
    gone: list[UUID] = []
    raised: list[PolicyFlag] = []
    renewed: list[PolicyFlag] = []
    for row in rows:
        found, open_ones = outcomes[row.pk].found, known[row.pk]
        for rule_id, flag in list(open_ones.items()):
            if rule_id not in found or not _is_same(flag, found[rule_id]):
                gone.append(flag.pk)
                del open_ones[rule_id]
            elif flag.version_id != found[rule_id].rule.version:
                flag.version_id = found[rule_id].rule.version
                renewed.append(flag)
        for rule_id, one in found.items():
            if rule_id not in open_ones:
                open_ones[rule_id] = _flag(row, one, now)
                raised.append(open_ones[rule_id])
    PolicyFlag.objects.filter(pk__in=gone).update(cleared_at=now)
    PolicyFlag.objects.bulk_create(raised)
    write_many(renewed, ["version"])
    return raised


def _is_same(flag: PolicyFlag, found: Found) -> bool:
    """An answer stands as long as the same rule says the same of the same values."""
    now = (found.rule.check, found.rule.effect, dict(found.parameters))
    return (flag.check_code, flag.effect, flag.parameters) == now


def _flag(row: Expense, found: Found, now: datetime) -> PolicyFlag:
    return PolicyFlag(
        id=uuid7(), company_id=row.company_id, expense=row, rule_id=found.rule.rule, version_id=found.rule.version,
        check_code=found.rule.check, effect=found.rule.effect, parameters=dict(found.parameters), raised_at=now,
    )  # fmt: skip


def _write_columns(
    rows: Sequence[Expense], outcomes: dict[UUID, Outcome], known: dict[UUID, dict[UUID, PolicyFlag]], compared: bool
) -> None:
    changed = []
    for row in rows:
        flags = list(known[row.pk].values())
        after = (
            outcomes[row.pk].receipt_wanted, step_of(row, flags), level_of(flags), compared or row.policies_stale
        )  # fmt: skip
        if after != tuple(getattr(row, column) for column in COLUMNS):
            for column, value in zip(COLUMNS, after, strict=True):
                setattr(row, column, value)
            changed.append(row)
    write_many(changed, COLUMNS)


def refresh_columns(expense: Expense) -> None:
    """Repeat the open flags on the expense after one was answered or let pass. The caller holds the row lock."""
    flags = list(PolicyFlag.objects.filter(expense=expense, cleared_at=None))
    expense.policy_step, expense.flag_level = step_of(expense, flags), level_of(flags)
    expense.save(update_fields=["policy_step", "flag_level"])


def level_of(flags: Sequence[PolicyFlag]) -> str:
    """Return the strongest effect of open flags that nobody let pass; empty without any."""
    effects = {flag.effect for flag in flags if flag.effect != PolicyEffect.REQUIRE and flag.passed_at is None}
    return max(effects, key=LEVELS.index, default="")


def step_of(expense: Expense, flags: Sequence[PolicyFlag]) -> str:
    """Return what the rules wait for first: a claim they refuse, an empty field, a reason."""
    missing = {flag.check_code for flag in flags if flag.effect == PolicyEffect.REQUIRE}
    if level_of(flags) == PolicyEffect.BLOCK and expense.kind in CLAIMED:
        return "blocked"
    for field in ("attendees", "note"):
        if field in missing:
            return field
    waits = any(flag.effect == PolicyEffect.NOTE and not flag.answer and flag.passed_at is None for flag in flags)
    return "answer" if waits else ""


def _tell(
    rows: Sequence[Expense],
    raised: Sequence[PolicyFlag],
    versions: dict[UUID, PolicyVersion],
    now: datetime,
    quiet: bool,
) -> None:
    """Write into the log what was flagged anew, and tell the person where a reason is asked for."""
    by_expense: dict[UUID, list[PolicyFlag]] = defaultdict(list)
    for flag in raised:
        if flag.effect != PolicyEffect.REQUIRE:
            by_expense[flag.expense_id].append(flag)
    told: list[tuple[Event, Expense, bool]] = []
    for row in rows:
        flags = by_expense.get(row.pk)
        if flags:
            changes: dict[str, Any] = {"rules": [versions[flag.version_id].name for flag in flags]}
            event = event_of(
                company=row.company, verb="expense.flagged", subject=row, actor=Actor.SYSTEM, changes=changes, now=now
            )
            told.append((event, row, any(flag.effect == PolicyEffect.NOTE for flag in flags)))
    Event.objects.bulk_create([event for event, _row, _asks in told])
    for event, row, asks in told:
        if asks and not quiet:
            notify(event=event, memberships=[row.owner], channels=[Channel.IN_APP])


def _ring(rows: Sequence[Expense]) -> None:
    from expenses.tasks import compare_policies
    from pleo.lib import work

    for row in rows:
        work.enqueue(compare_policies, expense_id=row.pk)
