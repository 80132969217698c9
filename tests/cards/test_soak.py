"""Random lives through the real doors, duplicated, delayed and shuffled: nothing lost, nothing twice, every counter exact."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cards import simulate
from cards.intake import reunite, take_in
from cards.models import Authorization, Card, Clearing, IssuerMessage
from cards.soak import Finding, Report, is_taken_in, soak, verify
from tests.cards import play
from tests.conftest import Cast


class InProcess:
    """The doors without a socket. Messages are taken in at once, later, or by nobody until the end."""

    def __init__(self) -> None:
        self.client, self.posts = Client(), 0

    def post(self, door: str, document: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(document).encode()
        answer = self.client.post(
            f"/issuer/simulator/{door}",
            data=body,
            content_type="application/json",
            headers={simulate.HEADER: simulate.sign(body, timezone.now())},
        )
        assert answer.status_code == 200, answer.content
        self.posts += 1
        if self.posts % 7 == 0:
            take_everything_in()
        return answer.json()


def take_everything_in() -> None:
    for message_id in IssuerMessage.objects.filter(status="received").order_by("?").values_list("pk", flat=True):
        take_in(message_id=message_id)
    reunite()


def test_two_hundred_lives_lose_nothing_and_book_nothing_twice(cast: Cast, card: Card) -> None:
    play.fund(cast.company, 2_000_000)
    play.new_card(cast.lena)
    before = play.wallet(cast.company).balance.amount
    report = soak(company=cast.company, lives=200, seed=1, senders=1, connect=InProcess)
    take_everything_in()
    assert is_taken_in(cast.company)
    assert verify(company=cast.company, report=report, before=before) == []
    assert (report.lives, report.repeated > 100, report.declined > 0) == (200, True, True)
    assert {"purchase", "cash", "refund", "chargeback"} <= set(Clearing.objects.values_list("kind", flat=True))
    assert play.wallet(cast.company).balance.amount == before - report.taken + report.given


def test_the_same_seed_again_changes_nothing(cast: Cast, card: Card) -> None:
    soak(company=cast.company, lives=12, seed=5, senders=1, connect=InProcess)
    take_everything_in()
    told = sorted(IssuerMessage.objects.values_list("message_id", flat=True))
    state = sorted(Authorization.objects.values_list("issuer_reference", "status", "cleared_total"))
    balance = play.wallet(cast.company).balance
    soak(
        company=cast.company, lives=12, seed=5, senders=1, connect=InProcess, now=timezone.now() + timedelta(minutes=1)
    )
    take_everything_in()
    assert sorted(IssuerMessage.objects.values_list("message_id", flat=True)) == told
    assert sorted(Authorization.objects.values_list("issuer_reference", "status", "cleared_total")) == state
    assert play.wallet(cast.company).balance == balance


@pytest.mark.parametrize("code", ["state", "unfinished", "balance"])
def test_a_soak_sees_what_is_wrong(cast: Cast, card: Card, code: str) -> None:
    """What is made wrong by hand is found; so a run that finds nothing says something."""
    report = soak(company=cast.company, lives=12, seed=5, senders=1, connect=InProcess)
    take_everything_in()
    assert verify(company=cast.company, report=report, before=100_000) == []
    if code == "state":
        Authorization.objects.filter(status="closed").update(status="pending")
    if code == "unfinished":
        IssuerMessage.objects.filter(message_id__startswith="msg_").update(status="failed")
    found = verify(company=cast.company, report=report, before=100_000 + (code == "balance"))
    assert {finding.code for finding in found} == {code}


def test_a_message_that_never_arrived_is_seen(cast: Cast, card: Card) -> None:
    report = soak(company=cast.company, lives=3, seed=5, senders=1, connect=InProcess)
    take_everything_in()
    report.ids.add("msg_never_sent")
    assert Finding("lost", 1) in verify(company=cast.company, report=report, before=100_000)
    assert isinstance(report, Report)
