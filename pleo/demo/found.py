"""Begins a demo company: its people, teams, cards and limits, with the verbs that pages use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts import slug as slugs
from accounts.create_company import create_company
from accounts.create_team import create_team
from accounts.invite import invite
from accounts.models import Company, Membership, MembershipStatus, Role, Team, User
from accounts.signals import happened
from cards.issue import issue
from cards.models import Card
from expenses.models import Category, TaxCode
from pleo.demo.companies import COMPANIES, CompanyPlan, Person
from pleo.demo.logins import PASSWORD
from pleo.demo.plan import Year
from pleo.lib.money import Money
from pleo.lib.search import search_text
from wallet.models import AccountKind, LedgerAccount


@dataclass
class Founded:
    """A company that has begun, and its rows by the names of the plan."""

    plan: CompanyPlan
    company: Company
    wallet: LedgerAccount
    settlement: LedgerAccount
    people: dict[str, Membership] = field(default_factory=dict)
    cards: dict[tuple[str, str], Card] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    without_tax: TaxCode | None = None

    def who(self, role: str) -> Membership:
        """Return the first person with a role."""
        return next(person for person in self.people.values() if person.role == role)

    def reviewer_of(self, owner: Membership) -> Membership:
        """Return who decides about somebody's expenses: the lead of the team, else finance, never themselves."""
        leads = [
            self.people[person.name]
            for person in self.plan.people
            if person.leads and owner.team and person.leads == owner.team.name
        ]
        others = [*leads, self.who(Role.ADMIN), self.who(Role.OWNER)]
        return next(person for person in others if person != owner)


def make_users() -> dict[str, User]:
    """Make everybody's account, all with the demo's password and none able to sign in yet; returns them by address."""
    users: dict[str, User] = {}
    secret = make_password(PASSWORD)
    for person in (person for company in COMPANIES for person in company.people if not person.is_invited):
        if person.email in users:
            continue
        user, is_new = User.objects.get_or_create(
            email=person.email, defaults={"name": person.name, "password": secret, "is_active": False}
        )
        if is_new:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        users[person.email] = user
    return users


def found(year: Year, users: dict[str, User], *, begun_at: datetime, now: datetime) -> Founded:
    """Make a company of the plan, as if it had begun at `begun_at`."""
    plan = year.company
    owner = next(person for person in plan.people if person.role == Role.OWNER)
    company = create_company(
        owner=users[owner.email], name=plan.name, legal_name=plan.legal_name, country=plan.country, currency=plan.currency,
        time_zone=plan.time_zone, vat_number=plan.vat_number, slug=plan.slug if slugs.is_free(plan.slug) else "", is_demo=True,
        now=begun_at,
    )  # fmt: skip
    accounts = LedgerAccount.objects
    made = Founded(
        plan,
        company,
        accounts.of_kind(company, AccountKind.WALLET),
        accounts.of_kind(company, AccountKind.CARD_SETTLEMENT),
    )
    made.people[owner.name] = Membership.objects.get(company=company, role=Role.OWNER)
    _people(made, users, begun_at=begun_at, now=now)
    made.categories = {row.code: row for row in Category.objects.for_company(company).select_related("tax_code")}
    made.without_tax = TaxCode.objects.for_company(company).filter(rate=0).order_by("code").first()
    for person in plan.people:
        for card in person.cards:
            _card(made, year, person, card.name, begun_at=begun_at)
    return made


def _people(made: Founded, users: dict[str, User], *, begun_at: datetime, now: datetime) -> None:
    boss = made.people[next(iter(made.people))]
    teams = {name: create_team(name=name, by=boss, now=begun_at) for name in made.plan.teams}
    for person in made.plan.people:
        if person.is_invited:
            asked_at = now - timedelta(days=person.invited_days)
            invite(
                email=person.email, role=person.role, by=boss, now=asked_at, name=person.name, team=teams[person.team]
            )
            continue
        if person.role != Role.OWNER:
            made.people[person.name] = _join(made, person, teams, users[person.email], begun_at)
        member = made.people[person.name]
        if person.role == Role.OWNER:
            member.team = teams[person.team]
            member.save(update_fields=["team"])
        if person.leads:
            teams[person.leads].leads.add(member)


def _join(made: Founded, person: Person, teams: dict[str, Team], user: User, begun_at: datetime) -> Membership:
    """Make a membership that was accepted long ago. The link of its invitation would only be a mail that nobody needs."""
    member: Membership = Membership.objects.create(
        company=made.company, user=user, name=person.name, email=person.email, role=person.role, team=teams.get(person.team),
        status=MembershipStatus.ACTIVE, search_text=search_text(person.name, person.email),
    )  # fmt: skip
    joined_at = begun_at + timedelta(hours=5)
    happened.send(
        sender=Membership, company=made.company, verb="person.joined", subject=member, by=member, now=joined_at
    )
    return member


def _card(made: Founded, year: Year, person: Person, name: str, *, begun_at: datetime) -> None:
    """Issue a card with its limits. Its id comes from the dice, because the issuer makes the last four digits from it."""
    dice = Random(f"{year.seed}/{made.company.slug}/{person.name}/{name}")
    per_purchase, per_month = year.limits[person.name, name]
    currency, holder = made.company.currency, made.people[person.name]
    admin = made.who(Role.ADMIN)
    made.cards[person.name, name] = issue(
        cardholder=holder, name=name, by=admin if holder != admin else made.who(Role.OWNER),
        limit_purchase=Money(per_purchase, currency), limit_month=Money(per_month, currency),
        card_id=UUID(int=dice.getrandbits(128), version=4), now=begun_at + timedelta(days=1),
    )  # fmt: skip
