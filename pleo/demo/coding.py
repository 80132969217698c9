"""How the demo's studio codes: projects and cost centres, vendors, rules and a template, and tags on what is not booked yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count

from accounts.models import Role
from expenses.coding_rules import read
from expenses.keep_coding_rule import keep_rule
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.keep_template import Share, keep_template
from expenses.keep_vendor import keep_vendor
from expenses.models import Dimension, Expense, ExpenseLine, LineTag, Tag, Vendor
from pleo.demo.found import Founded

COUNTRY = "DK"
PROJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Havnebadet": ("P-104", ("Skitse", "Myndighed", "Udførelse")),
    "Molevej 12": ("P-107", ("Skitse", "Udførelse")),
    "Strandskolen": ("P-111", ()),
}
VENDORS = 8
# What the rules say of a kind of shop: name, merchant category codes, category, text of the note.
BY_SHOP: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Taxa", ("4121",), "taxi"),
    ("Tog og bus", ("4111-4112",), "travel"),
    ("Hotel", ("7011",), "hotel"),
    ("Parkering", ("7523",), "parking"),
)


def set_coding(made: Founded, now: datetime) -> None:
    """Give a Danish demo company what its finance would have set up weeks ago."""
    if made.company.country != COUNTRY:
        return
    boss, then = made.who(Role.ADMIN), now - timedelta(days=35)
    project = keep_tag_group(by=boss, name="Projekt", dimension=Dimension.PROJECT, now=then)
    centre = keep_tag_group(by=boss, name="Omkostningssted", dimension=Dimension.COST_CENTRE, now=then)
    projects: list[Tag] = []
    for name, (code, phases) in PROJECTS.items():
        top = keep_tag(by=boss, group=project, name=name, code=code, owner=boss, now=then)
        below = [keep_tag(by=boss, group=project, parent=top, name=phase, now=then) for phase in phases]
        projects += below or [top]
    teams = {person.team for person in made.people.values() if person.team}
    centres = {
        team.pk: keep_tag(by=boss, group=centre, name=team.name, code=f"{100 * number}", now=then)
        for number, team in enumerate(sorted(teams, key=lambda team: team.name), 1)
    }
    _vendors(made, then)
    _rules(made, projects, then)
    shares = [Share(Decimal(60), tags=(projects[0],)), Share(Decimal(40), tags=(projects[-1],))]
    keep_template(by=boss, name=f"{projects[0].name} 60 / {projects[-1].name} 40", shares=shares, now=then)
    _tag(made, projects, centres)


def _vendors(made: Founded, then: datetime) -> None:
    """Make vendors of where most is bought, with what it was coded as last."""
    boss = made.who(Role.ADMIN)
    expenses = Expense.objects.for_company(made.company)
    often = expenses.values("merchant").annotate(times=Count("pk")).order_by("-times", "merchant")[:VENDORS]
    for number, row in enumerate(often, 1):
        lines = ExpenseLine.objects.filter(expense__company=made.company, expense__merchant=row["merchant"])
        line = lines.filter(category__isnull=False).select_related("category").order_by("-id").first()
        vendor = keep_vendor(
            by=boss, name=row["merchant"], account_number=f"{40000 + number}", category=line.category if line else None,
            country=COUNTRY, now=then,
        )  # fmt: skip
        expenses.filter(merchant=row["merchant"]).update(vendor=vendor)


def _rules(made: Founded, projects: list[Tag], then: datetime) -> None:
    boss = made.who(Role.ADMIN)
    for vendor in Vendor.objects.for_company(made.company).exclude(category=None).order_by("account_number")[:2]:
        keep_rule(
            by=boss, name=vendor.name, conditions=read({"merchants": [vendor.name]}), category=vendor.category,
            vendor=vendor, tags=projects[:1], now=then,
        )  # fmt: skip
    for name, codes, category in BY_SHOP:
        conditions = read({"mccs": list(codes), "kinds": ["card"]})
        keep_rule(by=boss, name=name, conditions=conditions, category=made.categories[category], now=then)


def _tag(made: Founded, projects: list[Tag], centres: dict[Any, Tag]) -> None:
    """Tag the coded lines that nothing has locked: the owner's cost centre, and of every other expense a project."""
    lines = ExpenseLine.objects.for_company(made.company).filter(
        locked_at=None, is_private=False, category__isnull=False
    )
    rows = []
    for line in lines.select_related("expense__owner").order_by("id"):
        number = line.expense.number
        tags = [projects[number % len(projects)]] if number % 2 else []
        tags += [centres[line.expense.owner.team_id]] if line.expense.owner.team_id in centres else []
        rows += [LineTag(company=made.company, line=line, tag=tag, group_id=tag.group_id) for tag in tags]
    LineTag.objects.bulk_create(rows, batch_size=2_000)
