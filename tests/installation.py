"""A product of its own for one test: its folder, its database, its broker, and real processes in it.

The same on both databases: a SQLite file in the folder, or a fresh database on the PostgreSQL server that the suite runs on.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pleo.processes import Child, answers, broker_command, free_port, stop

ROOT = Path(__file__).resolve().parent.parent
SETUP = "import django, json; django.setup()\n"


class Installation:
    """Where processes, scripts and queries of one test meet."""

    def __init__(self, folder: Path, database_url: str, env: dict[str, str]) -> None:
        self.folder, self.database_url = folder, database_url
        self.children: list[Child] = []
        self.env = {**os.environ, "DJANGO_SETTINGS_MODULE": "pleo.settings", "PLEO_VAR": str(folder), **env}
        self.env.pop("PYTEST_CURRENT_TEST", None)
        for name in ("SECRET_KEY", "TOKEN_KEY", "SIMULATOR_SECRET"):
            self.env.setdefault(name, secrets.token_urlsafe(48))
        if database_url:
            self.env["DATABASE_URL"] = database_url

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it printed. Fails the test with its output."""
        return self._run([sys.executable, "manage.py", *arguments])

    def script(self, text: str) -> Any:
        """Run Python inside the product; what it assigns to `result` comes back through JSON."""
        code = f"{SETUP}{textwrap.dedent(text)}\nprint('\\n' + json.dumps(result, default=str))"
        return json.loads(self._run([sys.executable, "-c", code]).splitlines()[-1])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[:3]}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, name: str, *command: str, **env: str) -> Child:
        """Start a program of the product (`celery ...`, `granian ...`, `pleo.run`) as `python -m <command>`."""
        full = [sys.executable, "-m", *command]
        child = Child(name, full, log=self.folder / "log" / f"{name}.log", env={**self.env, **env}, cwd=ROOT)
        self.children.append(child)
        return child

    def start_broker(self) -> Child:
        """Start a broker that this test alone uses, so it may be flushed or killed."""
        port = free_port()
        command = broker_command(port, self.folder / "broker")
        child = Child("broker", command, log=self.folder / "log" / "broker.log", env=self.env, cwd=ROOT)
        self.children.append(child)
        wait_until(lambda: answers(port), "the broker answers")
        self.env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        return child

    def start_product(self, *, demo: bool = False) -> str:
        """Start everything as `make run` does, and return its address."""
        port = free_port()
        self.env |= {"PORT": str(port), "DEMO": "1" if demo else "0", "BASE_URL": f"http://localhost:{port}"}
        # A busy machine may be slower than a till is patient: that has tests of its own, with a clock they hold.
        self.env |= {"DECISION_SECONDS": "0", "SIMULATOR_SECONDS": "15"}
        child = self.start("run", "pleo.run")
        wait_until(lambda: "up in" in child.so_far() or child.code is not None, "the product is up", seconds=90)
        assert child.code is None, child.tail(40)
        return self.env["BASE_URL"]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database directly, from outside of the product."""
        if self.database_url:
            import psycopg

            with psycopg.connect(self.database_url) as connection:
                return connection.execute(sql).fetchall()
        with contextlib.closing(sqlite3.connect(self.folder / "pleo.sqlite3", timeout=20)) as connection:
            found = connection.execute(sql).fetchall()
            connection.commit()
            return found

    def stop(self) -> None:
        """End every process of this installation."""
        stop(self.children)


def wait_until(true: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
    """Wait for something another process does. Fails the test when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)


class Template:
    """A migrated, empty database that installations are copied from: migrating takes seconds, copying does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = os.environ.get("DATABASE_URL", "")
        self.name = f"pleo_{secrets.token_hex(6)}"
        self.url = self._make(self.name, "") if self.server.startswith("postgres") else ""
        Installation(folder, self.url, {}).manage("migrate", "--verbosity", "0")

    def _make(self, name: str, template: str) -> str:
        _on_server(self.server, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return urlsplit(self.server)._replace(path=f"/{name}").geturl()

    @contextlib.contextmanager
    def installed(self, folder: Path, **env: str) -> Iterator[Installation]:
        """Make an installation with a copy of the database, and take it away afterwards."""
        folder.mkdir(parents=True)
        if not self.url:
            shutil.copy(self.folder / "pleo.sqlite3", folder)
        name = f"pleo_{secrets.token_hex(6)}"
        url = self._make(name, self.name) if self.url else ""
        installation = Installation(folder, url, env)
        try:
            yield installation
        finally:
            installation.stop()
            if url:
                self._drop(name)

    def _drop(self, name: str) -> None:
        _on_server(self.server, f'DROP DATABASE "{name}" WITH (FORCE)')

    def drop(self) -> None:
        """Take the template itself away."""
        if self.url:
            self._drop(self.name)


def _on_server(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
