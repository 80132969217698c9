"""Bells that ring together: fewer messages, each row by itself, nothing lost that the sweep would not find."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pleo.lib import bells
from pleo.lib.work import Bell


class Job:
    """A task that notes what it was run for and called for."""

    def __init__(self, name: str) -> None:
        self.name, self.ran, self.sent = name, [], []  # type: ignore[var-annotated]

    def run(self, **kwargs: Any) -> None:
        if kwargs.get("id") == "broken":
            raise RuntimeError("of this row alone")
        self.ran.append(kwargs)

    def apply_async(self, *, kwargs: dict[str, Any], retry: bool) -> None:
        self.sent.append(kwargs)


def test_bells_of_one_task_are_one_message_and_no_message_holds_too_many() -> None:
    first, second = Job("first"), Job("second")
    many = [Bell(first, {"id": str(number)}) for number in range(bells.MOST_TOGETHER + 1)]
    found = bells.strokes([Bell(second, {"id": "x"}), *many])
    assert [bell.task for bell in found] == [bells.each, first, second]
    assert [each["id"] for each in found[0].kwargs["every"]] == [str(number) for number in range(bells.MOST_TOGETHER)]
    assert found[1].kwargs == {"id": str(bells.MOST_TOGETHER)} and found[2].kwargs == {"id": "x"}
    assert found[0].kwargs["task"] == "first"


def test_a_row_that_fails_keeps_none_of_the_others(monkeypatch: Any, caplog: pytest.LogCaptureFixture) -> None:
    job = Job("job")
    monkeypatch.setitem(bells.current_app.tasks, "job", job)
    bells.each.run(task="job", every=[{"id": "1"}, {"id": "broken"}, {"id": "3"}])
    assert job.ran == [{"id": "1"}, {"id": "3"}]
    assert "one of many failed" in caplog.text


def test_only_the_issuers_door_waits_for_company(settings: Any, monkeypatch: Any) -> None:
    job, together = Job("job"), Job("each")
    monkeypatch.setattr(bells, "each", together)
    bells.ring([Bell(job, {"id": "1"})])
    assert job.sent == [{"id": "1"}]
    settings.IS_ISSUER_DOOR = True
    bells.ring([Bell(job, {"id": "2"}), Bell(job, {"id": "3"})])
    for _ in range(500):
        if together.sent:
            break
        time.sleep(0.01)
    assert job.sent == [{"id": "1"}]
    assert together.sent == [{"task": "job", "every": [{"id": "2"}, {"id": "3"}]}]
