"""Where the card issuer and we differ: found, told once, put right, kept as history."""

# ruff: noqa: F811 - fixtures of another module

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company
from cards import reconcile
from cards.find_drift import Difference, keep
from cards.freeze import NotYours, freeze
from cards.issue import issue, make
from cards.look_now import EVERY, LookedLately, NothingToLookAt, look_now
from cards.mend_drift import IssuerSaidNo, NotOffered, Remedy, StillRefused, mend, offers
from cards.models import Card, Drift, DriftKind, IssuerMessage
from cards.tell_issuer import tell_all
from events.models import Event, Notification
from tests.cards import play
from tests.cards.stripe_mock import StripeMock
from tests.cards.test_stripe_doors import NOW, card, event, mock, moved  # noqa: F401 - fixtures and documents
from tests.conftest import Cast
from wallet.models import LedgerAccount

SignIn = Callable[[Any], Client]


def look(hours: int = 1) -> None:
    """Look once; what lies at the issuer is what the wallet promises."""
    now = NOW + timedelta(hours=hours)
    (row,) = reconcile.begin(now=now)
    assert reconcile.run(reconciliation_id=row.pk, now=now) is not None


@pytest.fixture
def frozen_there(card: Card, mock: StripeMock) -> Drift:
    """Stripe's copy of Carol's card rests, ours does not."""
    mock.cards[card.issuer_reference]["status"] = "inactive"
    look()
    found: Drift = Drift.objects.get()
    return found


def test_a_difference_is_kept_with_both_sides_and_told_once(frozen_there: Drift, card: Card, cast: Cast) -> None:
    assert (frozen_there.kind, frozen_there.state, frozen_there.card) == ("card_status", "open", card)
    assert (frozen_there.ours, frozen_there.theirs) == ({"status": "active"}, {"status": "frozen"})
    look(2)
    assert Drift.objects.get().found_at == frozen_there.found_at
    told = Notification.objects.filter(event__verb="drift.found", channel="in_app")
    assert {row.membership.role for row in told} <= {"owner", "admin", "controller"} and told.exists()
    assert Event.objects.filter(verb="drift.found").count() == 1


def test_what_the_sweep_puts_right_is_over_at_the_next_look(frozen_there: Drift, card: Card, mock: StripeMock) -> None:
    look(2)
    assert Drift.objects.get().state == "open", "the issuer still has it otherwise"
    assert tell_all() == 1 and mock.cards[card.issuer_reference]["status"] == "active"
    look(3)
    over = Drift.objects.get()
    assert (over.state, over.ended_how, over.ended_by) == ("over", "sent_ours", None)
    mock.cards[card.issuer_reference]["status"] = "inactive"
    look(4)
    assert sorted(Drift.objects.values_list("state", flat=True)) == ["open", "over"], "history stays"


def test_sending_ours_again_tells_the_issuer_at_once(
    frozen_there: Drift, card: Card, mock: StripeMock, cast: Cast
) -> None:
    assert offers(frozen_there) == [Remedy.TAKE_THEIRS, Remedy.SEND_OURS, Remedy.NOTE]
    done = mend(drift=frozen_there, remedy="send_ours", by=cast.dave, now=NOW)
    assert (done.state, done.ended_how, done.ended_by) == ("over", "sent_ours", cast.dave)
    assert mock.cards[card.issuer_reference]["status"] == "active"
    with pytest.raises(NotOffered):
        mend(drift=frozen_there, remedy="send_ours", by=cast.dave, now=NOW)


def test_an_issuer_that_says_no_leaves_it_open(frozen_there: Drift, mock: StripeMock, cast: Cast) -> None:
    mock.fail(400, "card_blocked")
    with pytest.raises(IssuerSaidNo) as said:
        mend(drift=frozen_there, remedy="send_ours", by=cast.dave, now=NOW)
    assert "card_blocked" in said.value.message() and Drift.objects.get().state == "open"
    mock.fail(500, "api_error", times=9)
    with pytest.raises(IssuerSaidNo) as said:
        mend(drift=frozen_there, remedy="send_ours", by=cast.dave, now=NOW)
    assert "does not answer" in said.value.message()


def test_taking_theirs_freezes_the_card_here(frozen_there: Drift, card: Card, cast: Cast) -> None:
    done = mend(drift=frozen_there, remedy="take_theirs", by=cast.dave, now=NOW)
    assert (done.ended_how, card.open_freezes().get().by) == ("took_theirs", cast.dave)
    assert Drift.objects.standing().count() == 0


