"""Small facts about the request being answered, for code that must not see the request itself."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest

# Set by the middleware for a web request and by the task base for a task; stored on every event.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def wants_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asked for a part of the page. A boosted link wants the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted


def template_for(request: HttpRequest, template: str, partial: str) -> str:
    """Return `template#partial` for an htmx swap and `template` for a full page; both share one source."""
    return f"{template}#{partial}" if wants_fragment(request) else template
