"""The library's sign-in pages where ours say more."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.views import LoginView
from allauth.mfa.base.views import IndexView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.utils.translation import gettext

# The first match names it: others' words stand in their user agents too.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return what a person calls a browser: "Firefox on Mac"."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("A device we do not know")


class Login(LoginView):
    """The login page, which invites strangers only where they may sign up."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "signup_open": settings.SIGNUP_OPEN}


class Sessions(ListUserSessionsView):
    """Where a person is logged in, newest first."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super().get_context_data(**kwargs)
        page["devices"] = [(session, device_of(session.user_agent)) for session in reversed(page["sessions"])]
        return page


class Security(IndexView):
    """Second factors, which wait until the address is confirmed: a stranger must not lock its owner out."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        confirmed = EmailAddress.objects.filter(user_id=self.request.user.pk, verified=True).exists()
        return {**super().get_context_data(**kwargs), "confirmed": confirmed}


login = Login.as_view()
security = Security.as_view()
sessions = Sessions.as_view()
