"""The audit page: who did what, found by anything, exported as shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.create_team import create_team
from events.models import Event
from events.record import record
from events.seal import seal_events
from tests.conftest import Cast

Signer = Callable[..., Client]


@pytest.fixture
def log(cast: Cast) -> Cast:
    create_team(name="Ørsted", by=cast.dave, now=datetime(2026, 3, 1, 10, tzinfo=UTC))
    create_team(name="=SUM(A1)", by=cast.alice, now=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    create_team(name="Theirs", by=cast.mallory, now=timezone.now())
    record(
        company=cast.company, verb="person.role_changed", subject=cast.carol, by=cast.dave,
        changes={"role": ["employee", "admin"]}, now=datetime(2026, 3, 2, 10, tzinfo=UTC),
    )  # fmt: skip
    return cast


def page(client: Client, cast: Cast, query: str = "") -> str:
    answer = client.get(reverse("audit", args=[cast.company.slug]) + query)
    assert answer.status_code == 200
    return answer.content.decode().split('id="audit-list"')[1]


def test_it_shows_who_did_what_before_and_after(log: Cast, sign_in: Signer) -> None:
    seal_events(before=timezone.now())
    shown = page(sign_in(log.bob), log)
    assert "Ørsted" in shown and "Made team" in shown and "Changed role" in shown
    assert "<del>" in shown and "Employee</del>" in shown and "Admin</ins>" in shown
    assert "Theirs" not in shown and "Mallory" not in shown


@pytest.mark.parametrize(
    ("query", "there", "away"),
    [
        ("?q=ørsted", "Ørsted", "SUM"),
        ("?q=dave", "Ørsted", "SUM"),
        ("?q=carol", "Changed role", "Ørsted"),
        ("?verb=team.created", "Ørsted", "Changed role"),
        ("?group=access", "Ørsted", "No entry"),
        ("?group=money", "No entry matches", "Ørsted"),
        ("?since=2026-03-02&until=2026-03-02", "Changed role", "Ørsted"),
        ("?since=2026-04-01&until=2026-04-01", "SUM", "Ørsted"),
        ("?q=nobody-wrote-this", "No entry matches", "Ørsted"),
    ],
)
def test_it_is_found_by_anything(log: Cast, sign_in: Signer, query: str, there: str, away: str) -> None:
    shown = page(sign_in(log.bob), log, query)
    assert there in shown and away not in shown


def test_it_is_found_by_person_and_subject(log: Cast, sign_in: Signer) -> None:
    client = sign_in(log.bob)
    assert "SUM" in page(client, log, f"?person={log.alice.pk}") and "Ørsted" not in page(
        client, log, f"?person={log.alice.pk}"
    )
    assert "Changed role" in page(client, log, f"?subject={log.carol.pk}")
    assert "No entry matches" in page(client, log, f"?person={log.mallory.pk}")


@pytest.mark.parametrize(
    "query",
    ["?since=yesterday", "?since=2026-13-45", "?until=9999-12-31", "?since=0001-01-01", "?person=x", "?subject='--", "?verb=x", "?group=x",
     "?cursor=AAAA", "?cursor=WyJuZXh0IiwgIngiLCAieSJd", "?q=%00", "?q=" + "a " * 400],
)  # fmt: skip
def test_nonsense_in_the_address_is_no_fault(log: Cast, sign_in: Signer, query: str) -> None:
    page(sign_in(log.bob), log, query)


def test_it_pages_in_order_with_few_queries(log: Cast, sign_in: Signer, django_assert_max_num_queries: Any) -> None:
    now = timezone.now()
    for number in range(60):
        record(
            company=log.company,
            verb="team.changed",
            subject=log.team,
            by=log.dave,
            now=now - timedelta(minutes=number),
            label=f"N{number:02}",
        )
    client, url = sign_in(log.bob), reverse("audit", args=[log.company.slug]) + "?verb=team.changed"
    with django_assert_max_num_queries(25):
        first = client.get(url).content.decode()
    assert first.count("data-row") == 50 and "N49" in first and "N50" not in first
    onward = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(reverse("audit", args=[log.company.slug]) + onward).content.decode()
    assert second.count("data-row") == 10 and "N50" in second and "N49" not in second


def test_the_download_has_what_the_list_shows(log: Cast, sign_in: Signer) -> None:
    answer = sign_in(log.bob).get(
        reverse("audit-export", args=[log.company.slug]) + "?since=2026-03-01&until=2026-04-01"
    )
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert len(rows) == 4 and rows[0][0] == "Time"
    newest = rows[1]
    assert newest[0] == "2026-04-01T00:30:00+02:00" and newest[5] == "'=SUM(A1)" and newest[4] == "team.created"
    assert rows[2][7] == "Role: Employee → Admin"


def test_htmx_gets_the_list_alone(log: Cast, sign_in: Signer) -> None:
    url = reverse("audit", args=[log.company.slug])
    fragment = sign_in(log.bob).get(url, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode() and "HX-Request" in fragment.headers["Vary"]


def test_each_company_sees_its_own(log: Cast, sign_in: Signer) -> None:
    assert sign_in(log.mallory).get(reverse("audit", args=[log.company.slug])).status_code == 404
    assert sign_in(log.carol).get(reverse("audit", args=[log.company.slug])).status_code == 403
    assert Event.objects.for_company(log.other).filter(subject_label="Theirs").count() == 1
