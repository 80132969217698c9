"""Read a statement from a stranger in a process of its own, with little memory and time.

`python -m wallet.statements.bounded <file>` writes what it read, or why not, to its standard output.
"""

from __future__ import annotations

import contextlib
import pickle
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from wallet.statements.parsed import ParsedStatement, StatementUnreadable

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 40
# The child bounds its own processor time; this bounds waiting on a machine that is busy with other things.
WAIT_SECONDS = 90
ROOT = Path(__file__).resolve().parents[2]


def read_bounded(path: Path) -> list[ParsedStatement]:
    """Return the statements of a file on disk. Raises StatementUnreadable, with the reason `too_slow` past the bound."""
    command = [sys.executable, "-m", "wallet.statements.bounded", str(path)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, timeout=WAIT_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise StatementUnreadable("too_slow") from None
    if done.returncode != 0:
        raise StatementUnreadable("too_slow")
    # Written by our own code a moment ago, from plain values that it made: the stranger's bytes are text in it.
    answer: dict[str, Any] = pickle.loads(done.stdout)  # noqa: S301
    if "reason" in answer:
        raise StatementUnreadable(answer["reason"], **answer["params"])
    found: list[ParsedStatement] = answer["statements"]
    return found


def _limit_myself() -> None:
    for what, bound in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_SECONDS)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (bound, bound))


def _main() -> None:
    from wallet.statements.read import read

    _limit_myself()
    try:
        answer: dict[str, Any] = {"statements": read(Path(sys.argv[1]).read_bytes())}
    except StatementUnreadable as error:
        params = {name: value for name, value in error.params.items() if name != "reason"}
        answer = {"reason": error.reason, "params": params}
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _main()
