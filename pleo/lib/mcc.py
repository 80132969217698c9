"""Merchant category codes (ISO 18245) as pictures: which icon a purchase gets before anybody chose a category."""

from __future__ import annotations

from bisect import bisect_right

# First code of a range -> icon, in order. Ranges that say nothing to a person are a plain receipt.
_RANGES: tuple[tuple[int, str], ...] = (
    (0, "receipt-text"),
    (3000, "plane"),
    (3351, "car"),
    (3501, "bed"),
    (4000, "receipt-text"),
    (4011, "train-front"),
    (4013, "receipt-text"),
    (4111, "bus"),
    (4112, "train-front"),
    (4119, "receipt-text"),
    (4121, "car-taxi-front"),
    (4131, "bus"),
    (4214, "package"),
    (4411, "palmtree"),
    (4511, "plane"),
    (4582, "plane"),
    (4722, "palmtree"),
    (4784, "car"),
    (4812, "monitor"),
    (4814, "radio"),
    (4816, "app-window"),
    (4900, "building-2"),
    (5039, "hammer"),
    (5045, "laptop"),
    (5046, "receipt-text"),
    (5111, "printer"),
    (5192, "book-open"),
    (5193, "gift"),
    (5200, "hammer"),
    (5300, "shopping-basket"),
    (5541, "fuel"),
    (5543, "receipt-text"),
    (5712, "armchair"),
    (5732, "monitor"),
    (5734, "app-window"),
    (5735, "receipt-text"),
    (5811, "utensils"),
    (5814, "coffee"),
    (5815, "app-window"),
    (5819, "receipt-text"),
    (5942, "book-open"),
    (5943, "printer"),
    (5945, "gift"),
    (5948, "receipt-text"),
    (5992, "gift"),
    (5993, "receipt-text"),
    (6010, "banknote"),
    (6013, "landmark"),
    (7011, "bed"),
    (7012, "receipt-text"),
    (7372, "app-window"),
    (7373, "app-window"),
    (7375, "receipt-text"),
    (7512, "car"),
    (7523, "square-parking"),
    (7524, "receipt-text"),
    (8211, "book-open"),
    (8300, "receipt-text"),
)
_STARTS = [start for start, _ in _RANGES]


def icon(code: str) -> str:
    """Return the icon of a merchant category code; an empty or unknown one is a plain receipt."""
    if not (code.isascii() and code.isdigit()):
        return "receipt-text"
    return _RANGES[bisect_right(_STARTS, int(code)) - 1][1]
