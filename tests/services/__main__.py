"""The command. `start` writes var/services.env, `stop` ends it, `run -- command` does both around a command."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from tests.services import accounting, postgres, redis, s3
from tests.services.programs import Missing, Started, find_chromium, install, stop

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
NAMES = ("postgres", "redis", "s3", "chromium", "accounting")


def chromium(started: Started) -> None:
    """Find a browser, installed when we may, and put CHROMIUM into the environment."""
    if not find_chromium():
        install(["chromium", "fonts-dejavu-core"], mac="Google Chrome")
    started.env["CHROMIUM"] = find_chromium()
    npm = shutil.which("npm")
    if npm and not (ROOT / "node_modules" / "axe-core").exists():
        # What looks for barriers on the pages. Without it, that one test is skipped.
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=ROOT, check=False)


def start_all(names: list[str], *, durable: bool) -> Started:
    """Start the named services in a fresh folder. What is started ends again when one cannot start."""
    folder = Path(tempfile.mkdtemp(prefix="pleo-services-"))
    folder.chmod(0o755)
    started = Started(folder)
    # With a database of its own the product wants its secrets from the environment.
    started.env = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "TOKEN_KEY", "SIMULATOR_SECRET")}
    how: dict[str, Callable[[Started], None]] = {
        "postgres": partial(postgres.start, durable=durable),
        "redis": redis.start,
        "s3": s3.start,
        "chromium": chromium,
        "accounting": accounting.start,
    }
    try:
        for name in names:
            began = time.monotonic()
            how[name](started)
            print(f"{name}: ready in {time.monotonic() - began:.1f} s", flush=True)
    except BaseException:
        stop(started)
        raise
    return started


def start(names: list[str], *, durable: bool) -> int:
    """Start services that outlive this command."""
    end()
    started = start_all(names, durable=durable)
    VAR.mkdir(exist_ok=True)
    (VAR / "services.json").write_text(
        json.dumps({"folder": str(started.folder), "pids": started.pids, "since": started.since})
    )
    lines = [f"export {name}={shlex.quote(value)}" for name, value in started.env.items()]
    (VAR / "services.env").write_text("\n".join([*lines, ""]))
    print("\n".join(lines))
    print("Use them with: . var/services.env   End them with: make services-stop")
    return 0


def end() -> int:
    """Stop what `start` started."""
    state = VAR / "services.json"
    if state.exists():
        kept = json.loads(state.read_text())
        stop(Started(Path(kept["folder"]), kept["pids"], kept["since"]))
        state.unlink()
        (VAR / "services.env").unlink(missing_ok=True)
    return 0


def run(names: list[str], command: list[str], *, durable: bool) -> int:
    """Run a command with the services, and end them with it, also on Ctrl-C."""

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    started = start_all(names, durable=durable)
    try:
        return subprocess.run(command, env={**os.environ, **started.env}, check=False).returncode
    finally:
        stop(started)


def main() -> int:
    """Read the command line. A service that cannot be had is one clear message."""
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "run"])
    parser.add_argument("--only", default=",".join(NAMES), help="names, comma separated: " + ", ".join(NAMES))
    parser.add_argument("--durable", action="store_true", help="PostgreSQL that survives a power cut, for measuring")
    arguments, command = _split(sys.argv[1:])
    options = parser.parse_args(arguments)
    names = options.only.split(",")
    unknown = set(names) - set(NAMES)
    if unknown or (options.action == "run" and not command):
        parser.error(f"unknown service {', '.join(sorted(unknown))}" if unknown else "run needs `-- command`")
    try:
        if options.action == "stop":
            return end()
        if options.action == "start":
            return start(names, durable=options.durable)
        return run(names, command, durable=options.durable)
    except Missing as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    sys.exit(main())
