"""What filled in the coding of an expense, in words: which rule, whose card, which vendor, with the way there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.models import CardCoding, CodingRule, Expense, Vendor


@dataclass(frozen=True)
class Filled:
    """Some fields, as one phrase, and what filled them in."""

    fields: str
    name: str
    url: str
    icon: str


def filled_of(expense: Expense, viewer: Membership) -> list[Filled]:
    """Return what was filled in without a person, one entry per source; links only for who may open them."""
    by_source: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, source in sorted(expense.filled.items()):
        if source.get("by") in ("rule", "card", "vendor"):
            by_source[(source["by"], source["id"])].append(name)
    if not by_source:
        return []
    words = {
        "category": gettext("Category"), "tax_code": gettext("VAT code"), "tags": gettext("Tags"),
        "vendor": gettext("Vendor"), "note": gettext("Note"), "template": gettext("Lines"),
    }  # fmt: skip
    rows = {(by, pk): _row(expense, by, pk) for by, pk in by_source}
    return [
        _filled(", ".join(words[name] for name in names), by, row, viewer)
        for (by, pk), names in by_source.items()
        if (row := rows[(by, pk)]) is not None
    ]


def _row(expense: Expense, by: str, pk: str) -> Any:
    model: Any = {"rule": CodingRule, "card": CardCoding, "vendor": Vendor}[by]
    rows = model.objects.filter(company=expense.company_id, pk=pk)
    return rows.select_related("card").first() if by == "card" else rows.first()


def _filled(fields: str, by: str, row: Any, viewer: Membership) -> Filled:
    company = viewer.company.slug
    may = viewer.can("masters.manage")
    if by == "card":
        url = reverse("card-coding", kwargs={"company": company, "card_id": row.card_id})
        return Filled(fields, gettext("the card’s own coding"), url if may else "", "credit-card")
    if by == "vendor":
        kwargs = {"company": company, "what": "vendors", "master_id": row.pk}
        return Filled(
            fields,
            gettext("the vendor %(name)s") % {"name": row},
            reverse("books-master", kwargs=kwargs) if may else "",
            "tag",
        )
    url = (
        reverse("coding-rule", kwargs={"company": company, "coding_rule_id": row.pk})
        if may and not row.archived_at
        else ""
    )
    return Filled(fields, gettext("the rule “%(name)s”") % {"name": row.name}, url, "bot")
