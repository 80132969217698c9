"""`make bench`: measure everything, write benchmarks/results.json and docs/benchmarks.md. Expects PostgreSQL and Redis by environment."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.installation import ROOT

# Other work above this load makes the figures a lower bound at best.
QUIET = 1.0
RESULTS, PAGE = ROOT / "benchmarks" / "results.json", ROOT / "docs" / "benchmarks.md"


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def prepare(folder: Path) -> None:
    """Make an empty product in the database of the environment."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "pleo.settings", "PLEO_VAR": str(folder), "LOG_LEVEL": "WARNING"}
    os.environ["API_RATE"] = "1000000/min"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def run(folder: Path) -> dict[str, Any]:
    """Measure one after the other, so that nothing disturbs the next."""
    from benchmarks import authorizations, expense_list, export, receipts
    from benchmarks.world import Servers, machine

    results: dict[str, Any] = {"machine": machine()}
    servers = Servers(folder)
    try:
        for name, measure in (
            ("authorizations", authorizations),
            ("receipts", receipts),
            ("expense_list", expense_list),
        ):
            say(name)
            results[name] = measure.measure(servers)
            say(json.dumps(results[name]))
        say("export")
        results["export"] = export.measure()
        say(json.dumps(results["export"]))
    finally:
        servers.stop()
    return results


def list_rows(lists: dict[str, Any]) -> str:
    """Write the pages of the expense list, one row each."""
    large, small = f"{lists['expenses']:,}", f"{lists['expenses_small']:,}"
    return "\n".join(
        f"| expenses page, {name.replace('_', ' ')}, at {large} | p50 {each['p50_ms']} ms, p95 {each['p95_ms']} ms "
        f"| at {small}: p50 {each['small_p50_ms']} ms, p95 {each['small_p95_ms']} ms |"
        for name, each in lists["pages"].items()
    )


def page(results: dict[str, Any]) -> str:
    """Write the results for people."""
    where, till, lists = results["machine"], results["authorizations"], results["expense_list"]
    receipts, one, books = results["receipts"], till["one_company"], results["export"]
    busy = where["load_before"] > QUIET
    warning = (
        "**The machine was busy with other work: the figures are too low and the ratios uncertain.**\n\n"
        if busy
        else ""
    )
    return f"""# Benchmarks

Measured by `make bench` on {where["date"]}, commit {where["commit"]}: {where["processor"]}, {where["cores"]} cores,
{where["memory_gb"]} GB, {where["system"]}, Python {where["python"]}, PostgreSQL {where["postgresql"]}; load before the start
{where["load_before"]}. Everything (clients, web server, workers, database) shares the machine, so trust the ratios more than the
figures. The same numbers for programs are in `benchmarks/results.json`, the sources in `benchmarks/`.

{warning}| what | measured | beside it |
| --- | --- | --- |
| authorizations over {till["companies"]} companies, {till["clients"]} clients | {till["per_s"]} per second | {till["ratio"]} of pgbench |
| the same: time to the answer | p50 {till["p50_ms"]} ms, p99 {till["p99_ms"]} ms | issuers wait 2,000 ms |
| authorizations on one company | {one["per_s"]} per second | {one["ratio"]} of pgbench |
| the same: time to the answer | p50 {one["p50_ms"]} ms, p99 {one["p99_ms"]} ms | |
| 1 client: time to the answer | p50 {till["by_clients"]["1"]["p50_ms"]} ms, p99 {till["by_clients"]["1"]["p99_ms"]} ms | {till["by_clients"]["1"]["ratio"]} of pgbench |
| 32 clients: time to the answer | p50 {till["by_clients"]["32"]["p50_ms"]} ms, p99 {till["by_clients"]["32"]["p99_ms"]} ms | {till["by_clients"]["32"]["ratio"]} of pgbench |
| one company of {till["large_company"]["cards"]:,} cards with limits and a rule | p50 {till["large_company"]["p50_ms"]} ms, p99 {till["large_company"]["p99_ms"]} ms | {till["large_company"]["ratio"]} of pgbench |
| one card with 1 and with 2,000 earlier purchases | p50 {till["by_history"]["1"]["p50_ms"]} and {till["by_history"]["2000"]["p50_ms"]} ms | p99 {till["by_history"]["1"]["p99_ms"]} and {till["by_history"]["2000"]["p99_ms"]} ms |
| pgbench, `-i -s 50`, `-c 8 -j 2 -T 30` | {till["pgbench_tps"]} per second | |
| receipts read, {receipts["workers"]} workers | {receipts["per_min"]} per minute | |
| one photo of 12 megapixels, opened and read | p50 {receipts["photo_p50_s"]} s, p95 {receipts["photo_p95_s"]} s, {receipts["photo_cpu_s"]} s of processor | the engine alone: p50 {receipts["engine_p50_s"]} s, {receipts["engine_cpu_s"]} s of processor; ours {100 * receipts["over_the_engine"]:.0f} % more |
| memory at most | worker {receipts["worker_mb"]} MB | |
| its page and thumbnails | {receipts["pages_cpu_ms"]} ms of processor, a process of its own included | libvips in-process {receipts["vips_cpu_ms"]} ms |
{list_rows(lists)}
| coding {lists["bulk_rows"]:,} expenses in one act | {lists["bulk_s"]} s | |
| CSV of {books["columns"]} columns, {books["rows"]:,} rows | {books["csv_rows_per_s"]:,} per second | {books["csv_ratio_to_copy"]} of COPY |
| XLSX of the same | {books["xlsx_rows_per_s"]:,} per second | |
| DATEV posting batch of the same | {books["datev_rows_per_s"]:,} per second | |
| memory that writing one of them takes | {books["peak_mb"]} MB | {books["peak_mb_10000"]} MB at 10,000 rows |
| COPY TO STDOUT of the same SELECT | {books["copy_rows_per_s"]:,} rows per second | |

How each is measured, and what is left out:

- **Authorizations**: signed HTTP requests over open connections from two processes of four threads, {till["seconds"]} seconds
  after a warm-up, to granian with two workers of four threads, with `fsync` and `synchronous_commit` on. Each is one transaction that writes the
  authorization, its hold, its limits' counters and its event. {till["not_approved"]} of {till["answers"]:,} over all companies and
  {one["not_approved"]} of {one["answers"]:,} on one were not approved. The workers that make expenses of them do not run meanwhile.
- **Receipts**: {receipts["receipts"]} till slips and A4 invoices drawn by the product (not photos: those take longer), from the upload to
  "read", by warm workers; {receipts["unreadable"]} could not be read.
- **Expenses page**: the whole page by HTTP, signed in, one request at a time; rows and count, without the figures that load after it.
- **Export**: the files as an export writes them, and `COPY (the same SELECT) TO STDOUT (FORMAT csv)`; the median of three runs.
  Memory is what a process of its own grew by at most, with 10,000 and with 100,000 rows.
"""


def main() -> int:
    """Measure, then write both files."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres") or not os.environ.get("PGBENCH"):
        print("Start it with `make bench`: it needs PostgreSQL and pgbench.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="pleo-bench-") as name:
        folder = Path(name)
        prepare(folder)
        results = run(folder)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    PAGE.write_text(page(results))
    say(f"written: {RESULTS.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
