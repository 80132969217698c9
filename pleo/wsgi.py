"""The WSGI application, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleo.settings")
application = get_wsgi_application()


def warm_up() -> None:
    """Import every view now: the first purchase after a start would otherwise wait for it, and an issuer does not."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - reading the patterns imports the views


warm_up()
