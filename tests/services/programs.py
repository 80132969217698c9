"""Finding, installing, starting and stopping programs that are not ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class Missing(Exception):
    """A program is not here and cannot be installed by us; the text says what a person can do."""


@dataclass
class Started:
    """What runs: process ids by name, when each began, and the environment that leads to them."""

    folder: Path
    pids: dict[str, int] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)


def find(name: str, *folders: str) -> str:
    """Return the path of a program on the PATH or in folders (patterns, newest last), or nothing."""
    found = shutil.which(name)
    if found:
        return found
    for pattern in folders:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if (folder / name).exists():
                return str(folder / name)
    return ""


def find_chromium() -> str:
    """Return the path of a Chromium or Chrome, or nothing."""
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return os.environ.get("CHROMIUM", "") or next(filter(None, found), "") or (mac if Path(mac).exists() else "")


def install(packages: Sequence[str], *, mac: str) -> None:
    """Install Debian packages when we may. Raises Missing with the command for a person otherwise."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise Missing(f"install it first: `apt-get install {' '.join(packages)}` on Debian, {mac} on macOS")
    print(f"installing {' '.join(packages)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    command = ["apt-get", "install", *options, *packages]
    if subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0:
        return
    subprocess.run(["apt-get", "update", "-q"], env=env, capture_output=True, check=False)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"apt-get could not install {' '.join(packages)}: {done.stderr.strip()[-400:]}")


def spawn(started: Started, name: str, command: Sequence[str], *, user: int | None = None) -> None:
    """Start a program that outlives us, in a session of its own, with its output in `<folder>/<name>.out`."""
    with (started.folder / f"{name}.out").open("ab") as out:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=started.folder,
            user=user,
            group=user and _group_of(user),
            extra_groups=[] if user else None,
        )
    started.pids[name] = process.pid
    started.since[name] = _began(process.pid)


def _group_of(user: int) -> int:
    import pwd

    return pwd.getpwuid(user).pw_gid


def wait_for(started: Started, name: str, is_there: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait until a program answers. Raises Missing with the end of its output."""
    deadline = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > deadline or not _alive(started.pids[name]):
            out = (started.folder / f"{name}.out").read_text(errors="replace")
            raise Missing(f"{name} did not start: {out[-1500:]}")
        time.sleep(0.1)


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _began(pid: int) -> str:
    """Return when a process began: ids are given out again, an id and its beginning are not."""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def stop(started: Started) -> None:
    """End what was started and remove its folder. Only PostgreSQL is asked: the others keep nothing."""
    ours = {name: pid for name, pid in started.pids.items() if _alive(pid) and _began(pid) == started.since[name]}
    for name, pid in ours.items():
        if name == "postgres":
            os.kill(pid, signal.SIGINT)
        else:
            _kill_group(pid)
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in ours.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in ours.values():
        _kill_group(pid)
    shutil.rmtree(started.folder, ignore_errors=True)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
