"""What a new company still has to do before its first receipt is in."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Company, Membership
from cards.models import Card
from expenses.models import ChartAccount, Expense
from wallet.models import TopUp

DETAILS, ACCOUNTS, MONEY, PEOPLE, CARD = "details", "accounts", "money", "people", "card"


@dataclass(frozen=True)
class Progress:
    """The five steps in their order, done or not. `now` is the first that is not."""

    done: dict[str, bool]
    chart_accounts: int
    has_expenses: bool

    @property
    def count(self) -> int:
        return sum(self.done.values())

    @property
    def now(self) -> str:
        return next((step for step, is_done in self.done.items() if not is_done), "")

    @property
    def is_over(self) -> bool:
        """Once something was bought, the dashboard is home, whatever was left out."""
        return self.has_expenses or not self.now


def progress(company: Company) -> Progress:
    """Look how far a company has come."""
    accounts = ChartAccount.objects.for_company(company).count()
    return Progress(
        done={
            DETAILS: bool(company.legal_name),
            ACCOUNTS: accounts > 0,
            MONEY: TopUp.objects.for_company(company).exists(),
            PEOPLE: Membership.objects.for_company(company)[:2].count() > 1,
            CARD: Card.objects.for_company(company).exists(),
        },
        chart_accounts=accounts,
        has_expenses=Expense.objects.for_company(company).exists(),
    )