def test_theirs_is_not_taken_where_that_would_let_a_card_pay(card: Card, mock: StripeMock, cast: Cast) -> None:
    freeze(card=card, by=cast.dave)
    tell_all()
    mock.cards[card.issuer_reference]["status"] = "active"
    look()
    found = Drift.objects.get()
    assert (found.ours, found.theirs) == ({"status": "frozen"}, {"status": "active"})
    assert offers(found) == [Remedy.SEND_OURS, Remedy.NOTE]
    with pytest.raises(NotOffered):
        mend(drift=found, remedy="take_theirs", by=cast.dave, now=NOW)


def test_a_closed_card_is_followed_and_written_down(card: Card, mock: StripeMock) -> None:
    mock.cards[card.issuer_reference]["status"] = "canceled"
    look()
    found = Drift.objects.get()
    assert (found.state, found.ended_how, offers(found)) == ("over", "took_theirs", [])
    assert not Event.objects.filter(verb="drift.found").exists(), "nobody has anything to do"


def test_news_that_was_missed_is_history_and_what_cannot_be_taken_in_stands(
    card: Card,
    mock: StripeMock,
    cast: Cast,
) -> None:
    strange = moved(card, -700, None, id="ipi_3") | {"card": "ic_of_nobody"}
    mock.lists["/v1/issuing/transactions"] = [moved(card, -300, None, id="ipi_2"), strange]
    look()
    taken, stands = Drift.objects.filter(kind="missed").order_by("ended_how")[::-1]
    assert (taken.reference, taken.state, taken.ended_how) == ("ipi_2", "over", "took_in")
    assert (stands.reference, stands.state, stands.theirs["amount"]) == ("ipi_3", "open", 700)
    with pytest.raises(StillRefused):
        mend(drift=stands, remedy="take_in", by=cast.dave, now=NOW)
    Card.objects.filter(pk=card.pk).update(issuer_reference="ic_of_nobody")
    done = mend(drift=stands, remedy="take_in", by=cast.dave, now=NOW)
    assert (done.state, done.ended_how) == ("over", "took_in")
    assert play.wallet(card.company).balance.amount == 100_000 - 300 - 700
    with pytest.raises(NotOffered):
        mend(drift=stands, remedy="take_in", by=cast.dave, now=NOW)


def test_news_taken_in_later_by_itself_ends_the_difference(card: Card, mock: StripeMock) -> None:
    mock.lists["/v1/issuing/transactions"] = [moved(card, -700, None, id="ipi_3") | {"card": "ic_of_nobody"}]
    look()
    IssuerMessage.objects.filter(reference="ipi_3").update(status="done")
    look(2)
    assert Drift.objects.get(kind="missed").ended_how == "took_in"


def test_cards_that_one_side_does_not_know(card: Card, mock: StripeMock, cast: Cast) -> None:
    mock.cards["ic_strange"] = mock.cards.pop(card.issuer_reference) | {"id": "ic_strange"}
    look()
    kinds = dict(Drift.objects.values_list("kind", "reference"))
    assert kinds == {"card_not_ours": "ic_strange", "card_not_theirs": card.issuer_reference}
    Company.objects.filter(pk=cast.other.pk).update(issuer="stripe")
    Drift.objects.all().delete()
    look(2)
    assert set(Drift.objects.values_list("kind", flat=True)) == {"card_not_theirs"}, "nobody can say whose it is"


def test_money_that_is_short_says_how_much_to_one_company_alone(card: Card, mock: StripeMock, cast: Cast) -> None:
    mock.available = [{"amount": 10, "currency": "dkk"}]
    look()
    found = Drift.objects.get()
    assert (found.ours["amount"], found.theirs["amount"], found.reference) == (100_000, 10, "DKK")
    Company.objects.filter(pk=cast.other.pk).update(issuer="stripe", currency="DKK")
    LedgerAccount.objects.filter(company=cast.other).update(currency="DKK")
    cast.other.refresh_from_db()
    play.fund(cast.other, 50_000)
    look(2)
    assert [row.theirs for row in Drift.objects.standing()] == [{}, {}], "their sum would tell of the other's"
    assert Drift.objects.get(company=cast.other).ours["amount"] == 50_000
    mock.available = [{"amount": 150_000, "currency": "dkk"}]
    look(3)
    assert not Drift.objects.standing().exists()


def test_a_note_is_kept_until_it_no_longer_differs_and_can_be_undone(frozen_there: Drift, cast: Cast) -> None:
    noted = mend(drift=frozen_there, remedy="note", by=cast.dave, now=NOW)
    assert (noted.state, noted.noted_by) == ("noted", cast.dave)
    look(2)
    assert Drift.objects.get().state == "noted"
    back = mend(drift=noted, remedy="undo_note", by=cast.dave, now=NOW)
    assert (back.state, back.noted_by) == ("open", None)


