"""Redis from the machine, else the Valkey of the product's own wheel."""

from __future__ import annotations

from pleo.processes import answers, broker_command, free_port
from tests.services.programs import Missing, Started, find, install, spawn, wait_for


def start(started: Started) -> None:
    """Start a server without persistence and put REDIS_URL into the environment."""
    try:
        if not find("redis-server"):
            install(["redis-server"], mac="`brew install redis`")
        program = find("redis-server")
    except Missing as reason:
        print(f"redis: the Valkey of the product's wheel is used instead ({reason})")
        program = ""
    port = free_port()
    command = broker_command(port, started.folder / "redis")
    spawn(started, "redis", [program or command[0], *command[1:]])
    wait_for(started, "redis", lambda: answers(port))
    started.env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
