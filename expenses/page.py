"""One expense as its page and its panel show it to one person. Nothing is looked up before a template asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext

from accounts.models import Membership
from cards.disputes import CONTESTABLE, DEADLINE
from cards.models import Clearing, Dispute
from expenses import flag_page, match, next_step
from expenses.decide_stage import Chair, chair_of
from expenses.deciders import stage_of
from expenses.declare import refuse_undeclarable
from expenses.filled import Filled, filled_of
from expenses.forms import CodingForm
from expenses.match_ask import request_of
from expenses.match_receipt import unmatched
from expenses.mileage_rates import VEHICLES
from expenses.mileage_rates import rate_on as mileage_on
from expenses.models import (
    AllocationTemplate,
    Declaration,
    DeclarationStatus,
    Direction,
    Drive,
    Expense,
    ExpenseKind,
    ExpenseLine,
    Journey,
    Lane,
    PaymentState,
    PolicyFlag,
    ReminderItem,
    ReminderKind,
    ReviewOutcome,
    Route,
    RouteStage,
    RouteState,
    SpendRequest,
    StageDecision,
)
from expenses.owed import CLAIMED
from expenses.papers import Paper, papers_of
from expenses.per_diem_places import place_name
from expenses.per_diem_rates import rate_on as daily_on
from expenses.review import may_decide
from expenses.review_facts import FINANCE_ROLES
from expenses.route import live_route
from expenses.split import by_rates
from expenses.suggest import LEARNED, Suggestion, suggestions
from expenses.tagging import tags_on
from expenses.timeline import Step, last_review, timeline
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from receipts.models import Reading, Receipt

WAITING = 5
WAITING_DAYS = 90
MOST_TEMPLATES = 5


@dataclass(frozen=True)
class Offer:
    """A suggestion on the page, and whether it was confirmed before."""

    suggestion: Suggestion
    is_confirmed: bool


@dataclass(frozen=True)
class Waiting:
    """A receipt from the inbox that may belong here, and why."""

    paper: Paper
    why: str
    score: int


class ExpensePage:
    """What the templates of one expense ask for."""

    def __init__(self, expense: Expense, viewer: Membership, form: CodingForm | None = None) -> None:
        self.expense, self.viewer, self._form = expense, viewer, form
        self.upload_error = self.review_error = self.saved = ""
        self.reason = ""
        self.flag_refused: dict[str, Any] = {}

    @cached_property
    def request(self) -> SpendRequest | None:
        """What was asked for before this was bought, for who may see it."""
        found = request_of(self.expense)
        if found is None or not SpendRequest.objects.visible_to(self.viewer).filter(pk=found.pk).exists():
            return None
        return found

    @cached_property
    def contested(self) -> Dispute | None:
        """The latest dispute about money of this purchase, for who may see disputes."""
        if self.expense.authorization_id is None or not self.viewer.can("disputes.see"):
            return None
        rows = Dispute.objects.filter(clearing__movement__expense=self.expense)
        found: Dispute | None = rows.order_by("-id").first()
        return found

    @cached_property
    def contestable(self) -> Clearing | None:
        """The settled part of this purchase that its card's holder, or who sees all cards, can dispute."""
        if self.expense.payment != PaymentState.CLEARED or not self.viewer.can("disputes.open"):
            return None
        rows = Clearing.objects.visible_to(self.viewer).filter(movement__expense=self.expense, kind__in=CONTESTABLE)
        found: Clearing | None = rows.order_by("-amount", "id").first()
        is_late = found is not None and timezone.now() - found.cleared_at > DEADLINE
        return None if is_late else found

    @cached_property
    def policy_rows(self) -> list[PolicyFlag]:
        return flag_page.rows_of(self.expense)

    @cached_property
    def flags(self) -> list[flag_page.ShownFlag]:
        """What the company's rules flag here, and what this person may do about it."""
        return flag_page.shown(
            self.expense, self.viewer, self.policy_rows, can_edit=self.can_edit, can_review=self.can_review,
            refused=self.flag_refused,
        )  # fmt: skip

    @property
    def asked(self) -> list[flag_page.Asked]:
        """The fields that a rule asks for and nobody filled in."""
        return flag_page.asked(self.expense, self.policy_rows)

    @property
    def attendee_names(self) -> str:
        return ", ".join(str(person) for person in self.expense.attendees.order_by("id"))

    @property
    def per_person(self) -> Money | None:
        """What it cost each of those who were there, rounded to the smallest unit."""
        people = self.expense.attendee_count
        return self.expense.booked.share(Decimal(1) / people) if people > 1 else None

    @cached_property
    def step(self) -> str:
        return next_step.next_step(self.expense, self.viewer)

    @cached_property
    def form(self) -> CodingForm:
        if self._form is not None:
            return self._form
        first = self.lines[0].tags if self.lines else []  # type: ignore[attr-defined]
        offers = self._suggested if self.expense.reading_open else None
        return CodingForm(expense=self.expense, by=self.viewer, in_form="save", tags=first, offers=offers)

    @cached_property
    def line(self) -> ExpenseLine | None:
        return min(self.expense.lines.all(), key=lambda line: line.position, default=None)

    @cached_property
    def lines(self) -> list[ExpenseLine]:
        """The lines in their order, each with its `tags`."""
        found = sorted(self.expense.lines.all(), key=lambda line: line.position)
        tags = tags_on(found)
        for line in found:
            shown: Any = line
            shown.tags = tags[line.pk]
        return found

    @cached_property
    def filled(self) -> list[Filled]:
        """What was not coded by a person, and what filled it in."""
        return filled_of(self.expense, self.viewer)

    @cached_property
    def templates(self) -> list[AllocationTemplate]:
        """The templates that may spread this expense, a few of them as buttons."""
        if not self.can_split or self.is_split or self.expense.is_private:
            return []
        rows = AllocationTemplate.objects.for_company(self.expense.company).filter(archived_at=None)
        return list(rows.order_by("name", "id")[:MOST_TEMPLATES])

    @property
    def can_make_rule(self) -> bool:
        """Say whether this coding can become a rule: it is one line with a category that no rule filled in."""
        is_by_hand = self.expense.filled.get("category", {}).get("by") not in ("rule", "card")
        is_one = not self.is_split and self.line is not None and self.line.category_id is not None
        return is_one and is_by_hand and bool(self.expense.merchant_key) and self.viewer.can("masters.manage")

    @cached_property
    def drive(self) -> Drive | None:
        return Drive.objects.filter(expense=self.expense).first() if self.expense.kind == ExpenseKind.MILEAGE else None

    @cached_property
    def journey(self) -> Journey | None:
        is_away = self.expense.kind == ExpenseKind.PER_DIEM
        return Journey.objects.filter(expense=self.expense).first() if is_away else None

    @property
    def vehicle(self) -> str:
        return str(VEHICLES.get(self.drive.vehicle, self.drive.vehicle)) if self.drive else ""

    @property
    def rate_note(self) -> str:
        """Where the rate of a drive or of days away comes from."""
        if self.drive:
            rate = mileage_on(country=self.drive.country, vehicle=self.drive.vehicle, day=self.drive.drove_on)
            return rate.source if rate else gettext("The company’s own rate; none is published.")
        if not self.journey:
            return ""
        country, days = self.journey.country, self.journey.days
        stays = [(day.get("place", ""), date.fromisoformat(day["date"])) for day in days]
        rates = [daily_on(country=country, day=day, place=place) for place, day in stays]
        own = [] if all(rates) else [gettext("The company’s own rate; none is published.")]
        return "; ".join(dict.fromkeys([*(rate.source for rate in rates if rate), *own]))

    @property
    def taxable(self) -> Money | None:
        """What of a drive or of days away the company pays above the published rate."""
        row = self.drive or self.journey
        return Money(row.taxable, row.taxable_currency) if row and row.taxable else None

    @property
    def journey_place(self) -> str:
        """Where the days away were spent, unless at home."""
        return place_name(self.journey.place) if self.journey and self.journey.place else ""

    @property
    def journey_days(self) -> list[dict[str, Any]]:
        """The days away, with their amounts as money."""
        days = self.journey.days if self.journey else []
        currency = self.expense.foreign_currency or self.expense.currency
        money = ("full", "less", "amount")
        return [
            {
                "day": date.fromisoformat(day["date"]),
                "place": self._elsewhere(day),
                **{name: Money(day[name], currency) for name in money},
            }
            for day in days
        ]

    def _elsewhere(self, day: dict[str, Any]) -> str:
        journey = self.journey
        if journey is None or day.get("place", journey.place) == journey.place:
            return ""
        return place_name(day["place"] or journey.country)

    @property
    def wants_paper(self) -> bool:
        """Say whether a receipt is shown or asked for: a drive and days away have none."""
        return bool(self.papers) or not (self.drive or self.journey)

    @property
    def can_change_claim(self) -> bool:
        return self.expense.kind in CLAIMED and self.can_edit and self.expense.amount > 0

    @property
    def is_split(self) -> bool:
        return sum(1 for line in self.lines if line.amount) > 1

    @property
    def can_split(self) -> bool:
        """Say whether there is money on lines that nothing has locked."""
        shared = [line for line in self.lines if line.movement_id is None]
        return self.can_edit and self.expense.amount > 0 and bool(shared) and not any(line.locked_at for line in shared)

    @cached_property
    def has_rates(self) -> bool:
        """Say whether the receipt prints amounts by VAT rate that make up what was paid."""
        try:
            return self.can_split and bool(by_rates(self.expense, reading=self.reading))
        except DomainError:
            return False

    @cached_property
    def papers(self) -> list[Paper]:
        return papers_of(self.expense, seen_by=self.viewer)

    @cached_property
    def reading(self) -> Reading | None:
        """What was read from the newest receipt that says anything, as `reading_of` finds it."""
        newest = sorted((paper.receipt for paper in self.papers), key=lambda receipt: receipt.pk, reverse=True)
        rows = (
            row for receipt in newest for row in sorted(receipt.readings.all(), key=lambda one: one.pk, reverse=True)
        )
        return next((row for row in rows if row.fields), None)

    @property
    def is_reading(self) -> bool:
        """Say whether the page should ask again: something is being read."""
        return any(paper.is_open for paper in self.papers)

    @cached_property
    def _suggested(self) -> list[Suggestion]:
        return suggestions(self.expense, self.viewer, reading=self.reading)

    @cached_property
    def offers(self) -> list[Offer]:
        """What was read and what was learned, while there is something to confirm."""
        if not self.can_edit or self.is_reading:
            return []
        found = self._suggested
        if not self.expense.reading_open:
            found = [one for one in found if one.name in LEARNED]
        if self.expense.is_coded:
            found = [one for one in found if one.name not in ("category", "tax_code")]
        return [Offer(one, one.name in self.expense.confirmed or one.is_sure) for one in found]

    @property
    def tax_offer(self) -> Suggestion | None:
        return next((offer.suggestion for offer in self.offers if offer.suggestion.name == "tax"), None)

    @property
    def tax_field(self) -> str:
        """The VAT field for the frame that marks it as not confirmed yet."""
        return self.form["tax"].as_widget(attrs={"class": "input input--amount"})

    @cached_property
    def timeline(self) -> list[Step]:
        return timeline(self.expense, self.viewer, self.route)

    @cached_property
    def declaration(self) -> Declaration | None:
        """What was signed and stands, or what was refused while nothing has come since."""
        if self.expense.receipt_count and not self.expense.is_declared:
            return None
        rows = Declaration.objects.filter(expense=self.expense).select_related("by", "decided_by")
        last: Declaration | None = rows.order_by("-id").first()
        if last is None or last.is_standing:
            return last
        return last if last.status == DeclarationStatus.REFUSED and not self.expense.receipt_count else None

    @property
    def can_decide_declaration(self) -> bool:
        may = self.viewer.can("receipts.rules") and not self.is_own and not self.expense.is_frozen
        return may and self.declaration is not None and self.declaration.is_standing

    @property
    def can_remind(self) -> bool:
        """Say whether this person can remind the spender of the receipt."""
        is_settled = self.expense.payment == PaymentState.CLEARED and self.expense.direction == Direction.SPEND
        is_missing = is_settled and next_step.base_step(self.expense) == "receipt_missing"
        return is_missing and not self.is_own and self.viewer.can("receipts.chase")

    @cached_property
    def reminded_on(self) -> date | None:
        """The day on which the spender was last reminded of this one."""
        rows = ReminderItem.objects.filter(expense=self.expense, reminder__kind=ReminderKind.SPENDER)
        found: date | None = rows.order_by("-reminder__day").values_list("reminder__day", flat=True).first()
        return found

    @property
    def can_declare(self) -> bool:
        """Say whether this person can sign that there is no receipt."""
        if self.expense.receipt_count or not self.is_own:
            return False
        try:
            refuse_undeclarable(self.expense, self.viewer)
        except DomainError:
            return False
        return True

    @property
    def is_own(self) -> bool:
        return self.expense.owner_id == self.viewer.pk

    @property
    def can_edit(self) -> bool:
        return self.expense.is_editable_by(self.viewer) and not self.expense.is_frozen

    @cached_property
    def can_review(self) -> bool:
        """Say whether this person may say something now: it waits for them, or they may take back or object."""
        open_money = self.expense.payment != PaymentState.REVERSED and not self.expense.is_frozen
        if not open_money or not self.viewer.can("expenses.review"):
            return False
        if self.is_own or self.stage is None:
            return self.is_own or may_decide(self.expense, self.viewer, now=timezone.now())
        return self.chair is not None

    @cached_property
    def route(self) -> Route | None:
        """The way that a workflow sent it on. Whoever fetched the expense with the question whether there is one saves asking."""
        return live_route(self.expense) if getattr(self.expense, "has_route", True) else None

    @cached_property
    def stage(self) -> RouteStage | None:
        """The stage that a workflow has it at."""
        return stage_of(self.route)

    @cached_property
    def chair(self) -> Chair | None:
        return chair_of(self.stage, self.viewer, now=timezone.now()) if self.stage else None

    @cached_property
    def can_take_back(self) -> bool:
        """Say whether there is a decision that this person may undo."""
        if self.is_own or self.expense.is_frozen or not self.viewer.can("expenses.review"):
            return False
        said = StageDecision.objects.filter(stage__route__expense=self.expense, withdrawn_at=None)
        last = said.exclude(stage__route__state=RouteState.DROPPED).order_by("-decided_at", "-id").first()
        if last is not None:
            return last.by_id == self.viewer.pk or self.viewer.role in FINANCE_ROLES
        return bool(self.expense.review) and may_decide(self.expense, self.viewer, now=timezone.now())

    @property
    def can_queue(self) -> bool:
        return self.viewer.can("books.queue") and next_step.base_step(self.expense) == "ready"

    @cached_property
    def decision(self) -> Any:
        """The decision in force."""
        return last_review(self.expense) if self.expense.review else None

    @property
    def question(self) -> Any:
        """What somebody asked of the owner, while it stands."""
        asked = (ReviewOutcome.NEEDS_DETAILS, ReviewOutcome.NOT_OKAY)
        return self.decision if self.decision and self.decision.outcome in asked else None

    @property
    def held_on_top(self) -> Money | None:
        """What is still reserved beside the money that was booked."""
        authorization = self.expense.authorization
        is_booked = self.expense.payment == PaymentState.CLEARED
        return authorization.reserved if authorization and is_booked and authorization.open_amount else None

    @property
    def is_exported(self) -> bool:
        return self.expense.books_lane == Lane.EXPORTED

    @cached_property
    def waiting(self) -> list[Waiting]:
        """Receipts in the inbox that this may be documented by: proposed ones first, then the owner's newest."""
        if (self.expense.receipt_count and not self.expense.is_declared) or not self.can_edit:
            return []
        since = timezone.now() - timedelta(days=WAITING_DAYS)
        rows = unmatched(Receipt.objects.visible_to(self.viewer)).filter(created_at__gte=since)
        rows = (
            rows.select_related("match", "uploaded_by")
            .prefetch_related("pages", "readings")
            .order_by("-created_at", "-id")
        )
        found = [self._waiting(receipt) for receipt in rows[: WAITING * 10]]
        likely = [one for one in found if one.score or one.paper.receipt.uploaded_by_id == self.expense.owner_id]
        return sorted(likely, key=lambda one: -one.score)[:WAITING]

    def _waiting(self, receipt: Receipt) -> Waiting:
        run: Any = getattr(receipt, "match", None)
        proposals = run.proposals if run else []
        mine = next((one for one in proposals if one["expense"] == str(self.expense.pk)), None)
        why = match.explain_all(mine["reasons"]) if mine else ""
        return Waiting(Paper(receipt, is_compared=run is not None), why, mine["score"] if mine else 0)