def test_the_page_lists_narrows_sorts_and_mends(
    frozen_there: Drift, card: Card, mock: StripeMock, cast: Cast, sign_in: SignIn
) -> None:
    home, dave = f"/c/{cast.company.slug}/cards/issuer/", sign_in(cast.dave)
    shown = dave.get(home).content.decode()
    assert "Here: Active; at the issuer: Frozen" in shown and "Send ours again" in shown
    assert 'href="' + home in dave.get(f"/c/{cast.company.slug}/cards/").content.decode()
    for query, found in [("q=everyday", 1), ("q=nothing", 0), ("kind=missed", 0), ("state=over", 0), ("state=all&sort=kind", 1),
                         ("cursor=x&sort=since", 1), ("state=%00&kind=x", 1)]:  # fmt: skip
        assert dave.get(f"{home}?{query}").content.decode().count("data-row") == found, query
        lines = b"".join(dave.get(f"{home}differences.csv?{query}").streaming_content).decode()  # type: ignore[attr-defined]
        assert lines.count("\r\n") == found + 1
    for remedy in ("", "melt", "take_in"):
        told = dave.post(f"{home}{frozen_there.pk}/remedy/", {"remedy": remedy}, follow=True).content.decode()
        assert "has changed meanwhile" in told
    assert (
        "The issuer has ours now."
        in dave.post(f"{home}{frozen_there.pk}/remedy/", {"remedy": "send_ours"}, follow=True).content.decode()
    )
    assert "Nothing differs" in dave.get(home).content.decode()
    assert "Ours was sent again" in dave.get(f"{home}?state=over").content.decode()
    assert sign_in(cast.carol).get(home).status_code == 403
    assert sign_in(cast.mallory).post(f"{home}{frozen_there.pk}/remedy/", {"remedy": "note"}).status_code == 404


def test_the_list_takes_the_same_queries_however_long_it_is(card: Card, cast: Cast, sign_in: SignIn) -> None:
    dave, asked = sign_in(cast.dave), []
    dave.get(f"/c/{cast.company.slug}/cards/issuer/")
    for number in range(12):
        found = Difference(DriftKind.CARD_NOT_OURS, reference=f"ic_{number}", card=card)
        keep(company=cast.company, issuer="stripe", found=found, now=NOW)
        asked.append(_queries(dave, cast))
    assert asked[-1] == asked[0]


def _queries(client: Client, cast: Cast) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/c/{cast.company.slug}/cards/issuer/")
    return len(asked)


def test_somebody_looks_now_but_not_all_the_time(card: Card, cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    begun = look_now(company=cast.company, by=cast.dave, now=now)
    assert begun.status == "waiting"
    with pytest.raises(LookedLately):
        look_now(company=cast.company, by=cast.dave, now=now + EVERY + timedelta(seconds=1))
    reconcile.run(reconciliation_id=begun.pk, now=now)
    with pytest.raises(LookedLately):
        look_now(company=cast.company, by=cast.dave, now=now + EVERY - timedelta(seconds=1))
    assert look_now(company=cast.company, by=cast.dave, now=now + EVERY + timedelta(seconds=1)).pk != begun.pk


def test_a_simulated_company_has_nobody_to_differ_from(cast: Cast, sign_in: SignIn) -> None:
    with pytest.raises(NothingToLookAt):
        look_now(company=cast.company, by=cast.dave)
    home = f"/c/{cast.company.slug}/cards/issuer/"
    shown = sign_in(cast.dave).get(home).content.decode()
    assert "nobody to differ from" in shown and "Look now" not in shown
    assert home not in sign_in(cast.dave).get(f"/c/{cast.company.slug}/cards/").content.decode()


def test_the_database_keeps_one_of_a_kind_standing_and_says_how_it_ended(frozen_there: Drift) -> None:
    twin = Drift.objects.get()
    twin.pk = twin.id = None
    twin._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
    for wrong in ({"state": "over"}, {"ended_how": "sent_ours"}, {"state": "gone"}, {"ended_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Drift.objects.update(**wrong)


def test_another_companys_finance_cannot_put_it_right(frozen_there: Drift, cast: Cast) -> None:
    for stranger in (cast.mallory, cast.carol):
        with pytest.raises(NotYours):
            mend(drift=frozen_there, remedy="note", by=stranger, now=NOW)


def test_a_card_made_for_the_first_look_is_no_difference(card: Card, mock: StripeMock, cast: Cast) -> None:
    wanted = issue(cardholder=cast.carol, name="Second", by=None, now=NOW)
    with patch("cards.issue.connection", in_atomic_block=False):
        make(card=wanted, now=NOW)
    look()
    assert not Drift.objects.exists()
