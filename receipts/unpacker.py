"""The program that opens a mail from strangers. It runs alone in a process with little memory and time, and may be killed.

Called by `receipts.unpack_mail` as `python unpacker.py <mail> <folder>`. It writes attachments as `part-n`, a mail whose text
may be the receipt as `body.eml`, and `result.json`.
"""

from __future__ import annotations

import email
import json
import sys
from email import policy
from pathlib import Path
from typing import Any

# Run alone (-I), a program finds no package of ours by itself. Nothing of the product is imported but these two.
sys.path.append(str(Path(__file__).resolve().parent.parent))

from receipts.decoder import limit_myself
from receipts.mail_parts import Contents, facts, unpack
from receipts.media import HEAD_BYTES, MAIL, kind_of

# A greeting and a name are no receipt.
SHORTEST_TEXT = 20


def write(found: Contents, folder: Path) -> dict[str, Any]:
    """Write the files of a mail and return what they are."""
    parts = []
    for number, leaf in enumerate(found.attachments):
        (folder / f"part-{number}").write_bytes(leaf.content)
        parts.append({"file": f"part-{number}", "name": leaf.name, "type": leaf.part.get_content_type()[:100]})
    words = "".join(found.text.split())
    if found.bearer is not None and len(words) >= SHORTEST_TEXT:
        content = found.bearer.as_bytes(policy=policy.default.clone(refold_source="none"))
        # A forwarded mail may have hardly any headers left; it is still one.
        mark = (
            b"" if kind_of(content[:HEAD_BYTES]) is MAIL else b"X-Pleo-Part: text\nX-Pleo-From: mail\nX-Pleo-Shape: 1\n"
        )
        (folder / "body.eml").write_bytes(mark + content)
    return {
        "parts": parts,
        "has_body": (folder / "body.eml").exists(),
        "has_amount": found.has_amount,
        "is_encrypted": found.is_encrypted,
        "left_out": found.left_out,
    }


def main() -> None:
    limit_myself()
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    message = email.message_from_bytes(source.read_bytes(), policy=policy.default)
    result: dict[str, Any] = {"headers": facts(message)}
    try:
        result |= write(unpack(message), folder)
    except Exception as error:  # noqa: BLE001 - the parser raises anything; whatever it was, this mail cannot be opened
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        result["error"] = "broken"
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
