"""`make run`: start the whole product, and end the whole product.

One supervisor, no restarts: the broker (unless REDIS_URL names one), the web server, the issuer's doors in a process of
their own, the workers and the clock. When one of them ends, all end, and the exit code says so. The demo is seeded beside
the running product.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Any

from pleo.processes import Child, answers, broker_command, free_port, stop

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PLEO_VAR") or ROOT / "var").resolve()
# The issuer waits two seconds; a lock or a statement that takes longer than this must end as a decline, not as silence.
ISSUER_DATABASE_TIMEOUT = "1.5"


class Refused(Exception):
    """The product cannot start here, and the text says why and what to do."""


class Product:
    """The processes of one running product."""

    def __init__(self) -> None:
        self.host = os.environ.get("HOST", "127.0.0.1")
        self.port = self._web_port()
        self.children: list[Child] = []
        self.broker: list[Child] = []
        self.preparing: list[Child] = []
        self.seeding: Child | None = None
        self.stopping = False
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "pleo.settings",
            "PLEO_VAR": str(VAR),
            "PYTHONUNBUFFERED": "1",
            # One thread per process for array mathematics: the workers are what runs in parallel.
            "OMP_NUM_THREADS": "1",
        }
        # A passkey belongs to a host name, never to a bare address: hence localhost.
        self.env.setdefault("BASE_URL", f"http://localhost:{self.port}")

    def _web_port(self) -> int:
        wanted = os.environ.get("PORT", "")
        if wanted and not wanted.isdigit():
            raise Refused(f"PORT is a number, not {wanted!r}.")
        port = free_port(int(wanted or 8000))
        if wanted and port != int(wanted):
            raise Refused(f"Port {wanted} is taken. Name another one: make run PORT=8080")
        return port

    def _start(self, name: str, command: list[str], **env: str) -> Child:
        return Child(name, command, log=VAR / "log" / f"{name}.log", env={**self.env, **env}, cwd=ROOT)

    def _once(self, name: str, *arguments: str) -> None:
        child = self._start(name, [sys.executable, "manage.py", *arguments])
        self.preparing.append(child)

    def _finish_once(self) -> None:
        while any(child.code is None for child in self.preparing):
            if self.stopping:
                raise KeyboardInterrupt
            time.sleep(0.02)
        for child in self.preparing:
            if child.code:
                raise Refused(f"{child.name} failed. The end of {child.log}:\n{child.tail(30)}")

    def start_broker(self) -> None:
        """Start a broker on a loopback port, unless the environment names one."""
        if self.env.get("REDIS_URL"):
            return
        port = free_port()
        try:
            self.broker.append(self._start("broker", broker_command(port, VAR / "broker")))
        except FileNotFoundError as error:
            raise Refused(str(error)) from error
        self.env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        self._wait_for("the broker", lambda: answers(port), self.broker[0], seconds=10)

    def prepare(self) -> None:
        """Bring the database and the static files up to date, both at the same time."""
        self._once("migrate", "migrate", "--verbosity", "1")
        folder, now = ROOT / "staticfiles", _static_fingerprint()
        folder.mkdir(exist_ok=True)
        with (folder / ".made-from").open("a+") as mark:
            # Products of several `var/` may start from one checkout at the same time.
            fcntl.flock(mark, fcntl.LOCK_EX)
            mark.seek(0)
            if mark.read() != now:
                self._once("collectstatic", "collectstatic", "--noinput", "--verbosity", "1")
            self._finish_once()
            mark.truncate(0)
            mark.write(now)

    def start_doors(self) -> None:
        """Start the web server, and the issuer's doors beside it so that slow uploads never eat a decision's time."""
        if not self.env.get("ISSUER_URL"):
            port = free_port()
            self.env["ISSUER_URL"] = f"http://127.0.0.1:{port}"
            command = granian("127.0.0.1", port, workers=1)
            timeouts = {"PLEO_URLCONF": "pleo.urls_issuer", "DATABASE_TIMEOUT": ISSUER_DATABASE_TIMEOUT}
            self.children.append(self._start("issuer", command, **timeouts))
        web = self._start("web", granian(self.host, self.port, workers=2))
        self.children.append(web)
        self._wait_for("the web server", lambda: _served(self.port), web, seconds=60)

    def start_processor_door(self) -> None:
        """Start the port of a processor that speaks ISO 8583, only where ISSUERS names it."""
        if "iso8583" in self.env.get("ISSUERS", "").replace(" ", "").split(","):
            command = [sys.executable, "manage.py", "run_iso8583"]
            self.children.append(self._start("iso8583", command, DATABASE_TIMEOUT=ISSUER_DATABASE_TIMEOUT))

    def start_workers(self) -> None:
        """Start the workers and the clock. Reading receipts has a worker of its own, which stays warm."""
        readers = max(1, min(4, (os.cpu_count() or 2) - 1))
        self.children += [
            self._start("worker", _celery("worker", "default,exports", 2)),
            self._start("receipts", _celery("worker", "receipts", readers)),
            self._start("beat", [*_celery_program(), "beat", "--loglevel", "INFO", "--pidfile", ""]),
        ]

    def start_seeding(self) -> None:
        """Make the demo companies beside the running product, unless DEMO=0."""
        (VAR / "demo.json").unlink(missing_ok=True)
        if self.env.get("DEMO", "1").lower() in {"0", "no", "false", "off"}:
            return
        self.seeding = self._start("demo", [sys.executable, "manage.py", "demo"])

    def _wait_for(self, what: str, is_there: Any, child: Child, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_there():
            if child.code is not None or time.monotonic() > deadline:
                raise Refused(f"{what} did not start. The end of {child.log}:\n{child.tail()}")
            if self.stopping:
                raise KeyboardInterrupt
            time.sleep(0.05)

    def watch(self) -> int:
        """Wait until somebody stops the product or one of its programs ends. Returns the exit code."""
        bar = Progress(VAR / "demo.json")
        while not self.stopping:
            for child in [*self.broker, *self.children]:
                if child.code is not None:
                    say(f"{child.name} ended with code {child.code}, so everything ends. The end of {child.log}:")
                    say(child.tail())
                    return max(child.code, 1)
            if self.seeding is not None:
                bar.show()
                self.seeding = bar.close(self.seeding)
            time.sleep(0.2)
        return 0

    def stop(self) -> None:
        """End every program; the broker last, so that the others can say goodbye to it."""
        stop([*self.preparing, *self.children, *([self.seeding] if self.seeding else [])])
        stop(self.broker, patience=3)


class Progress:
    """The demo's progress on the console, read from the file that the sign-in page shows too."""

    def __init__(self, path: Path) -> None:
        self.path, self.shown = path, -1

    def show(self) -> None:
        """Print a bar when it has grown; in a log rather than a terminal, print a line for each quarter."""
        try:
            state = json.loads(self.path.read_text())
            percent = int(100 * state["done"] / state["total"])
        except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
            return
        if percent == self.shown:
            return
        if sys.stdout.isatty():
            filled = percent * 30 // 100
            print(f"\r  Demo companies [{'#' * filled}{'.' * (30 - filled)}] {percent:3d} %", end="", flush=True)
        elif percent // 25 != self.shown // 25:
            say(f"  Demo companies: {percent} %")
        self.shown = percent

    def close(self, seeding: Child) -> Child | None:
        """Say how it ended once it has; the product runs on without the demo."""
        if seeding.code is None:
            return seeding
        if sys.stdout.isatty() and self.shown >= 0:
            print()
        if seeding.code:
            self.path.unlink(missing_ok=True)
            say(
                f"The demo could not be made (code {seeding.code}). The product runs without it; {seeding.log} says why"
            )
        else:
            say(seeding.so_far().rstrip())
        return None


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def _static_fingerprint() -> str:
    """Say what the collected static files are made from: compressing them takes seconds, and they rarely change."""
    sources = [*sorted((ROOT / "static").rglob("*")), ROOT / "requirements.txt", ROOT / "pleo" / "settings.py"]
    facts = [
        f"{path.relative_to(ROOT)} {path.stat().st_mtime_ns} {path.stat().st_size}"
        for path in sources
        if path.is_file()
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def granian(host: str, port: int, *, workers: int) -> list[str]:
    threads = ["--workers", str(workers), "--blocking-threads", "4", "--workers-kill-timeout", "5"]
    target = ["--interface", "wsgi", "--no-ws", "--host", host, "--port", str(port), "pleo.wsgi:application"]
    return [sys.executable, "-m", "granian", *threads, *target]


def _celery_program() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "pleo"]


