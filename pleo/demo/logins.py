"""Who can sign in to the demo, for the console and the sign-in page."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User

PASSWORD = "try-pleo-today"  # noqa: S105 - the demo's password is meant to be known


@dataclass(frozen=True)
class Login:
    """A person of the demo to sign in as."""

    role: Promise | str
    name: str
    email: str
    about: Promise | str
    password: str = PASSWORD


LOGINS = (
    Login(_("Owner"), "Henrik Vang", "henrik@havblik.example", _("sees and may do everything at Havblik Arkitekter")),
    Login(_("Finance admin"), "Katrine Skov", "katrine@havblik.example", _("cards, limits, people, wallet, review")),
    Login(_("Employee"), "Freja Holm", "freja@havblik.example", _("pays, and photographs the receipt")),
    Login(_("Accountant"), "Lars Friis", "lf@fjordholm.example", _("books Havblik Arkitekter and Lindner & Voss")),
)


def demo_logins() -> tuple[Login, ...]:
    """Return the logins that work now: none while the demo is being made, or when there is none."""
    if not Company.objects.filter(is_demo=True).exists():
        return ()
    working = set(
        User.objects.filter(email__in=[login.email for login in LOGINS], is_active=True).values_list("email", flat=True)
    )
    return tuple(login for login in LOGINS if login.email in working)


@dataclass(frozen=True)
class Demo:
    """How far the making of the demo is, in purchases, and who can sign in already."""

    done: int = 0
    total: int = 0
    logins: tuple[Login, ...] = ()

    @property
    def is_being_made(self) -> bool:
        return self.done < self.total


# A demo that has not moved for this long was interrupted.
STALE_SECONDS = 300


def demo_state() -> Demo:
    """Read how far the demo is from what `manage.py demo` writes down; nothing when none is made, or it was interrupted."""
    path = settings.VAR / "demo.json"
    try:
        is_fresh = time.time() - path.stat().st_mtime < STALE_SECONDS
        state = json.loads(path.read_text())
        done, total = int(state["done"]), int(state["total"])
    except (OSError, ValueError, KeyError, TypeError):
        return Demo(logins=demo_logins())
    if done < total and is_fresh:
        return Demo(done, total)
    return Demo(logins=demo_logins())
