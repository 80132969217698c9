from django.apps import AppConfig
from django.db.models.signals import post_migrate

from pleo.lib import append_only


class PagesConfig(AppConfig):
    name = "pleo.pages"

    def ready(self) -> None:
        # The last app of INSTALLED_APPS: every table exists when its turn comes.
        post_migrate.connect(append_only.install, sender=self, dispatch_uid="append_only.install")
