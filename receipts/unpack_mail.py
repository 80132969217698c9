"""Take a stored mail apart in a process of its own."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from receipts.normalise import Interrupted
from receipts.sandbox import Overdue, run_alone

PROGRAM = Path(__file__).with_name("unpacker.py")
WAIT_SECONDS = 75


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a mail, on the disk."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a mail holds. `headers` are the facts of `mail_parts.facts`, `body` the mail whose text may be the receipt."""

    headers: dict[str, Any]
    parts: list[Attached] = field(default_factory=list)
    body: Path | None = None
    has_amount: bool = False
    is_encrypted: bool = False
    is_broken: bool = False
    left_out: int = 0


def unpack_mail(*, raw: Path, folder: Path) -> Unpacked:
    """Return what a mail holds, its files written into `folder`. One that cannot be opened is marked broken.

    Raises Interrupted when the machine killed the program, so that the next try may work.
    """
    try:
        code = run_alone(PROGRAM, str(raw), str(folder), seconds=WAIT_SECONDS)
    except Overdue:
        return Unpacked({}, is_broken=True)
    if code in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
        raise Interrupted(code)
    result_path = folder / "result.json"
    if code != 0 or not result_path.exists():
        return Unpacked({}, is_broken=True)
    result = json.loads(result_path.read_text(encoding="utf-8"))
    if "error" in result:
        return Unpacked(result["headers"], is_broken=True)
    return Unpacked(
        headers=result["headers"],
        parts=[Attached(folder / part["file"], part["name"]) for part in result["parts"]],
        body=folder / "body.eml" if result["has_body"] else None,
        has_amount=result["has_amount"],
        is_encrypted=result["is_encrypted"],
        left_out=result["left_out"],
    )
