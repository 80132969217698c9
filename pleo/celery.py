"""The Celery application. Every periodic task is a sweep: it finds rows that the bell did not wake."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleo.settings")

app = Celery("pleo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# The current app is kept per thread: without a default, a web server's other threads would ring another broker's bell.
app.set_default()
