"""Let browsers put files straight into the bucket: `manage.py bucket_cors` allows it from BASE_URL, and from nowhere else."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from pleo.lib.s3 import bucket_storage


class Command(BaseCommand):
    """Write the bucket's CORS rule. Without it browsers send their files to us, as they do where there is no bucket."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        storage: Any = bucket_storage(default_storage)
        if storage is None:
            raise CommandError("S3_BUCKET names no bucket.")
        rule = {
            "AllowedOrigins": [settings.BASE_URL],
            "AllowedMethods": ["POST", "GET"],
            "AllowedHeaders": ["*"],
            "MaxAgeSeconds": 3600,
        }
        try:
            storage.bucket.Cors().put(CORSConfiguration={"CORSRules": [rule]})
        except (BotoCoreError, ClientError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{settings.BASE_URL} may put files into {storage.bucket_name}")
