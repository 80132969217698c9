"""Which of the amounts is the one that was paid: what stands beside it, and which sums bear it out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from receipts.reading import words
from receipts.reading.amounts import Amount, parse
from receipts.reading.rows import Row, fold
from receipts.reading.vat import VatLine

# Margins to the next best amount at which the best was right in 98 and 94 of 100 receipts that no rule was made from.
SURE = 4.0
LABEL_REACH = 1.9


@dataclass
class Total:
    """A candidate: an amount, how much speaks for it, and what."""

    value: int
    score: float = 0.0
    at: Amount | None = None
    reasons: list[str] = field(default_factory=list)


def kind_of(label: str) -> str:
    """Return what a folded label calls its amount: total, plain, sub, tax, cash, change, card, round, tip, discount, count."""
    tests: tuple[tuple[str, re.Pattern[str]], ...] = (
        ("round", words.ROUNDING),
        ("change", words.CHANGE),
        ("sub", words.SUBTOTAL),
        ("count", words.COUNT),
        ("discount", words.DISCOUNT),
        ("tip", words.TIP),
    )
    final = words.TOTAL_FINAL.search(label)
    if final and _ROUNDED_TOTAL.match(final[0]):
        return "total"
    if words.TAX.search(label) and words.TAX_WITHIN.search(label):
        return "tax"
    if words.TAX_INCLUDED.search(label) and not words.TAX_LEFT_OUT.search(label) and words.TOTAL_PLAIN.search(label):
        return "plain" if words.DISCOUNT.search(label) or words.COUNT.search(label) else "total"
    if words.COUNT.search(label) and words.TOTAL_PLAIN.search(label):
        return "count_total"
    if words.TENDERED.search(label) and not words.CHANGE.search(label):
        return "cash"
    for kind, pattern in tests:
        if pattern.search(label):
            return kind
    taxed = words.TAX.search(label)
    included = words.TAX_INCLUDED.search(label)
    if taxed and not included:
        return "tax"
    if final:
        return "total"
    if words.TOTAL_PLAIN.search(label):
        return "card" if words.CARD.search(words.DEAL.sub(" ", label)) else "plain"
    if taxed:
        return "tax"
    if words.CARD.search(label):
        return "card"
    return "cash" if words.CASH.search(label) else ""


# Totals whose label also speaks of rounding: they are what was paid, not what was rounded away.
_ROUNDED_TOTAL = re.compile(r"round|total\s?(?:am(?:oun)?t\.?\s?)?round|(?:ttl|total)\s?a(?:ft|tf)")

# Below a total and the cash given, some tills call the change a balance.
_BARE_BALANCE = re.compile(r"(?<![a-z])balance(?![a-z])(?!\s?(?:due|to|out))")
# What is left of a row when signs of money and everything but letters are taken away.
_NOT_LETTERS = re.compile(r"(?<![a-z])(?:eur|euro|usd|dkk|sek|nok|gbp|chf|czk|pln|myr|rm|kr|tl|kc|zl)(?![a-z])|[^a-z]+")


def label_of(amount: Amount, rows: list[Row]) -> tuple[str, bool]:
    """Return the words before an amount, else on its row, else on a row just above; and whether they are its own."""
    own = amount.row.folded
    before = fold(_before(amount))
    if len(_NOT_LETTERS.sub("", before)) >= 3 and kind_of(before):
        return before, True
    if len(_NOT_LETTERS.sub("", own)) >= 3:
        return own, True
    place = rows.index(amount.row)
    for row in reversed(rows[max(place - 1, 0) : place]):
        near = amount.row.y - row.y <= LABEL_REACH * max(row.letter_height, amount.row.letter_height)
        if near and len(_NOT_LETTERS.sub("", row.folded)) >= 3:
            return row.folded, False
    return own, True


def _before(amount: Amount) -> str:
    """Return the text between the amount before this one on its row and this one."""
    boxes = amount.row.boxes
    text = ""
    for box in boxes[: boxes.index(amount.box)]:
        text = "" if any(parse(box.text)) else f"{text} {box.text}"
    return f"{text} {amount.box.text[: amount.start]}"


WEIGHT = {"total": 6.0, "plain": 4.5, "card": 2.5, "cash": 0.5, "": 0.0, "sub": -2.0, "tax": -4.0, "change": -5.0,
          "round": -5.0, "tip": -4.0, "discount": -4.0, "count": -3.0, "count_total": 1.0}  # fmt: skip


def totals(rows: list[Row], amounts: list[Amount], vat: list[VatLine]) -> list[Total]:
    """Return the amounts that could be the one paid, best first."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    found: dict[int, Total] = {}
    best_label: dict[int, float] = {}
    times: dict[int, int] = defaultdict(int)
    tables = _table_rows(rows, amounts)
    for amount in amounts:
        label, own = label_of(amount, rows)
        kind = kind_of(label)
        if kind == "plain" and _BARE_BALANCE.search(label) and (by_kind["plain"] or by_kind["total"]):
            kind = "change"
        by_kind[kind].append(amount.value)
        value = abs(amount.value) if kind in ("total", "card") else amount.value
        if value <= 0:
            continue
        weight = WEIGHT[kind] * (1.0 if own else 0.7)
        last = amount.row.boxes[-1]
        if (
            weight > 0
            and amount.box is not last
            and any(a.box is last and a.value != value for a in amounts if a.row is amount.row)
        ):
            weight *= 0.4
        if amount.whole:
            weight -= 1.0
        if amount.glued:
            weight -= 1.5
        if kind in ("plain", "total") and id(amount.row) in tables:
            weight *= 0.25
        candidate = found.setdefault(value, Total(value))
        times[value] += 1
        if weight > best_label.get(value, -99.0):
            best_label[value] = weight
            candidate.at = amount
            if kind in ("total", "plain", "card"):
                candidate.reasons = [kind]
    for value, candidate in found.items():
        candidate.score = best_label[value] + 0.7 * min(times[value] - 1, 3)
    _weigh(found, by_kind, vat)
    if not _weigh_items(found, rows, amounts, by_kind) and len(found) == 1:
        only = next(iter(found.values()))
        only.score = max(only.score, 1.0)
    _hand_over_to_rounded(found, by_kind)
    return sorted(found.values(), key=lambda candidate: (-candidate.score, -candidate.value))


