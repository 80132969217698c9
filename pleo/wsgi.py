"""The WSGI application, served by granian."""

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


application = make()
warm_up()
