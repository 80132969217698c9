"""What every request gets before its view: an id, a company, a language and a region; and toasts after it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import CompanySlug, CompanyStatus, Membership
from pleo.lib import format, http
from pleo.lib.ids import uuid7

SEEN_SECONDS = 60
logger = logging.getLogger("pleo.request")
Respond = Callable[[HttpRequest], HttpResponseBase]


class RequestId:
    """Name each request, for the event it writes, the log line and the person who reports a fault.

    An id from outside is never trusted. The log names the route, not the path: paths carry invitation tokens.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name, started = str(uuid7()), time.monotonic()
        token = http.request_id.set(name)
        try:
            response = self.respond(request)
            response["X-Request-Id"] = name
            route = request.resolver_match.route if request.resolver_match else "-"
            spent = round((time.monotonic() - started) * 1000)
            logger.info("%s /%s %s %d ms id=%s", request.method, route, response.status_code, spent, name)
            return response
        finally:
            http.request_id.reset(token)


class Sessions(UserSessionsMiddleware):
    """Note on which devices a person is active, by whole pages alone and once a minute for a device at one address.

    Noting takes a transaction, which on SQLite is the one write lock: the fragments that open pages ask for every two seconds
    would stand in the way of purchases being decided.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        session = request.session.session_key
        device = f"seen:{session}:{request.META.get('REMOTE_ADDR', '')}"
        if not session or http.wants_fragment(request) or not cache.add(device, True, timeout=SEEN_SECONDS):
            answer: HttpResponseBase = self.get_response(request)
            return answer
        noted: HttpResponseBase = super().__call__(request)
        return noted


class Company:
    """Find the company of the URL for the signed-in person: `request.company` and `request.membership`.

    The `company` part of the URL is taken away, so views never see it. Nobody signed in goes to the login page, no active
    membership is a 404 (also for operators: they work in Django's admin), a former slug answers 301.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.company = request.membership = None  # type: ignore[attr-defined]
        return self.respond(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if "company" not in kwargs:
            return None
        slug = kwargs.pop("company")
        if not request.user.is_authenticated:
            return _to_login(request)
        mine = Membership.objects.active().filter(user=request.user, company__status=CompanyStatus.ACTIVE)
        membership = mine.filter(company__slug=slug).select_related("company", "user").first()
        if membership is None:
            return _moved(request, slug, mine)
        request.company, request.membership = membership.company, membership  # type: ignore[attr-defined]
        return None


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """Send to the login page and back here. A fragment cannot show that page, so htmx leaves the whole page for it."""
    if not http.wants_fragment(request):
        return redirect_to_login(request.get_full_path())
    here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
    return HttpResponseClientRedirect(redirect_to_login(here).url)


def _moved(request: HttpRequest, slug: str, mine: Any) -> HttpResponseBase:
    """Answer for a slug that is nobody's of this person: 301 when it is a former one of theirs, else 404."""
    former = CompanySlug.objects.filter(slug=slug, company__in=mine.values("company")).select_related("company").first()
    if former is None or request.method not in ("GET", "HEAD"):
        raise Http404("no active membership")
    return HttpResponsePermanentRedirect(
        request.get_full_path().replace(f"/c/{slug}/", f"/c/{former.company.slug}/", 1)
    )


class Region:
    """Set language, region and time zone: the person's, else the company's, else the browser's and the default."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.region = format.DEFAULT_REGION  # type: ignore[attr-defined]
        translation.activate(translation.get_language_from_request(request))
        token = format.active_region.set(format.DEFAULT_REGION)
        try:
            response = self.respond(request)
            patch_vary_headers(response, ("Accept-Language",))
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
            return response
        finally:
            format.active_region.reset(token)
            timezone.deactivate()
            translation.deactivate()

    def process_view(self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
        company = request.company  # type: ignore[attr-defined]
        if settings.SESSION_COOKIE_NAME not in request.COOKIES and company is None:
            return  # Issuers and API clients: nobody is signed in, so nothing is looked up.
        user: Any = request.user
        language = getattr(user, "language", "")
        if language in dict(settings.LANGUAGES):
            translation.activate(language)
        code = getattr(user, "region", "") or (company.region if company else "") or format.DEFAULT_REGION
        request.region = code  # type: ignore[attr-defined]
        format.active_region.set(code)
        if company:
            timezone.activate(company.zone)


class Toasts:
    """Bring messages along with a fragment: a page shows them itself, htmx gets them swapped out of band."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.respond(request)
        if not http.wants_fragment(request):
            return response
        patch_vary_headers(response, ("HX-Request",))
        empty = response.status_code == HTTPStatus.NO_CONTENT or request.method == "HEAD"
        leaves = any(response.has_header(name) for name in ("HX-Redirect", "HX-Refresh", "Location"))
        is_page = isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("text/html")
        if empty or leaves or not is_page:
            return response
        assert isinstance(response, HttpResponse), "checked above"
        if len(messages.get_messages(request)):
            response.write(render_to_string("components/toasts.html", {"swap": True}, request))
        return response
