"""PostgreSQL from binaries on the machine, run by an unprivileged user (initdb refuses root)."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

from pleo.processes import free_port
from tests.services.programs import Started, find, install, spawn, wait_for

FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/pgsql-*/bin",
)
# The suite makes and drops its database many times and nobody minds losing it.
FORGETFUL = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
DURABLE = ["-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "full_page_writes=on"]


def programs() -> Path:
    """Return the folder of the binaries, installed when we may."""
    if not find("initdb", *FOLDERS):
        install(["postgresql"], mac="`brew install postgresql@17`")
    return Path(find("initdb", *FOLDERS)).resolve().parent


def _user() -> int | None:
    """Return the user to run as: ourselves, or for root the user `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def start(started: Started, *, durable: bool = False) -> None:
    """Start a server of an empty database `pleo` and put DATABASE_URL into the environment. Raises Missing."""
    folder, user, port = programs(), _user(), free_port()
    data = started.folder / "postgres"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user, pwd.getpwuid(user).pw_gid)
    locale = "C" if sys.platform == "darwin" else "C.UTF-8"
    initdb = [
        str(folder / "initdb"),
        "-D",
        str(data),
        "-U",
        "pleo",
        "-A",
        "trust",
        "-E",
        "UTF8",
        f"--locale={locale}",
        "--no-sync",
    ]
    subprocess.run(initdb, check=True, capture_output=True, user=user, extra_groups=[] if user else None, cwd="/")
    tuning = ["-c", "max_connections=200", "-c", "shared_buffers=256MB", *(DURABLE if durable else FORGETFUL)]
    where = ["-D", str(data), "-p", str(port), "-k", str(data), "-c", "listen_addresses=127.0.0.1"]
    spawn(started, "postgres", [str(folder / "postgres"), *where, *tuning], user=user)
    url = f"postgres://pleo@127.0.0.1:{port}"

    def ready() -> bool:
        import psycopg

        try:
            with psycopg.connect(f"{url}/postgres", autocommit=True, connect_timeout=2) as connection:
                connection.execute("CREATE DATABASE pleo")
        except psycopg.OperationalError:
            return False
        return True

    wait_for(started, "postgres", ready)
    started.env["DATABASE_URL"] = f"{url}/pleo"
    started.env["PGBENCH"] = str(folder / "pgbench")
