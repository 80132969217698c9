"""Small facts about the request being answered, for code that must not see the request itself."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import Company, Membership

# Set by the middleware for a web request and by the task base for a task; stored on every event.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class CompanyRequest(HttpRequest):
    """What a view of a company gets: the middleware has found these before it runs. For annotations alone."""

    company: Company
    membership: Membership
    region: str
    htmx: Any


def wants_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asked for a part of the page. A boosted link wants the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted


def template_for(request: HttpRequest, template: str, partial: str) -> str:
    """Return `template#partial` for an htmx swap and `template` for a full page; both share one source."""
    return f"{template}#{partial}" if wants_fragment(request) else template


def toast(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say what was done, in one line and the past tense; `undo` is the URL whose POST takes it back."""
    messages.success(request, text, extra_tags=undo)
