"""Who can sign in to the demo, for the console and the sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

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
