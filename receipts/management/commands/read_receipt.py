"""Read receipts from files and print what they say."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from receipts.normalise import Unreadable
from receipts.reading.file import read_file


class Command(BaseCommand):
    help = "Read receipts from files and print merchant, date, total, VAT and the rest. Stores nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object per file")
        parser.add_argument(
            "--country", default="", help="ISO country of the reader, for dates and currencies in doubt"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"{path} is not a file")
            try:
                found = read_file(path, country=options["country"])
            except Unreadable as error:
                failed += 1
                self._say(path, {"error": {"code": error.code, **error.params}}, options["json"])
                continue
            result = {
                **_summary(found.fields),
                "engine": found.engine,
                "fields": found.fields,
                "amounts": found.amounts,
                "lines": found.lines,
            }
            self._say(path, result, options["json"])
        if failed:
            raise CommandError(f"{failed} of {len(options['files'])} could not be read", returncode=1)

    def _say(self, path: Path, result: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"file": str(path), **result}, ensure_ascii=False))
            return
        self.stdout.write(str(path))
        if "error" in result:
            self.stdout.write(f"  could not be read: {result['error']['code']}")
        for name, found in result.get("fields", {}).items():
            self.stdout.write(f"  {name:<15}{found['value']}  ({found['confidence']})")


def _summary(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the main values and how sure they are; what was paid back is negative."""
    values = {name: (fields.get(name) or {}).get("value") for name in ("total", "date", "merchant", "currency", "vat")}
    if (fields.get("credit") or {}).get("value"):
        values["total"] = -values["total"] if values["total"] is not None else None
        values["vat"] = [
            {**line, **{key: -line[key] for key in ("net", "tax", "gross")}} for line in values["vat"] or []
        ]
    sure = {name: fields[name]["confidence"] for name in values if name in fields}
    return {**values, "confidence": sure}
