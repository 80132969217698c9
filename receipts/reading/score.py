"""How well receipts are read, measured against labels the way people would judge: exact totals and dates, names alike."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

ALIKE = 80
_FORMS = re.compile(
    r"\b(GMBH|CO|KG|AG|OHG|UG|SDN|BHD|LTD|LIMITED|INC|LLC|PLC|CORP|AB|OY|OYJ|AS|APS|SA|SAS|SARL|SRL|SL|BV|NV)\b"
)
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".tif", ".tiff", ".gif", ".pdf", ".xml", ".eml")


def plain(name: str) -> str:
    """Return a name in capitals, without accents, punctuation and legal form."""
    text = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ø", "o").replace("Ø", "O"))
    text = re.sub(r"[^A-Z0-9 ]", " ", text.encode("ascii", "ignore").decode().upper())
    return " ".join(_FORMS.sub(" ", text).split())


def same_name(read: str, labels: list[str]) -> bool:
    """Say whether a name is alike, or contained in the other; a scrap of it does not count."""
    one = plain(read)
    for label in labels:
        other = plain(label)
        if not one or not other:
            continue
        if fuzz.ratio(one, other) >= ALIKE:
            return True
        short, long = sorted((one, other), key=len)
        if len(short) >= max(3, round(0.3 * len(other))) and fuzz.partial_ratio(short, long) >= ALIKE:
            return True
    return False


def _many(label: Any) -> list[Any]:
    return label if isinstance(label, list) else [] if label is None else [label]


def same_vat(read: list[dict[str, Any]], label: list[dict[str, Any]], sign: int) -> bool:
    """Say whether rates, nets and taxes are exactly those of the label, in any order."""
    lines = sorted((Decimal(line["rate"]), sign * line["net"], sign * line["tax"]) for line in read)
    return lines == sorted((Decimal(str(line["rate"])), line["net"], line["vat"]) for line in label)


@dataclass
class Score:
    """Counts of right answers, by field. `asked` counts the labels, since some receipts show no date."""

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def judge(self, name: str, label: dict[str, Any], fields: dict[str, Any], amounts: list[int]) -> None:
        """Compare what was read from one receipt with its label."""
        value = {key: found["value"] for key, found in fields.items()}
        total = value.get("total")
        paid = -total if total is not None and value.get("credit") else total
        answers = {
            "total": paid in [label.get("total"), *_many(label.get("total_alt"))],
            "total among all amounts": abs(label.get("total") or 0) in amounts,
            "date": value.get("date") == label.get("date"),
            "merchant": same_name(value.get("merchant", ""), [label["merchant"], *_many(label.get("merchant_alt"))]),
            "currency": value.get("currency") == label.get("currency"),
        }
        answers["total, date and merchant"] = answers["total"] and answers["date"] and answers["merchant"]
        for key, is_right in answers.items():
            if label.get(key, "") is not None:
                self.asked[key] += 1
                self.right[key] += is_right
        if fields.get("total", {}).get("confidence") == "sure":
            self.asked["total where sure"] += 1
            self.right["total where sure"] += answers["total"]
        if label.get("vat"):
            self.asked["VAT lines"] += 1
            self.right["VAT lines"] += same_vat(value.get("vat", []), label["vat"], -1 if value.get("credit") else 1)
        if "vat" in value:
            self.asked["VAT sums to the total, where read"] += 1
            self.right["VAT sums to the total, where read"] += sum(line["gross"] for line in value["vat"]) == total
        wrong = [key for key in ("total", "date", "merchant") if not answers[key] and label.get(key) is not None]
        if wrong:
            told = ", ".join(f"{key} {value.get(key)!r} for {label.get(key)!r}" for key in wrong)
            self.misses.append(f"{name}: {told}")

    def lines(self) -> Iterator[str]:
        """Yield the result as lines of text."""
        for key, asked in self.asked.items():
            yield f"{key:<36}{self.right[key]:>5} of {asked:<5}{100 * self.right[key] / asked:6.1f} %"


def labelled(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each picture of a folder with the label beside it (`<name>.json`: merchant, date, total, currency)."""
    for path in sorted(folder.iterdir()):
        label = path.with_suffix(".json")
        if path.suffix.lower() in PICTURES and label.exists():
            content = json.loads(label.read_text(encoding="utf-8"))
            if isinstance(content, dict) and "merchant" in content:
                yield path, content
