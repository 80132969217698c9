"""Where files are kept is known from the settings, before anybody stored or read one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import DefaultStorage, storages
from django.test import override_settings
from django.utils.functional import empty

from pleo.lib.s3 import BucketStorage, bucket_storage

BUCKET = {
    "BACKEND": "pleo.lib.s3.BucketStorage",
    "OPTIONS": {"bucket_name": "papers", "access_key": "a", "secret_key": "b", "endpoint_url": "http://127.0.0.1:1"},
}
DISK = {"BACKEND": "pleo.lib.files.DiskStorage"}


def fresh() -> Any:
    """Return the storage as a process has it that has asked for no file yet."""
    storage = DefaultStorage()
    assert storage.__dict__["_wrapped"] is empty
    return storage


@pytest.fixture(autouse=True)
def _forget_storages() -> Any:
    """Let every test make its own storages."""
    yield
    storages._storages.pop("default", None)


@pytest.mark.parametrize("asked_before", [False, True])
def test_the_bucket_is_found_though_nobody_asked_for_a_file(settings: Any, asked_before: bool) -> None:
    with override_settings(STORAGES={**settings.STORAGES, "default": BUCKET}):
        storages._storages.pop("default", None)
        storage = fresh()
        if asked_before:
            assert storage.bucket_name == "papers"
        found = bucket_storage(storage)
        assert isinstance(found, BucketStorage) and found.bucket_name == "papers"
        assert bucket_storage(storage) is found


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_disk_is_no_bucket(settings: Any, asked_before: bool) -> None:
    with override_settings(STORAGES={**settings.STORAGES, "default": DISK}):
        storages._storages.pop("default", None)
        storage = fresh()
        if asked_before:
            assert not storage.exists("nothing")
        assert bucket_storage(storage) is None


def test_a_storage_that_is_not_lazy_is_looked_at_as_it_is() -> None:
    bucket = BucketStorage(**BUCKET["OPTIONS"])  # type: ignore[arg-type]
    assert bucket_storage(bucket) is bucket and bucket_storage(object()) is None
