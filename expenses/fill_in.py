"""Code an expense without a person: its card's own coding, then the rules, then what its vendor's purchases usually are.

Only what is empty is filled in, and what a person said is never touched, not even what they made empty. `Expense.filled` says of
each field who filled it in: {"by": "card" | "rule" | "vendor" | "person", "id": ...}.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Company
from events.models import Actor
from events.record import record
from expenses import lines
from expenses.allocation import parts_of
from expenses.code_expense import coding_of, no_tax_code, usual_tax_code
from expenses.coding_rules import Answer, Conditions, Facts, answer, fitting, read
from expenses.keep_vendor import vendor_of
from expenses.models import CardCoding, CodingRule, Expense, ExpenseLine, PaymentState, Tag, Vendor
from expenses.new_expense import refresh_search
from expenses.split import shared_of, to_split
from expenses.suggest import reading_of
from expenses.tagging import live_tags, put_tags, tags_on
from pleo.lib.errors import DomainError
from receipts.reading.rows import fold

Rules = Sequence[tuple[Conditions, CodingRule]]
# The results of a rule or of a card, fetched with it.
RESULTS = ("category__tax_code", "tax_code", "vendor__category__tax_code", "vendor__tax_code", "template")


def rules_of(company: Company) -> Rules:
    """Return a company's rules that are on, in their order, in one query with all they say."""
    rows = CodingRule.objects.for_company(company).filter(is_on=True, archived_at=None)
    return [(read(row.conditions), row) for row in rows.select_related(*RESULTS).order_by("position")]


def facts_of(expense: Expense, *, text: bool = True) -> Facts:
    """Return what rules ask of an expense; with `text` also the words on its receipt, which costs two queries."""
    authorization = expense.authorization
    reading = reading_of(expense) if text and expense.receipt_count else None
    words = [expense.note, *(str(line) for line in (reading.lines if reading else []))]
    return Facts(
        merchant=expense.merchant_key,
        mcc=expense.merchant_category_code,
        card=str(authorization.card_id) if authorization else "",
        person=str(expense.owner_id),
        team=str(expense.owner.team_id or ""),
        text=fold(" ".join(words)),
        amount=expense.amount,
        country=authorization.merchant_country if authorization else "",
        kind=expense.kind,
    )


@dataclass
class _Filling:
    """One expense while it is being filled in."""

    expense: Expense
    lines: list[ExpenseLine]
    told: dict[str, Any]

    def is_free(self, name: str) -> bool:
        return name not in self.expense.filled

    def say(self, name: str, source: Any) -> None:
        by = {CardCoding: "card", CodingRule: "rule", Vendor: "vendor"}[type(source)]
        self.told[name] = {"by": by, "id": str(source.pk)}


def fill_in(expense: Expense, *, rules: Rules | None = None) -> bool:
    """Fill in what nobody said yet and say whether anything was. The caller holds the expense's row lock.

    Locked, private and split lines stay as they are; of a split only vendor and note are filled in. Asking again changes nothing.
    """
    if expense.is_frozen or expense.payment == PaymentState.REVERSED:
        return False
    shared = [line for line in shared_of(expense) if line.locked_at is None and not line.is_private]
    if _follow_template(expense, shared):
        return True
    if expense.is_coded and expense.vendor_id and expense.note:
        return False
    rules = rules_of(expense.company) if rules is None else rules
    says = _of_card(expense) + fitting(rules, facts_of(expense, text=any(one.text for one, _ in rules)))
    filling, before = _Filling(expense, shared, {}), coding_of(expense)
    _vendor_and_note(filling, answer(says))
    if expense.vendor:
        says.append(expense.vendor.final)
    if len(shared) == 1:
        _code(filling, shared[0], answer(says))
    if not filling.told:
        return False
    expense.filled = {**expense.filled, **filling.told}
    expense.save(update_fields=["filled", "vendor", "note", "is_coded"])
    lines.bump(expense, version=None)
    refresh_search(expense)
    _record(expense, before, filling.told)
    return True


def _of_card(expense: Expense) -> list[Any]:
    if expense.authorization is None:
        return []
    return list(CardCoding.objects.filter(card=expense.authorization.card_id).select_related(*RESULTS))


def _vendor_and_note(filling: _Filling, found: Answer) -> None:
    expense = filling.expense
    if expense.vendor is None and filling.is_free("vendor"):
        known = found.values.get("vendor")
        if known is not None:
            expense.vendor = known[0]
            filling.say("vendor", known[1])
        else:
            expense.vendor = vendor_of(expense.company, expense.merchant_key)
            if expense.vendor:
                filling.say("vendor", expense.vendor)
    if not expense.note and filling.is_free("note") and "note" in found.values:
        expense.note, source = found.values["note"]
        filling.say("note", source)


def _code(filling: _Filling, line: ExpenseLine, found: Answer) -> None:
    """Fill in the coding of the one line there is; a template makes several of it."""
    expense, values = filling.expense, found.values
    category, code = line.category, line.tax_code
    if category is None and "category" in values and filling.is_free("category"):
        category, source = values["category"]
        filling.say("category", source)
        if code is None:
            code = usual_tax_code(expense, category)
    if line.tax_code is None and "tax_code" in values and filling.is_free("tax_code"):
        code, source = values["tax_code"]
        filling.say("tax_code", source)
    if expense.is_declared and code is not None and code.claims_vat:
        code = no_tax_code(expense.company)
    if (category, code) != (line.category, line.tax_code):
        lines.code(expense, category=category, tax_code=code, tax=None)
    _tag(filling, line, found.tags)
    if "template" in values and filling.is_free("template"):
        template, source = values["template"]
        if _spread(expense, template):
            filling.say("template", source)
            filling.told["template"]["template"] = str(template.pk)


def _tag(filling: _Filling, line: ExpenseLine, wanted: Iterable[tuple[str, Any]]) -> None:
    wanted = list(wanted)
    if not wanted or not filling.is_free("tags"):
        return
    has = {tag.group_id for tag in tags_on([line])[line.pk]}
    offered = {str(tag.pk): tag for tag in live_tags(filling.expense.company, (pk for pk, _ in wanted))}
    given: dict[Any, Tag] = {}
    for pk, source in wanted:
        tag = offered.get(pk)
        if tag is not None and tag.group_id not in has and tag.group_id not in given:
            given[tag.group_id] = tag
            filling.say("tags", source)
    put_tags([line], given)


def _spread(expense: Expense, template: Any) -> bool:
    """Put the shares of a template in the place of the lines; False where there is too little money to share."""
    try:
        with transaction.atomic():
            lines.replace(expense, parts_of(template, shared_of(expense), to_split(expense), expense))
    except DomainError:
        return False
    return True


def _follow_template(expense: Expense, shared: Sequence[ExpenseLine]) -> bool:
    """Share anew what a template shared, when the amount changed and nobody else touched the lines."""
    said = expense.filled.get("template", {})
    if said.get("by") not in ("rule", "card", "vendor") or not any(line.is_rest for line in shared):
        return False
    from expenses.models import AllocationTemplate

    template = AllocationTemplate.objects.for_company(expense.company).filter(pk=said.get("template")).first()
    if template is None or not _spread(expense, template):
        return False
    expense.save(update_fields=["is_coded", "is_private"])
    return True


def _record(expense: Expense, before: dict[str, Any], told: dict[str, Any]) -> None:
    after = coding_of(expense)
    changes: dict[str, Any] = {name: [before[name], after[name]] for name in after if after[name] != before[name]}
    record(
        company=expense.company, verb="expense.filled_in", subject=expense, actor=Actor.SYSTEM, changes=changes,
    )  # fmt: skip
