"""What every page's frame shows: company, person, navigation, theme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import Company, CompanyStatus, Membership, Theme
from events.models import Channel, Notification
from pleo.demo.logins import Demo, demo_state
from pleo.lib.s3 import bucket_storage
from receipts.media import ACCEPT
from receipts.storage_down import is_storage_down

EMPLOYEE, ADMIN, ACCOUNTANT = "employee", "admin", "accountant"


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the navigation. `also` are further URL names that count as being there, `counted_by` the one of its number."""

    word: Promise | str
    icon: str
    url_name: str
    capability: str = ""
    also: tuple[str, ...] = ()
    group: str = "work"
    counted_by: str = ""


@dataclass(frozen=True)
class Link:
    """An entry for one person: its address, and whether the page shown belongs to it."""

    word: Promise | str
    icon: str
    url: str
    current: bool
    group: str
    count_url: str = ""


HOME = MenuEntry(_("Home"), "house", "home", also=("first-run",))
EXPENSES = MenuEntry(
    _("Expenses"), "receipt-text", "expenses", "expenses.see",
    also=(
        "expense", "expense-create", "expense-declaration", "declarations", "receipts-missing",
        "receipt-locks", "receipts", "receipt", "receipts-upload",
        "receipts-by-mail", "mails", "receipt-matches",
    ),
)  # fmt: skip
REVIEW = MenuEntry(
    _("Review"), "inbox", "review", "expenses.review", also=("review-expense", "review-mails"), counted_by="review-count"
)  # fmt: skip
PAY_BACK = MenuEntry(
    _("Pay back"), "hand-coins", "reimbursements", "balance.see_all",
    also=("reimbursement-run", "balance", "balance-person", "balance-account", "company-account", "settings-periods"),
)  # fmt: skip
EXPORT = MenuEntry(
    _("Export"), "file-output", "export", "books.see",
    also=(
        "export-job", "export-progress", "export-history", "export-queue", "export-undo", "export-agreement", "export-run",
        "paper-reports", "paper-report", "books-job",
    ),
)  # fmt: skip
MONTHS = MenuEntry(
    _("Month end"), "calendar-check", "months", "books.see", also=("month", "month-point", "month-report"),
)  # fmt: skip
ANALYTICS = MenuEntry(_("Analytics"), "chart-column", "analytics", "expenses.see", also=("analytics-subscriptions",))
REQUESTS = MenuEntry(
    _("Requests"), "shopping-basket", "asks", "requests.see",
    also=("ask", "ask-create", "card-requests", "card-request"),
)  # fmt: skip
BUDGETS = MenuEntry(_("Budgets"), "gauge", "budgets", "budgets.see", also=("budget", "budget-create", "budget-change"))
CARDS = MenuEntry(
    _("Cards"), "credit-card", "cards", "cards.see",
    also=(
        "card", "card-create", "card-limits", "declines", "decline", "disputes", "dispute", "dispute-create",
        "card-raise", "card-rules", "card-rule", "card-own-rules", "card-trial", "card-wallet", "card-coding",
        "card-activate", "card-tries", "card-replace", "card-lost", "card-close", "card-period", "card-shipping",
        "card-details", "card-pin", "card-ask", "card-more", "card-wish", "card-batches", "card-batch", "cards-bulk",
        "consents", "card-consent", "subscriptions", "card-subscription", "dispute-papers", "dispute-withdraw",
        "drifts", "card-bulk", "card-pin-change",
        "policies", "policy", "policy-create", "policy-apply", "policy-limits", "policy-rule", "policy-trial",
    ), group="company",
)  # fmt: skip
PEOPLE = MenuEntry(
    _("People"), "users", "people", "people.see",
    also=(
        "person", "people-invite", "teams", "team", "absence", "person-leave", "person-limits", "person-raise", "person-trial",
    ), group="company",
)  # fmt: skip
WALLET = MenuEntry(
    _("Wallet"), "wallet", "wallet", "wallet.see",
    also=(
        "wallet-top-up", "wallet-statements", "wallet-period", "wallet-statement", "top-ups", "top-up-return",
        "wallet-withdraw", "withdrawals", "withdrawal-decision", "wallet-fees", "bank-statements", "bank-statement",
        "bank-lines", "bank-line", "wallet-automatic", "wallet-alert", "wallet-rule", "wallet-mandate", "wallet-move",
        "sub-wallets", "sub-wallet-create", "sub-wallet", "sub-wallet-edit", "ledger", "funds",
    ), group="company",
)  # fmt: skip
BOOKS = MenuEntry(
    _("Books"), "book-open", "books-settings", "books.see", group="company",
    also=(
        "books-accounts", "books-master", "books-master-create", "coding-rules", "coding-rule", "coding-rule-create",
        "coding-run", "coding-templates", "coding-template", "coding-template-create", "master-import",
        "master-import-preview", "start-sets",
        "books-layouts", "books-layout", "books-layout-new", "books-tax-names", "books-dimensions", "books-destinations",
    ),
)  # fmt: skip
SETTINGS = MenuEntry(
    _("Settings"), "settings", "settings-company", "company.manage",
    also=(
        "settings-tokens", "settings-receipts", "settings-webhooks", "settings-webhook",
        "settings-workflows", "workflow", "workflow-create", "settings-rates",
        "retention", "retention-due", "holds", "hold-create", "hold-lift",
    ),
    group="company",
)  # fmt: skip
POLICY = MenuEntry(
    _("Expense policy"), "scale", "expense-policies", "policies.see",
    also=(
        "expense-policy", "expense-policy-create", "expense-policy-edit", "expense-policy-run",
        "guidelines", "guideline-version", "guidelines-edit",
    ),
    group="company",
)  # fmt: skip
GUIDELINES = MenuEntry(
    _("Guidelines"), "scale", "guidelines", "guidelines.see", also=("guideline-version",), group="more"
)
OWN_REQUESTS = replace(REQUESTS, group="more")
OWN_BUDGETS = replace(BUDGETS, group="more")
AUDIT = MenuEntry(_("Audit"), "shield-check", "audit", "audit.see", group="company")
SIMULATOR = MenuEntry(_("Simulator"), "flask-conical", "simulator", "simulator.use", group="foot")

