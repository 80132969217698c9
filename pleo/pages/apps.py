from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from pleo.lib import append_only


class PagesConfig(AppConfig):
    name = "pleo.pages"

    def ready(self) -> None:
        from pleo import (
            celery,  # noqa: F401 - every process that enqueues needs the application, not only the workers
            checks,  # noqa: F401 - importing it registers the checks
        )

        # One app is enough: every table exists when the first signal comes. Apps without models are never signalled.
        last = apps.get_app_config("bookkeeping")
        post_migrate.connect(append_only.install, sender=last, dispatch_uid="append_only.install")
