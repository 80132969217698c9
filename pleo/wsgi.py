"""The WSGI application, served by granian."""

import gc
import os

import django
from django.core.handlers.wsgi import WSGIHandler


def make() -> WSGIHandler:
    """Return the application; in the issuers' own process without the middleware that only pages need."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleo.settings")
    django.setup(set_prefix=False)
    from django.conf import settings

    if settings.IS_ISSUER_DOOR:
        # Not in the settings themselves: apps of pages insist at their start on the middleware of pages.
        settings.MIDDLEWARE = settings.DOOR_MIDDLEWARE
    return WSGIHandler()


def warm_up() -> None:
    """Import every view now: the first purchase after a start would otherwise wait for it, and an issuer does not."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - reading the patterns imports the views


def settle() -> None:
    """Look for garbage among what requests make, and no more among what was loaded.

    The modules, models and routes are some 200,000 objects that stay for good. A full collection looked at each of them, which
    took 150 ms, and one page in twenty or one till in a hundred waited for it.
    """
    gc.collect()
    gc.freeze()


application = make()
warm_up()
settle()
