"""A worker of the product whose decoders' memory is noted: `python -m tests.receipts.noting_worker <file> <arguments of celery>`."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

from celery.__main__ import main

from receipts import sandbox

# Starts a program, notes the most memory it held, and ends as it ended. A child that the worker started itself would be
# counted with what the worker held at that moment.
NOTED = (
    "import os, sys\n"
    "pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[2:]], os.environ)\n"
    "_, status, used = os.wait4(pid, 0)\n"
    "open(sys.argv[1], 'a').write(f'{used.ru_maxrss // 1024}\\n')\n"
    "code = os.waitstatus_to_exitcode(status)\n"
    "if code < 0: os.kill(os.getpid(), -code)\n"
    "os._exit(code)\n"
)


def note_decoders(path: str) -> None:
    """Have every decoder from now on add the most megabytes it held to a file, a line each."""

    def start(command: list[str], **options: Any) -> Any:
        return subprocess.Popen([command[0], "-S", "-I", "-c", NOTED, path, *command[1:]], **options)

    # Only the decoders': the worker itself starts programs too.
    sandbox.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})  # type: ignore[assignment]


if __name__ == "__main__":
    note_decoders(sys.argv.pop(1))
    sys.exit(main())
