"""Run one of our programs that open files from strangers: alone, without environment, killed when it takes too long."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

logger = logging.getLogger(__name__)


class Overdue(Exception):
    """The program was still running when its time was over, and was killed."""


def run_alone(program: Path, *arguments: str, seconds: float) -> int:
    """Return the exit code of a program, negative when a signal ended it. Raises Overdue.

    The program bounds its own memory and processor time; `seconds` bounds waiting on a machine that is busy with other things.
    """
    command = [sys.executable, "-I", str(program), *arguments]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
    }
    child = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, complaint = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Overdue from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if complaint:
        logger.info("%s: %s", program.stem, complaint.decode(errors="replace").strip()[-500:])
    return child.returncode