MENUS: dict[str, tuple[MenuEntry, ...]] = {
    ADMIN: (
        HOME,
        EXPENSES,
        REVIEW,
        PAY_BACK,
        EXPORT,
        MONTHS,
        ANALYTICS,
        REQUESTS,
        BUDGETS,
        CARDS,
        PEOPLE,
        WALLET,
        BOOKS,
        POLICY,
        SETTINGS,
        AUDIT,
        SIMULATOR,
    ),
    ACCOUNTANT: (
        EXPORT,
        EXPENSES,
        MONTHS,
        PAY_BACK,
        ANALYTICS,
        REQUESTS,
        BUDGETS,
        WALLET,
        BOOKS,
        POLICY,
        PEOPLE,
        AUDIT,
    ),
    EMPLOYEE: (HOME, EXPENSES, REVIEW, CARDS, OWN_REQUESTS, OWN_BUDGETS, GUIDELINES),
}


class Shell:
    """The frame around a page. Nothing is looked up before a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.company: Company | None = getattr(request, "company", None)
        self.membership: Membership | None = getattr(request, "membership", None)

    @property
    def kind(self) -> str:
        """Which frame: employee, admin or accountant; empty outside a company."""
        if self.membership is None:
            return ""
        role = self.membership.role
        if role in (permissions.ACCOUNTANT, permissions.ACCOUNTANT_LIMITED):
            return ACCOUNTANT
        return ADMIN if role in permissions.FINANCE else EMPLOYEE

    @property
    def frame(self) -> str:
        """The template of the frame around the page."""
        return {EMPLOYEE: "base_employee.html", "": "base_plain.html"}.get(self.kind, "base_admin.html")

    @property
    def region(self) -> str:
        return getattr(self.request, "region", "")

    @property
    def theme(self) -> str:
        """The theme that the toggle left on this device, else the person's; empty follows the device."""
        chosen = self.request.COOKIES.get("theme") or getattr(getattr(self.request, "user", None), "theme", "")
        return chosen if chosen in (Theme.LIGHT, Theme.DARK) else ""

    @property
    def can_upload(self) -> bool:
        return self.membership is not None and self.membership.can("receipts.upload")

    @cached_property
    def storage_is_down(self) -> bool:
        """Whether finance should know that files wait; asked by the pages that show the line."""
        return self.kind == ADMIN and self.company is not None and is_storage_down(self.company)

    @property
    def direct_upload(self) -> str:
        """Whom a script asks for a place in the bucket; empty where files come to us."""
        if self.company is None or bucket_storage(default_storage) is None:
            return ""
        return reverse("direct-upload", kwargs={"company": self.company.slug})

    @property
    def accepts(self) -> str:
        """What upload fields let people choose."""
        return ACCEPT

    @cached_property
    def menu(self) -> dict[str, list[Link]]:
        """The navigation by group: work, company, foot; more, which a phone shows on the home page instead."""
        groups: dict[str, list[Link]] = {}
        for link in self._links():
            groups.setdefault(link.group, []).append(link)
        return groups

    def _links(self) -> Iterator[Link]:
        if self.company is None or self.membership is None:
            return
        if self.kind == ACCOUNTANT:
            yield Link(_("Clients"), "building-2", reverse("clients"), False, "work")
        match = self.request.resolver_match
        here = match.url_name if match else ""
        for entry in MENUS[self.kind]:
            if entry.capability and not self.membership.can(entry.capability):
                continue
            if entry is SIMULATOR and self.company.issuer != "simulator":
                continue
            url = reverse(entry.url_name, kwargs={"company": self.company.slug})
            count = reverse(entry.counted_by, kwargs={"company": self.company.slug}) if entry.counted_by else ""
            yield Link(entry.word, entry.icon, url, here in (entry.url_name, *entry.also), entry.group, count)

    @cached_property
    def urls(self) -> dict[str, str]:
        """Where the frame's own links lead."""
        found = {name: reverse(name.replace("_", "-")) for name in ("account_profile", "companies", "clients")}
        found["log_out"] = reverse("account_logout")
        if self.company:
            for name in ("search", "notifications", "receipts_upload"):
                found[name] = reverse(name.replace("_", "-"), kwargs={"company": self.company.slug})
        return found

    @cached_property
    def unread(self) -> int:
        """How many notifications this person has not read; counted to 100."""
        if self.membership is None:
            return 0
        rows = Notification.objects.filter(membership=self.membership, channel=Channel.IN_APP, read_at=None)
        return rows.order_by()[:100].count()

    @cached_property
    def demo(self) -> Demo:
        """How far the demo is, and who can sign in to it; for the sign-in page alone."""
        return demo_state()

    @cached_property
    def has_several_companies(self) -> bool:
        user: Any = self.request.user
        mine = Membership.objects.active().filter(user=user, company__status=CompanyStatus.ACTIVE)
        return mine.order_by()[:2].count() > 1


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every template `shell`, and `company` and `membership` under their own names for its links."""
    frame = Shell(request)
    return {"shell": frame, "company": frame.company, "membership": frame.membership}
