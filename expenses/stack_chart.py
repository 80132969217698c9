"""Geometry of the columns of spend by month: the groups that cost most in colours of their own, all others together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property

from expenses.spend import Row
from pleo.lib.charts import FULL, hundredths, nice_ceiling
from pleo.lib.money import Money

COLOURS = 4
HEIGHT, GROUND = 190, 212
MOST_LABELS = 12


@dataclass(frozen=True)
class Block:
    """One coloured part of a column: place in percent across and pixels down, colour 1 to 5."""

    x: str
    width: str
    y: int
    height: int
    colour: int
    name: str
    money: Money


@dataclass(frozen=True)
class Column:
    """A month: its parts, its sum, where its words stand."""

    month: date
    middle: str
    top: int
    blocks: list[Block]
    money: Money
    has_label: bool


@dataclass(frozen=True)
class StackChart:
    """Columns of `months`. A month in which more came back than went out has no column."""

    months: Sequence[date]
    rows: Sequence[Row]
    currency: str
    other: str

    @cached_property
    def legend(self) -> list[tuple[int, str]]:
        shown = [(number, row.name) for number, row in enumerate(self.rows[:COLOURS], 1)]
        return [*shown, (COLOURS + 1, self.other)] if len(self.rows) > COLOURS else shown

    def parts(self, month: date) -> list[tuple[int, str, int]]:
        """Return (colour, name, minor units) of a month, the rest of the groups as the last."""
        shown = [(n, row.name, row.by_month.get(month, 0)) for n, row in enumerate(self.rows[:COLOURS], 1)]
        rest = sum(row.by_month.get(month, 0) for row in self.rows[COLOURS:])
        return [*shown, (COLOURS + 1, self.other, rest)]

    @cached_property
    def ceiling(self) -> int:
        return nice_ceiling(max((self._sum(month) for month in self.months), default=0))

    def _sum(self, month: date) -> int:
        return sum(max(amount, 0) for _, _, amount in self.parts(month))

    @property
    def columns(self) -> list[Column]:
        step = FULL // len(self.months)
        every = -(-len(self.months) // MOST_LABELS)
        return [self._column(index, month, step, every) for index, month in enumerate(self.months)]

    def _column(self, index: int, month: date, step: int, every: int) -> Column:
        left, width = index * step + step * 22 // 100, step * 56 // 100
        blocks, below = [], 0
        for colour, name, amount in self.parts(month):
            if amount <= 0:
                continue
            top = GROUND - (below + amount) * HEIGHT // self.ceiling
            height = GROUND - below * HEIGHT // self.ceiling - top
            below += amount
            # A pixel of ground between the parts, as long as the part stays visible.
            gap = 1 if height > 2 else 0
            blocks.append(
                Block(
                    hundredths(left), hundredths(width), top + gap, max(height - gap, 1), colour, name,
                    Money(amount, self.currency),
                )
            )  # fmt: skip
        highest = GROUND - below * HEIGHT // self.ceiling
        middle = hundredths(left + width // 2)
        return Column(month, middle, highest - 7, blocks, Money(below, self.currency), index % every == 0)

    @property
    def grid(self) -> list[tuple[int, Money]]:
        """Lines across: (y in pixels, what it stands for)."""
        return [(GROUND - HEIGHT * part // 3, Money(self.ceiling * part // 3, self.currency)) for part in (0, 1, 2, 3)]

    @property
    def table(self) -> list[tuple[str, list[Money]]]:
        """The same as numbers: group, then its months."""
        found = []
        for index, (_, name) in enumerate(self.legend):
            found.append((name, [Money(self.parts(month)[index][2], self.currency) for month in self.months]))
        return found
