"""Geometry of charts that the server draws: no script, works under the content security policy, prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import cached_property

from pleo.lib.charts import FULL, hundredths, nice_ceiling


@dataclass(frozen=True)
class Lines:
    """Two running sums day by day, in minor units: this month as far as it has come, and the whole month before."""

    this: Sequence[int]
    past: Sequence[int]

    @cached_property
    def days(self) -> int:
        return max(len(self.this), len(self.past), 2)

    @cached_property
    def top(self) -> int:
        return nice_ceiling(max([0, *self.this, *self.past]))

    def _x(self, index: int) -> int:
        return index * FULL // (self.days - 1)

    def _y(self, value: int) -> int:
        return FULL - max(value, 0) * FULL // self.top

    def _points(self, values: Sequence[int]) -> str:
        return " ".join(f"{hundredths(self._x(i))},{hundredths(self._y(value))}" for i, value in enumerate(values))

    @property
    def this_points(self) -> str:
        return self._points(self.this)

    @property
    def past_points(self) -> str:
        return self._points(self.past)

    @property
    def area_points(self) -> str:
        """This month's line closed along the ground."""
        return f"0,100 {self.this_points} {self.now_x},100" if self.this else ""

    @property
    def now_x(self) -> str:
        return hundredths(self._x(len(self.this) - 1)) if self.this else "0"

    @property
    def now_y(self) -> int:
        """Where this month's line ends, in pixels of a plot 190 high that begins at 14."""
        return 14 + self._y(self.this[-1]) * 190 // FULL if self.this else 204

    @property
    def marks(self) -> list[tuple[str, int, str]]:
        """Days to write under the plot: (x, day of the month, text anchor)."""
        chosen = sorted({0, *range(4, self.days - 2, 5), self.days - 1})
        anchors = {0: "start", self.days - 1: "end"}
        return [(hundredths(self._x(i)), i + 1, anchors.get(i, "middle")) for i in chosen]

    @property
    def grid(self) -> list[tuple[int, int]]:
        """Lines across: (y in pixels, value in minor units), the ground left out."""
        return [(204 - 190 * part // 3, self.top * part // 3) for part in (1, 2, 3)]
