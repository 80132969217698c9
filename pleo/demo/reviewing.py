"""Who looks at what in the demo: workflows with stages, somebody away with a substitute, claims in each state, own rates."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Company, Membership, Role
from bookkeeping.sources import book_movement
from expenses.absent import be_absent
from expenses.drive import Way, claim_drive
from expenses.keep_own_rate import Terms, add_own_rate
from expenses.keep_wage_types import keep_wage_types
from expenses.keep_workflow import Wanted, keep_workflow
from expenses.mileage_rates import rate_on, vehicles_of
from expenses.models import Expense, ExpenseKind, OwnRateKind
from expenses.review import review
from expenses.sweep_routes import sweep_routes
from expenses.withdraw_claim import withdraw_claim
from expenses.workflow import ANY, FINANCE, MANAGER, Approver, Conditions, Stage
from pleo.demo.found import Founded

LEAD, MONEY = Stage(ANY, (Approver(MANAGER),)), Stage(ANY, (Approver(FINANCE),))
# From which amount on, in minor units, finance looks after the lead has.
LARGE = {"DKK": 300_000, "EUR": 40_000, "GBP": 35_000}
# Days ago, way, one way, what became of it.
CLAIMS = (
    (5, ("Office", "Supplier, ring road"), "27", "asked"), (4, ("Office", "Airport"), "38", "refused"),
    (3, ("Office", "Client, old town"), "12", "withdrawn"), (1, ("Office", "Warehouse"), "55", "waits"),
)  # fmt: skip


def look_after_each_other(made: Founded, now: datetime) -> None:
    """Write workflows, an absence, an own rate and a claim in each state, with the verbs of the pages."""
    boss, company = made.who(Role.ADMIN), made.company
    then = now - timedelta(days=8)
    # Decided before there were workflows: from then on each has its own people to ask.
    _pay_more(company, boss, now)
    _claim(made, boss, now)
    large = Conditions(kinds=(ExpenseKind.CARD.value,), amount_from=LARGE.get(company.currency, 50_000))
    keep_workflow(by=boss, wanted=Wanted("Large purchases", large, (LEAD, MONEY), answer_days=3), now=then)
    ways = Conditions(kinds=(ExpenseKind.MILEAGE.value, ExpenseKind.PER_DIEM.value))
    keep_workflow(by=boss, wanted=Wanted("Mileage and days away", ways, (LEAD,), answer_days=5), now=then)
    sweep_routes(now=now)
    _go_away(made, now)


def _pay_more(company: Company, boss: Membership, now: datetime) -> None:
    """Pay a tenth above the published rate from last week on, so that some of a drive is taxable."""
    day = company.day_of(now - timedelta(days=7))
    for vehicle in vehicles_of(company.country)[:1]:
        published = rate_on(country=company.country, vehicle=vehicle, day=day)
        if published is not None:
            rate = (published.bands[0].rate * Decimal("1.1")).quantize(Decimal("0.01"))
            add_own_rate(by=boss, terms=Terms(OwnRateKind.MILEAGE, rate, day, vehicle=vehicle), now=now)
    keep_wage_types(by=boss, tax_free="4110", taxable="1215", deduction="5510", now=now)


def _claim(made: Founded, boss: Membership, now: datetime) -> None:
    people = [person for person in made.people.values() if person.role == Role.EMPLOYEE and person.user_id]
    vehicles = vehicles_of(made.company.country)
    if not people or not vehicles:
        return
    for index, (ago, stops, one_way, fate) in enumerate(CLAIMS):
        at, person = now - timedelta(days=ago), people[index % len(people)]
        way = Way(made.company.day_of(at), vehicles[0], stops, Decimal(one_way), is_round_trip=True)
        row = claim_drive(by=person, way=way, category=made.categories.get("travel"), note="Visit", now=at)
        _decide(row, boss, fate, at + timedelta(hours=6))


def _decide(row: Expense, boss: Membership, fate: str, at: datetime) -> None:
    if fate == "withdrawn":
        withdraw_claim(expense=row, by=row.owner, now=at)
        return
    book_movement(movement=row.movements.get())
    if fate == "asked":
        review(expense=row, by=boss, outcome="needs_details", reason="Which supplier did you see?", now=at)
    if fate == "refused":
        review(expense=row, by=boss, outcome="not_okay", reason="The company car was free that day.", now=at)


def _go_away(made: Founded, now: datetime) -> None:
    """A lead is on holiday, and a colleague decides in their place."""
    lead = next((made.people[person.name] for person in made.plan.people if person.leads), None)
    others = [made.who(Role.ADMIN), made.who(Role.OWNER)]
    substitute = next((person for person in others if lead and person != lead and person.user_id), None)
    if lead is None or substitute is None or not lead.user_id:
        return
    today = made.company.day_of(now)
    be_absent(
        person=lead, substitute=substitute, starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=9),
        by=lead, now=now - timedelta(days=3),
    )  # fmt: skip
