"""How an exported item is coded in the books: as its lines were when it was exported, or as its newest correction says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from bookkeeping import facts, journal
from bookkeeping.journal import Purchase
from bookkeeping.models import BookItem, ItemKind
from expenses.lines import Part
from expenses.models import ExpenseKind, Lane
from pleo.lib.money import Money, total


@dataclass(frozen=True, slots=True)
class Coded:
    """A part of an item's money as it was booked, and which way it went."""

    part: Part
    direction: str


@dataclass(frozen=True)
class Coding:
    """The parts of an item. `open` can be coded anew; `kept` stays: what is private, and what goes against the rest."""

    open: list[Part]
    kept: list[Coded]
    whole: Money


def newest_items(expense_id: UUID) -> list[BookItem]:
    """Return the newest item of each movement of an expense, by day: what a correction would correct."""
    rows = BookItem.objects.filter(expense=expense_id).exclude(lane=Lane.NONE).exclude(expense__kind=ExpenseKind.CASH)
    found: dict[UUID, BookItem] = {}
    for item in rows.with_facts().order_by("booked_date", "movement", "revision"):
        found[item.movement_id] = item
    return list(found.values())


def booked_coding(item: BookItem) -> Coding:
    """Return the coding of an item fetched `with_facts`. Raises Unbookable when its lines do not add up."""
    parts = _corrected(item) if item.kind == ItemKind.CORRECTION else _spread(item)
    is_open = [one.direction == item.direction and not one.part.is_private for one in parts]
    coded = [one.part for one, free in zip(parts, is_open, strict=True) if free]
    kept = [one for one, free in zip(parts, is_open, strict=True) if not free]
    return Coding(coded, kept, total([part.amount for part in coded], item.currency))


def _corrected(item: BookItem) -> list[Coded]:
    found = []
    for line in sorted(item.correction.lines.all(), key=lambda line: line.position):
        tax = None if line.is_private else Money(line.tax_amount, line.currency)
        tags = tuple(line.tags.all())
        part = Part(line.gross, line.category, line.tax_code, tax, line.text, line.is_private, tags)
        found.append(Coded(part, line.direction))
    return found


def _spread(item: BookItem) -> list[Coded]:
    """Return what falls to an original's movement of the lines of its expense."""
    assert item.expense is not None and item.movement_id is not None, "only purchases are coded"
    fact = facts.fact_of(item)
    assert isinstance(fact, Purchase), "an original is a purchase"
    lines = {line.pk: line for line in item.expense.lines.all()}
    found = []
    for taken, gross, _ in journal.spread(fact.lines, fact.movements, item.currency)[item.movement_id]:
        line = lines[taken.id]
        if not gross:
            continue
        share = Money(gross, item.currency)
        tax = line.tax if gross == line.amount else share.share(Decimal(line.tax_amount) / line.amount)
        tags = tuple(one.tag for one in line.line_tags.all())
        part = Part(share, line.category, line.tax_code, tax, line.text, line.is_private, tags)
        found.append(Coded(replace(part, tax=None) if line.is_private else part, line.direction))
    return found


def same(old: Sequence[Part], new: Sequence[Part]) -> bool:
    """Say whether two codings would book the same."""
    return sorted(map(_key, old)) == sorted(map(_key, new))


def _key(part: Part) -> tuple[str, ...]:
    tags = ",".join(sorted(str(tag.pk) for tag in part.tags))
    category, code = part.category.pk if part.category else "", part.tax_code.pk if part.tax_code else ""
    return (str(part.amount.amount), str(category), str(code), str(part.tax.amount if part.tax else 0), part.text, tags)