def _weigh(found: dict[int, Total], by_kind: dict[str, list[int]], vat: list[VatLine]) -> None:
    """Let sums speak: subtotal and tax, cash and change, the VAT table, rounding, the card's slip."""

    def speak(value: int, points: float, reason: str) -> None:
        if value in found:
            found[value].score += points
            found[value].reasons.append(reason)

    labelled = {abs(value) for value in (*by_kind["total"], *by_kind["plain"])}
    parts = {0, *by_kind["tax"], *_sums(by_kind["tax"])}
    for sub in {*by_kind["sub"], *by_kind["plain"]}:
        for value in {sub + part for part in parts if part}:
            speak(value, 2.5, "subtotal_and_tax")
            if value in labelled:
                speak(sub, -2.5, "before_tax")
    for cash in set(by_kind["cash"]):
        for value in {cash - abs(change) for change in by_kind["change"] if 0 < abs(change) < cash}:
            speak(value, 3.0, "cash_minus_change")
            speak(cash, -3.0, "tendered")
    if gross := sum(line.gross for line in vat):
        paid = gross in by_kind["card"] or gross in by_kind["cash"]
        speak(gross, 4.5 if paid else 3.0, "vat_table")
    for base in labelled | set(by_kind["sub"]):
        for tip in {value for value in by_kind["tip"] if value > 0}:
            if base + tip in labelled:
                speak(base + tip, 3.0, "with_tip")
                speak(base, -2.0, "before_tip")
    for value in set(by_kind["card"]) & labelled:
        speak(value, 1.5, "card_slip")
    for value in (set(by_kind["cash"]) & labelled) - set(by_kind["card"]):
        speak(value, 1.0, "cash_paid")
    largest = max((value for value in found if value in labelled), default=0)
    speak(largest, 0.6, "largest")


def _hand_over_to_rounded(found: dict[int, Total], by_kind: dict[str, list[int]]) -> None:
    """What speaks for a sum before rounding (its items, its tax) speaks for the rounded one below it, which was paid."""
    labelled = {abs(value) for value in (*by_kind["total"], *by_kind["plain"])}
    paid = labelled | {*by_kind["card"], *by_kind["cash"]}
    for base in sorted(labelled | set(by_kind["sub"])):
        for rounding in {value for value in by_kind["round"] if 0 < abs(value) < 100}:
            for value in (base + rounding, base - rounding):
                if value in paid and value in found and base in found and _stands_after(found, value, base):
                    found[value].score = max(found[value].score, found[base].score) + 2.5
                    found[value].reasons = [*dict.fromkeys([*found[value].reasons, *found[base].reasons, "rounded"])]
                    found[base].score = min(found[base].score, found[value].score - 2.5) - 3.0
                    found[base].reasons.append("before_rounding")


def _stands_after(found: dict[int, Total], value: int, base: int) -> bool:
    last, first = found.get(value), found.get(base)
    if last is None or first is None or last.at is None or first.at is None:
        return last is not None
    return (last.at.row.page, last.at.row.y) > (first.at.row.page, first.at.row.y)


def _table_rows(rows: list[Row], amounts: list[Amount]) -> set[int]:
    """Return the rows of tax tables: their totals are sums of columns, not what was paid."""
    priced = {id(amount.row) for amount in amounts}
    inside: set[int] = set()
    left = 0
    for row in rows:
        heads = len(words.TAX_TABLE.findall(row.folded))
        if heads >= 2 and id(row) not in priced:
            left = 7
        elif left:
            left -= 1
            if sum(amount.row is row for amount in amounts) >= 2:
                inside.add(id(row))
    return inside


def _weigh_items(
    found: dict[int, Total], rows: list[Row], amounts: list[Amount], by_kind: dict[str, list[int]]
) -> bool:
    """Let the sum of the last amounts of the rows above speak for the first row that shows it, unless tax comes on top."""
    running, items = 0, 0
    for row in rows:
        here = [amount for amount in amounts if amount.row is row]
        if not here:
            continue
        last = here[-1].value
        if items >= 2 and last == running and last in found and last not in by_kind["sub"]:
            if "before_tax" not in found[last].reasons:
                found[last].score += 2.5
                found[last].reasons.append("items")
            return True
        if kind_of(row.folded) in ("", "discount"):
            running, items = running + last, items + 1
    return False


def _sums(values: Iterable[int]) -> list[int]:
    """Return the sums of two and of all values: two taxes, or all of them."""
    unique = sorted(set(values))[:8]
    pairs = [a + b for index, a in enumerate(unique) for b in unique[index + 1 :]]
    return [*pairs, sum(unique)]


def is_sure(candidates: list[Total]) -> bool:
    """Say whether the best is far enough ahead, and said to be a total by words or sums."""
    if not candidates or not candidates[0].reasons:
        return False
    second = candidates[1].score if len(candidates) > 1 else 0.0
    return candidates[0].score - max(second, 0.0) >= SURE
