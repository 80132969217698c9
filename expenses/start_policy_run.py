"""Ask for going through many expenses with a version of a rule."""

from __future__ import annotations

from datetime import date

from accounts.models import Membership
from expenses.models import PolicyRun, PolicyVersion
from expenses.run_policy import to_look_at
from expenses.tasks import run_policy
from pleo.lib import work


def start_run(
    *, version: PolicyVersion, by: Membership | None, kind: str, since: date, everything: bool = True
) -> PolicyRun:
    """Note the run and ring for it, in the caller's transaction. `kind` is of PolicyRunKind."""
    run = PolicyRun(
        company_id=version.company_id, version=version, kind=kind, by=by, since=since, is_everything=everything, total=0
    )
    run.total = to_look_at(version, run).count()
    run.save(force_insert=True)
    work.enqueue(run_policy, run_id=run.pk)
    return run
