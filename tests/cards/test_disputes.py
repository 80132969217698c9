"""Contesting a purchase: who may, what goes along, what the issuer makes of it, and what the money does in any order."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from cards import disputes
from cards.change_dispute import DisputeFixed, IssuerSaidNo, IssuerSilent, add_evidence, withdraw_dispute
from cards.disputes import (
    AlreadyContested,
    ExplanationMissing,
    NotContestable,
    TooLateToContest,
    TooMuchContested,
    contestable,
    file,
    file_waiting,
    open_dispute,
)
from cards.evidence import Evidence, EvidenceRefused, TooMuchEvidence, check
from cards.intake import deliver, receive, take_in
from cards.issuers import simulator
from cards.issuers.base import IssuerRefused, IssuerUnavailable, Message
from cards.models import Card, Clearing, Dispute, DisputeEvidence, DisputeStep, IssuerMessage, MessageKind
from cards.tasks import file_dispute
from events.models import Event, Notification
from pleo.lib import files
from tests.cards import play
from tests.cards.play import NOON, kroner, wallet
from tests.cards.test_api import caller
from tests.cards.test_order_independence import undone
from tests.conftest import Cast
from tests.receipts.conftest import fetch
from wallet.models import LedgerAccount, Transfer

PRICE = {"amount": 10_000, "currency": "DKK"}
PDF = Evidence("order.pdf", b"%PDF-1.7 an order")


@pytest.fixture
def taken(card: Card) -> Clearing:
    """100 settled at a shop."""
    paid = play.buy(card, 10_000)
    play.clear(paid, 10_000, reference="taken")
    return Clearing.objects.select_related("card__cardholder", "company").get()


def contest(taken: Clearing, cast: Cast, **options: Any) -> Dispute:
    values: dict[str, Any] = {"by": cast.carol, "reason": "fraud", "now": NOON, **options}
    return open_dispute(clearing=taken, **values)


def filed(taken: Clearing, cast: Cast, **options: Any) -> Dispute:
    made = file(dispute_id=contest(taken, cast, **options).pk, now=NOON)
    assert made is not None
    made.refresh_from_db()
    return made


def later(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def told(dispute: Dispute, state: str, minutes: int, amount: int | None = None) -> Message:
    """What an issuer says about a dispute."""
    base = play.message(MessageKind.DISPUTE, dispute.clearing.card, amount, occurred_at=later(minutes))
    facts = {"dispute": dispute.issuer_reference, "state": state}
    return Message(**{**base.__dict__, "facts": facts, "card_reference": ""})


def disputes_account(cast: Cast) -> LedgerAccount:
    return LedgerAccount.objects.of_kind(cast.company, "disputes")


def test_a_dispute_is_opened_with_evidence_and_sent(taken: Clearing, cast: Cast) -> None:
    made = contest(taken, cast, reason="other", explanation=" It never came. ", evidence=[PDF, PDF])
    assert (made.status, made.money, made.explanation, made.opened_by) == (
        "opened", kroner(10_000), "It never came.", cast.carol,
    )  # fmt: skip
    kept = DisputeEvidence.objects.get()
    assert (kept.name, kept.media_type, kept.size) == ("order.pdf", "application/pdf", len(PDF.data))
    with files.read(kept.key) as stored:
        assert stored.read() == PDF.data
    assert file(dispute_id=made.pk, now=NOON) is not None
    assert file(dispute_id=made.pk, now=NOON) is None
    made.refresh_from_db()
    assert (made.status, made.issuer_reference) == ("submitted", f"dispute_{made.pk.hex}")
    assert list(DisputeStep.objects.order_by("id").values_list("word", flat=True)) == ["opened", "submitted"]
    assert Event.objects.get(verb="dispute.opened").changes["complaint"] == "other"
    assert wallet(cast.company).balance == kroner(90_000)


def test_what_cannot_be_contested(taken: Clearing, card: Card, cast: Cast) -> None:
    with pytest.raises(ExplanationMissing):
        contest(taken, cast, reason="other", explanation="  ")
    with pytest.raises(TooMuchContested):
        contest(taken, cast, amount=kroner(10_001))
    with pytest.raises(TooLateToContest):
        contest(taken, cast, now=NOON + timedelta(days=121))
    contest(taken, cast, amount=kroner(1))
    with pytest.raises(AlreadyContested):
        contest(taken, cast)
    deliver(message=play.message(MessageKind.REFUND, card, 100), now=NOON)
    with pytest.raises(NotContestable):
        contest(Clearing.objects.get(kind="refund"), cast)


def test_what_came_back_cannot_be_contested_again(taken: Clearing, card: Card, cast: Cast) -> None:
    deliver(message=play.message(MessageKind.CHARGEBACK, card, 7_000, original_reference="taken"), now=NOON)
    assert contestable(taken) == kroner(3_000)
    deliver(message=play.message(MessageKind.CORRECTION_CREDIT, card, 9_000, original_reference="taken"), now=NOON)
    with pytest.raises(TooMuchContested):
        contest(taken, cast)


@pytest.mark.parametrize("data", [b"", b"MZ\x90 a program", b"<html>", b"%PDF-" + b"x" * 5_300_000])
def test_only_papers_go_along(taken: Clearing, cast: Cast, data: bytes) -> None:
    with pytest.raises(EvidenceRefused):
        contest(taken, cast, evidence=[Evidence("bad.pdf", data)])
    assert not Dispute.objects.exists()
    with pytest.raises(TooMuchEvidence):
        check([PDF] * 6)


def test_a_provisional_credit_is_lent_and_taken_back_when_lost(taken: Clearing, cast: Cast) -> None:
    dispute = filed(taken, cast)
    deliver(message=told(dispute, "provisional_credit", 5), now=NOON)
    dispute.refresh_from_db()
    assert (dispute.status, dispute.credited) == ("credited", 10_000)
    assert (wallet(cast.company).balance, disputes_account(cast).balance) == (kroner(100_000), kroner(-10_000))
    deliver(message=told(dispute, "lost", 9), now=NOON)
    dispute.refresh_from_db()
    assert (dispute.status, dispute.credited, dispute.closed_at) == ("lost", 0, NOON)
    assert (wallet(cast.company).balance, disputes_account(cast).balance) == (kroner(90_000), kroner(0))
    assert Notification.objects.filter(event__verb="dispute.lost", membership=cast.carol).exists()


def test_the_returned_money_replaces_what_was_lent(taken: Clearing, card: Card, cast: Cast) -> None:
    dispute = filed(taken, cast)
    deliver(message=told(dispute, "provisional_credit", 5), now=NOON)
    deliver(
        message=play.message(
            MessageKind.CHARGEBACK, card, 10_000, reference="back", original_reference="taken", occurred_at=later(10)
        ),
        now=NOON,
    )
    dispute.refresh_from_db()
    assert (dispute.status, dispute.credited) == ("credited", 0)
    assert (wallet(cast.company).balance, disputes_account(cast).balance) == (kroner(100_000), kroner(0))
    again = play.message(MessageKind.SECOND_PRESENTMENT, card, 10_000, original_reference="back", occurred_at=later(15))
    deliver(message=again, now=NOON)
    dispute.refresh_from_db()
    assert (dispute.status, wallet(cast.company).balance) == ("contested", kroner(90_000))
    deliver(message=told(dispute, "lost", 999), now=NOON)
    dispute.refresh_from_db()
    assert dispute.status == "lost"
    assert contest(taken, cast).status == "opened", "a decided dispute does not bar another"


def test_every_order_of_what_is_said_ends_the_same(taken: Clearing, card: Card, cast: Cast) -> None:
    dispute = filed(taken, cast)
    times: dict[str, Any] = {"back": NOON + timedelta(minutes=10), "again": NOON + timedelta(minutes=20)}
    back = play.message(
        MessageKind.CHARGEBACK, card, 10_000, reference="back", original_reference="taken", occurred_at=times["back"]
    )
    again = play.message(
        MessageKind.SECOND_PRESENTMENT, card, 10_000, original_reference="back", occurred_at=times["again"]
    )
    words = [told(dispute, "provisional_credit", 5), back, again, told(dispute, "lost", 30)]
    endings = set()
    for order in permutations(words):
        with undone():
            for message in (*order, order[0]):
                deliver(message=message, now=NOON)
            dispute.refresh_from_db()
            lent = disputes_account(cast).balance.amount
            endings.add((dispute.status, dispute.credited, wallet(cast.company).balance.amount, lent))
    assert endings == {("lost", 0, 90_000, 0)}


def test_what_the_issuer_says_before_we_know_its_reference_waits(taken: Clearing, cast: Cast) -> None:
    made = contest(taken, cast)
    made.issuer_reference = f"dispute_{made.pk.hex}"
    row = deliver(message=told(made, "won", 5), now=NOON)
    assert row.status == "waiting"
    file(dispute_id=made.pk, now=NOON)
    made.refresh_from_db()
    row.refresh_from_db()
    assert (made.status, row.status) == ("won", "done")


def test_an_issuer_that_does_not_answer_is_asked_again(
    taken: Clearing, cast: Cast, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    made = contest(taken, cast)
    monkeypatch.setattr(
        simulator.Simulator, "open_dispute", lambda self, order: (_ for _ in ()).throw(IssuerUnavailable())
    )
    file(dispute_id=made.pk, now=NOON)
    made.refresh_from_db()
    assert made.status == "opened"
    monkeypatch.undo()
    Dispute.objects.update(created_at=NOON)
    with django_capture_on_commit_callbacks() as bells:
        assert file_waiting(now=NOON + timedelta(minutes=1)) == 1
    assert len(bells) == 1
    file_dispute(dispute_id=str(made.pk))
    assert file_waiting(now=NOON + timedelta(minutes=1)) == 0
    made.refresh_from_db()
    assert made.status == "submitted"


def test_an_issuer_that_refuses_ends_it(taken: Clearing, cast: Cast, monkeypatch: Any) -> None:
    made = contest(taken, cast)

    def refuse(self: Any, order: Any) -> str:
        raise IssuerRefused("too_small", "Amounts below 5 EUR are not disputed")

    monkeypatch.setattr(simulator.Simulator, "open_dispute", refuse)
    file(dispute_id=made.pk, now=NOON)
    made.refresh_from_db()
    assert (made.status, made.is_closed) == ("withdrawn", True)
    assert "too_small" in DisputeStep.objects.get(word="withdrawn").note


def test_words_that_nobody_knows_are_kept_and_change_nothing(taken: Clearing, cast: Cast) -> None:
    dispute = filed(taken, cast)
    row = deliver(message=told(dispute, "in_arbitration_of_mars", 5), now=NOON)
    dispute.refresh_from_db()
    assert (row.status, dispute.status) == ("done", "submitted")


def test_it_flows_through_the_door(taken: Clearing, cast: Cast) -> None:
    from django.utils import timezone

    dispute = filed(taken, cast)
    document = simulator.compose(
        MessageKind.DISPUTE, message_id="msg_d", now=timezone.now(), dispute=dispute.issuer_reference, state="won"
    )
    row, _ = receive(issuer=simulator.adapter, document=document, body=b"{}", now=timezone.now())
    take_in(message_id=row.pk)
    dispute.refresh_from_db()
    assert (dispute.status, IssuerMessage.objects.get(pk=row.pk).company) == ("won", cast.company)


@pytest.mark.parametrize(
    "wrong",
    [{"credited": 10_001}, {"credited": -1}, {"amount": 0}, {"status": "nowhere"}, {"reason": "spite"}, {"closed_at": NOON}],
)  # fmt: skip
def test_the_database_refuses_nonsense(taken: Clearing, cast: Cast, wrong: dict[str, Any]) -> None:
    dispute = contest(taken, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisputeStep.objects.create(company=cast.company, dispute=dispute, word="shrug", occurred_at=NOON)


def test_the_database_keeps_one_open_dispute_per_clearing(taken: Clearing, cast: Cast) -> None:
    contest(taken, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.create(
            company=cast.company, clearing=taken, reason="fraud", amount=1, currency="DKK", opened_by=cast.alice, issuer="simulator",
        )  # fmt: skip
    assert Transfer.objects.filter(code__startswith="provisional").count() == 0


# ---- changing one that is filed


def test_taking_it_back_returns_what_was_lent_once(taken: Clearing, cast: Cast) -> None:
    made = filed(taken, cast)
    deliver(message=told(made, "provisional_credit", 5), now=NOON)
    made.refresh_from_db()
    assert wallet(cast.company).balance == kroner(100_000)
    for _ in range(2):
        made = withdraw_dispute(dispute=made, by=cast.carol, now=NOON)
    assert (made.status, made.credited, wallet(cast.company).balance) == ("withdrawn", 0, kroner(90_000))
    assert [step.by for step in made.steps.filter(word="withdrawn")] == [cast.carol]
    # What the issuer says of it afterwards changes nothing any more, and a new one may be opened.
    deliver(message=told(made, "withdrawn", 9), now=NOON)
    made.refresh_from_db()
    assert (made.status, disputes_account(cast).debits_posted) == ("withdrawn", disputes_account(cast).credits_posted)
    assert contest(taken, cast).status == "opened"


def test_what_is_decided_or_not_filed_cannot_be_changed(taken: Clearing, cast: Cast, monkeypatch: Any) -> None:
    made = contest(taken, cast)
    for change in (
        lambda: withdraw_dispute(dispute=made, by=cast.carol),
        lambda: add_evidence(dispute=made, file=PDF, by=cast.carol),
    ):
        with pytest.raises(DisputeFixed):
            change()
        file(dispute_id=made.pk, now=NOON)
        made.refresh_from_db()
        deliver(message=told(made, "lost", 5), now=NOON)
        made.refresh_from_db()
        with pytest.raises(DisputeFixed):
            change()
    assert made.evidence.count() == 0


@pytest.mark.parametrize(("fault", "heard"), [(IssuerUnavailable(), IssuerSilent), (IssuerRefused("no"), IssuerSaidNo)])
def test_an_issuer_that_takes_no_change_leaves_all_as_it_was(
    taken: Clearing, cast: Cast, monkeypatch: Any, fault: Exception, heard: Any
) -> None:
    made = filed(taken, cast)

    def refuse(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(simulator.Simulator, "withdraw_dispute", refuse)
    monkeypatch.setattr(simulator.Simulator, "add_evidence", refuse)
    with pytest.raises(heard):
        withdraw_dispute(dispute=made, by=cast.carol)
    with pytest.raises(heard):
        add_evidence(dispute=made, file=PDF, by=cast.carol)
    made.refresh_from_db()
    assert (made.status, made.evidence.count(), made.steps.count()) == ("submitted", 0, 2)


def test_a_holder_sends_more_papers_and_takes_it_back(taken: Clearing, cast: Cast, sign_in: Any) -> None:
    made, client = filed(taken, cast, evidence=[PDF]), sign_in(cast.carol)
    page, papers = url(cast, "dispute", dispute_id=made.pk), url(cast, "dispute-papers", dispute_id=made.pk)
    assert "Withdraw the dispute" in client.get(page).content.decode()
    assert client.post(papers, {}).status_code == 422
    bad = client.post(papers, {"evidence": SimpleUploadedFile("x.exe", b"MZ")})
    assert bad.status_code == 422 and "not a PDF" in bad.content.decode()
    for _ in range(2):
        assert client.post(papers, {"evidence": SimpleUploadedFile("b.pdf", b"%PDF-2")}).status_code == 303
    assert made.evidence.count() == 2
    many = [SimpleUploadedFile(f"{number}.pdf", b"%%PDF-%d" % (10 + number)) for number in range(4)]
    assert client.post(papers, {"evidence": many}).status_code == 422
    assert made.evidence.count() == 5
    assert client.post(url(cast, "dispute-withdraw", dispute_id=made.pk)).status_code == 303
    made.refresh_from_db()
    assert made.status == "withdrawn" and "Withdraw the dispute" not in client.get(page).content.decode()


def test_both_go_over_the_api(taken: Clearing, cast: Cast) -> None:
    made, call = filed(taken, cast), caller(cast.alice)
    paper = {"name": "a.pdf", "content": base64.b64encode(PDF.data).decode()}
    assert call("post", f"disputes/{made.pk}/evidence/", paper).status_code == 201
    assert call("post", f"disputes/{made.pk}/withdrawal/", {}).json()["status"] == "withdrawn"
    assert call("post", f"disputes/{made.pk}/evidence/", paper).status_code == 409


# ---- the pages


def url(cast: Cast, name: str, **ids: Any) -> str:
    return reverse(name, kwargs={"company": cast.company.slug, **ids})


def test_a_holder_contests_from_the_page(taken: Clearing, cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(disputes, "DEADLINE", timedelta(days=100_000))
    client, page = sign_in(cast.carol), url(cast, "dispute-create", clearing_id=taken.pk)
    assert "Nobody of us bought this" in client.get(page).content.decode()
    wrong = client.post(page, {"reason": "other", "amount": "500,00", "explanation": "It burned."})
    assert wrong.status_code == 422 and "At most" in wrong.content.decode() and "It burned." in wrong.content.decode()
    assert client.post(page, {}).status_code == 422
    bad = client.post(page, {"reason": "fraud", "evidence": SimpleUploadedFile("x.exe", b"MZ")})
    assert bad.status_code == 422 and "not a PDF" in bad.content.decode()
    sent = client.post(
        page,
        {
            "reason": "fraud",
            "amount": "60,00",
            "evidence": [SimpleUploadedFile("a.pdf", b"%PDF-1"), SimpleUploadedFile("b.png", b"\x89PNG\r\n\x1a\n1")],
        },
    )
    made = Dispute.objects.get()
    assert (sent.status_code, sent.url) == (303, url(cast, "dispute", dispute_id=made.pk))
    assert (made.amount, made.evidence.count()) == (6_000, 2)
    shown = client.get(sent.url).content.decode()
    assert "Dispute with Kaffebar Nordhavn" in shown and "a.pdf" in shown
    assert client.get(page).status_code == 303, "it is contested already"
    paper = client.get(url(cast, "dispute-evidence", dispute_id=made.pk, evidence_id=made.evidence.first().pk))
    assert paper.status_code == 302
    assert fetch(paper.url)[1].startswith((b"%PDF", b"\x89PNG"))


def test_strangers_and_colleagues_see_nothing_of_it(taken: Clearing, cast: Cast, sign_in: Any) -> None:
    made = contest(taken, cast)
    for who in (cast.lena, cast.carol):
        is_mine = who == cast.carol or taken.card.cardholder.team_id in who.led_teams.values_list("pk", flat=True)
        assert (sign_in(who).get(url(cast, "dispute", dispute_id=made.pk)).status_code == 200) is is_mine
    assert sign_in(cast.bob).get(url(cast, "disputes")).status_code == 403
    other = reverse("dispute", kwargs={"company": cast.other.slug, "dispute_id": made.pk})
    assert sign_in(cast.mallory).get(other).status_code == 404


def test_finance_finds_them_in_the_list(taken: Clearing, card: Card, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.alice)
    assert "Nothing is disputed" in client.get(url(cast, "disputes")).content.decode()
    contest(taken, cast)
    forced = play.message(MessageKind.CLEARING, card, 77_00, merchant=play.CAFE.__class__(name="Elektro Øst"))
    deliver(message=forced, now=NOON)
    second = contest(Clearing.objects.exclude(pk=taken.pk).get(), cast, reason="duplicate")
    shown = client.get(url(cast, "disputes"), {"sort": "-amount"}).content.decode()
    assert shown.index("Kaffebar Nordhavn") < shown.index("Elektro Øst")
    assert "Elektro Øst" not in client.get(url(cast, "disputes"), {"q": "kaffebar"}).content.decode()
    assert "Kaffebar" not in client.get(url(cast, "disputes"), {"reason": "duplicate"}).content.decode()
    assert "No dispute matches" in client.get(url(cast, "disputes"), {"state": "won"}).content.decode()
    assert client.get(url(cast, "disputes"), {"sort": "'; DROP", "state": "x", "cursor": "???"}).status_code == 200
    table = b"".join(client.get(url(cast, "disputes-csv"), {"reason": "duplicate"}).streaming_content).decode()
    assert "Elektro Øst" in table and "77.00" in table and "Kaffebar" not in table
    fragment = client.get(url(cast, "disputes"), headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<div id="dispute-list">')
    file(dispute_id=second.pk, now=NOON)
    second.refresh_from_db()
    deliver(message=told(second, "won", 9), now=NOON)
    assert "Elektro Øst" in client.get(url(cast, "disputes"), {"state": "closed"}).content.decode()


def test_it_goes_over_the_api(taken: Clearing, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(disputes, "DEADLINE", timedelta(days=100_000))
    call = caller(cast.alice)
    paper = {"name": "a.pdf", "content": base64.b64encode(PDF.data).decode()}
    sent = call("post", "disputes/", {"clearing": str(taken.pk), "reason": "fraud", "evidence": [paper]})
    assert sent.status_code == 201, sent.content
    made = Dispute.objects.get()
    assert (sent.json()["amount"], sent.json()["steps"][0]["word"], made.evidence.count()) == (PRICE, "opened", 1)
    assert call("get", f"disputes/{made.pk}/").json()["status"] == "opened"
    assert len(call("get", "disputes/?status=opened").json()["results"]) == 1
    again = call("post", "disputes/", {"clearing": str(taken.pk), "reason": "fraud"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_contested")
    for wrong in (
        {"reason": "x"},
        {"amount": {"amount": -1, "currency": "DKK"}},
        {"evidence": [{"name": "a", "content": "%"}]},
    ):
        assert call("post", "disputes/", {"clearing": str(taken.pk), "reason": "fraud"} | wrong).status_code == 422
