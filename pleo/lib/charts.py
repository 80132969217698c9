"""Numbers of charts that the server draws: whole hundredths of a percent, made from minor units by integer division."""

from __future__ import annotations

FULL = 10_000


def nice_ceiling(value: int) -> int:
    """Return the first round number not below `value` whose thirds are round too: 1.2, 1.5, 1.8 ... times a power of ten."""
    power = 10 ** max(1, len(str(max(value, 1))) - 1)
    tenths = (12, 15, 18, 24, 30, 36, 45, 60, 75, 90, 120)
    return next(ceiling for part in tenths if (ceiling := power * part // 10) >= value)


def hundredths(value: int) -> str:
    """Write hundredths of a percent as SVG wants them: 5834 is 58.34."""
    sign, rest = ("-", -value) if value < 0 else ("", value)
    return f"{sign}{rest // 100}.{rest % 100:02}"
