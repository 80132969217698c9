"""What a test asks of the machine: a folder of its own, and PostgreSQL, Redis, S3, Chromium or accounting programs by marker.

Loaded by `-p` before the settings are read, because it gives each worker of the suite its own folder, Redis database and
bucket. A test whose service is absent is skipped with the reason; with REQUIRE_SERVICES=1 it fails instead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pleo.processes import broker_command
from tests.installation import Installation, Template
from tests.services import accounting
from tests.services.programs import find_chromium

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# 0 for the main process, 1 for gw0, 2 for gw1, ...
NUMBER = int(WORKER.removeprefix("gw")) + 1 if WORKER else 0
REQUIRED = os.environ.get("REQUIRE_SERVICES", "") not in {"", "0"}

# Playwright keeps an event loop running in the thread of the tests, also while tests that open no page have their turn on
# the same worker. Django takes that for asynchronous code; it is not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

_folder = tempfile.mkdtemp(prefix=f"pleo-test-{WORKER or 'main'}-")
os.environ["PLEO_VAR"] = _folder
Path(_folder, "staticfiles").mkdir()
if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{NUMBER}").geturl()
if os.environ.get("S3_BUCKET") and WORKER:
    os.environ["S3_BUCKET"] = f"{os.environ['S3_BUCKET'].removesuffix('-' + WORKER)}-{WORKER}"


def _missing(marker: str) -> str:
    """Return why a marked test cannot run here, or nothing."""
    if marker == "postgres" and not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return "PostgreSQL is needed: DATABASE_URL names none"
    if marker == "redis":
        try:
            broker_command(0, Path(_folder) / "broker")
        except FileNotFoundError as error:
            return str(error)
    if marker == "s3" and not os.environ.get("S3_BUCKET"):
        return "an S3 server is needed: S3_BUCKET names none"
    if marker == "chromium" and not find_chromium():
        return "Chromium is needed: CHROMIUM names none and none is on the PATH"
    if marker == "accounting" and (absent := accounting.missing()):
        return f"not on the PATH: {', '.join(absent)}"
    return ""


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import HealthCheck, settings

    slow_machine = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile("pleo", deadline=None, max_examples=60, suppress_health_check=slow_machine, database=None)
    settings.register_profile("long", settings.get_profile("pleo"), max_examples=5000)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "pleo"))
    if os.environ.get("S3_BUCKET"):
        _make_bucket()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in ("postgres", "redis", "s3", "chromium", "accounting"):
        reason = _missing(marker) if item.get_closest_marker(marker) else ""
        if reason and REQUIRED:
            pytest.fail(f"REQUIRE_SERVICES is set, and {reason}", pytrace=False)
        if reason:
            pytest.skip(reason)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_folder, ignore_errors=True)


def _make_bucket() -> None:
    import boto3
    from botocore.exceptions import ClientError

    environment = os.environ
    client = boto3.client(
        "s3",
        endpoint_url=environment.get("S3_ENDPOINT"),
        aws_access_key_id=environment.get("S3_ACCESS_KEY"),
        aws_secret_access_key=environment.get("S3_SECRET_KEY"),
        region_name=environment.get("S3_REGION", "us-east-1"),
    )
    try:
        client.create_bucket(Bucket=environment["S3_BUCKET"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Ask for the marker `chromium` as well."""
    return find_chromium()


@pytest.fixture(scope="session")
def installation_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The migrated database that every installation of this run is copied from."""
    template = Template(tmp_path_factory.mktemp("template"))
    yield template
    template.drop()


@pytest.fixture
def installation(tmp_path: Path, installation_template: Template) -> Iterator[Installation]:
    """A product of its own: folder, migrated database, broker. See `tests/installation.py`."""
    with installation_template.installed(tmp_path / "var") as made:
        made.start_broker()
        yield made