def _celery(command: str, queues: str, processes: int) -> list[str]:
    name = queues.split(",")[0]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    return [*_celery_program(), command, "-n", f"{name}@%h", "-Q", queues, "-c", str(processes), *quiet]


def _served(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    return False


@contextlib.contextmanager
def only_once() -> Iterator[None]:
    """Hold the lock of this `var/`: two supervisors on one folder would run every job twice. Raises Refused."""
    VAR.mkdir(parents=True, exist_ok=True)
    file: IO[str] = (VAR / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        raise Refused(f"Pleo runs from this folder already. {file.read().strip()}") from error
    with file:
        yield
        file.truncate(0)


def run() -> int:
    """Start everything, wait, end everything. Returns the exit code."""
    started = time.monotonic()
    product = Product()

    def end(_number: int, _frame: FrameType | None) -> None:
        product.stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        product.start_broker()
        product.prepare()
        product.start_doors()
        product.start_processor_door()
        say(f"\n  Pleo is at {product.env['BASE_URL']}  (up in {time.monotonic() - started:.1f} s; Ctrl-C ends it)")
        say(f"  Data and logs are in {VAR}\n")
        (VAR / "run.lock").write_text(f"It is at {product.env['BASE_URL']}\n")
        product.start_workers()
        product.start_seeding()
        return product.watch()
    except KeyboardInterrupt:
        return 0
    finally:
        say("Ending.")
        product.stop()


def main() -> int:
    """Run the product; a reason not to start is one clear message, not a traceback."""
    try:
        with only_once():
            return run()
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
