"""Who may do what: one table, asked by views, API and templates alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from accounts.models import Membership

OWNER, ADMIN, CONTROLLER, CONTROLLER_LIMITED = "owner", "admin", "controller", "controller_limited"
ACCOUNTANT, ACCOUNTANT_LIMITED, EMPLOYEE, SERVICE = "accountant", "accountant_limited", "employee", "service"

EVERYBODY = frozenset({OWNER, ADMIN, CONTROLLER, CONTROLLER_LIMITED, ACCOUNTANT, ACCOUNTANT_LIMITED, EMPLOYEE, SERVICE})
ADMINS = frozenset({OWNER, ADMIN})
FINANCE = ADMINS | {CONTROLLER, CONTROLLER_LIMITED}
BOOKS = FINANCE | {ACCOUNTANT, ACCOUNTANT_LIMITED}
SPENDERS = FINANCE | {EMPLOYEE}

# Capability -> roles. The words are `<noun>.<verb>`; API scopes are the same words.
CAPABILITIES: dict[str, frozenset[str]] = {
    "company.see": EVERYBODY,
    "company.manage": ADMINS,
    "people.see": BOOKS,
    "people.manage": ADMINS | {CONTROLLER},
    "roles.manage": ADMINS,
    "tokens.manage": ADMINS,
    "audit.see": BOOKS,
    "wallet.see": BOOKS,
    "wallet.top_up": ADMINS | {CONTROLLER, CONTROLLER_LIMITED},
    "wallet.manage": ADMINS | {CONTROLLER},
    "wallet.withdraw": ADMINS | {CONTROLLER},
    "wallet.reconcile": ADMINS | {CONTROLLER},
    "cards.see": SPENDERS | {SERVICE},
    "cards.see_all": FINANCE | {SERVICE},
    "cards.issue": ADMINS | {CONTROLLER},
    "cards.freeze": SPENDERS,
    "cards.manage": ADMINS | {CONTROLLER},
    "cards.limits": ADMINS | {CONTROLLER},
    "declines.see": SPENDERS,
    "disputes.see": SPENDERS,
    "disputes.open": SPENDERS,
    "simulator.use": FINANCE,
    "receipts.upload": SPENDERS | {ACCOUNTANT, SERVICE},
    "receipts.see": EVERYBODY,
    "receipts.see_all": BOOKS | {SERVICE},
    "receipts.rules": ADMINS | {CONTROLLER},
    "receipts.chase": FINANCE | {ACCOUNTANT},
    "mail.see": FINANCE | {SERVICE},
    "expenses.see": EVERYBODY,
    "expenses.see_all": BOOKS | {SERVICE},
    "expenses.claim": SPENDERS,
    "expenses.edit": SPENDERS | {ACCOUNTANT},
    "expenses.edit_all": FINANCE | {ACCOUNTANT},
    "expenses.review": FINANCE,
    "requests.see": EVERYBODY,
    "requests.ask": SPENDERS,
    "requests.decide": ADMINS | {CONTROLLER},
    "budgets.see": EVERYBODY,
    "budgets.manage": ADMINS | {CONTROLLER},
    "expenses.comment": SPENDERS | {ACCOUNTANT, ACCOUNTANT_LIMITED},
    "workflows.see": BOOKS,
    "workflows.manage": ADMINS | {CONTROLLER},
    "balance.see_all": BOOKS,
    "balance.manage": FINANCE,
    "reimbursements.prepare": FINANCE,
    "reimbursements.release": ADMINS | {CONTROLLER},
    "periods.lock": ADMINS | {CONTROLLER, ACCOUNTANT},
    "periods.override": ADMINS | {CONTROLLER},
    "policies.see": BOOKS,
    "policies.manage": ADMINS | {CONTROLLER},
    "guidelines.see": EVERYBODY,
    "masters.see": EVERYBODY,
    "masters.manage": ADMINS | {CONTROLLER, ACCOUNTANT},
    "books.see": BOOKS | {SERVICE},
    "books.queue": FINANCE | {ACCOUNTANT},
    "books.export": FINANCE | {ACCOUNTANT, SERVICE},
    "books.settings": ADMINS | {CONTROLLER, ACCOUNTANT},
    "retention.see": BOOKS,
    "retention.manage": ADMINS,
    "legal_holds.place": ADMINS | {CONTROLLER, ACCOUNTANT},
    "legal_holds.lift": ADMINS,
}

# What a lead of a team may do for the people of that team, whatever the role says. `visible_to` draws the circle.
REVIEWER_CAPABILITIES = frozenset({"expenses.review", "expenses.edit_all", "cards.freeze"})

# What somebody may do whom a rule or an absence made decide: about the very things that wait for them, and nothing else.
APPROVER_CAPABILITIES = frozenset({"expenses.review"})


def allowed(membership: Membership, capability: str) -> bool:
    """Say whether a membership has a capability by its role, as the lead of a team, or because it was made to decide.

    Unknown words raise KeyError.
    """
    if membership.role in CAPABILITIES[capability]:
        return True
    if capability in APPROVER_CAPABILITIES and membership.is_reviewer:
        return True
    return capability in REVIEWER_CAPABILITIES and membership.leads_a_team


def roles_given_by(role: str) -> frozenset[str]:
    """Return the roles that a person of `role` may give to somebody, or take away: never more than the own.

    Owners are made by owners alone, though an admin may do the same things; a service role comes with its token.
    """
    mine = {word for word, roles in CAPABILITIES.items() if role in roles}
    within = {
        other
        for other in EVERYBODY - {SERVICE}
        if {word for word, roles in CAPABILITIES.items() if other in roles} <= mine
    }
    return frozenset(within if role == OWNER else within - {OWNER})


def permitted(capability: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a page of a company: 403 when the role lacks the capability. The middleware has found the membership."""
    assert capability in CAPABILITIES, capability

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.membership.can(capability):  # type: ignore[attr-defined]
                raise PermissionDenied(capability)
            return view(request, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return guard


class ScopedPermission(BasePermission):
    """An API view names its capability per method in `capabilities`; a token needs the role and the scope for it."""

    def has_permission(self, request: Any, view: Any) -> bool:
        token = request.auth
        capability = getattr(view, "capabilities", {}).get(request.method)
        if token is None or capability is None:
            return False
        return token.grants(capability)
