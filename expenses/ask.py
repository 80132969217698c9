"""Ask before spending: what, how much, until when."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership, Team
from accounts.numbering import next_number
from cards.evidence import MAX_BYTES, Evidence, media_type_of
from events.notify import is_news, notify
from events.record import record
from expenses.ask_turns import first_turn, set_out, turn_of
from expenses.errors import NotYours
from expenses.models import AskFile, Category, SpendRequest, Tag
from expenses.owed import valued
from pleo.lib import files
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.search import search_text

RANGE = "spend_request"
# A day less than what limits and cards take: a request ends with its last day.
LONGEST = timedelta(days=364)
MOST_FILES = 3


class UntilWrong(DomainError):
    """A request ends today at the earliest, and within a year."""

    code = "until_wrong"
    field = "until"

    def message(self) -> str:
        return gettext("Choose today or a day within a year.")


class TitleMissing(DomainError):
    """Nobody can say yes to nothing."""

    code = "title_missing"
    field = "title"

    def message(self) -> str:
        return gettext("Write what you want to buy.")


class FileRefused(DomainError):
    """An attachment is a PDF or a picture of a bearable size."""

    code = "file_refused"
    field = "file"

    def message(self) -> str:
        return gettext("Attach up to three PDF, PNG or JPEG files of at most 5 MB each.")


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to buy. The amount may be in any currency with a published rate."""

    title: str
    amount: Money
    until: date
    reason: str = ""
    merchant: str = ""
    category: Category | None = None
    team: Team | None = None
    tag: Tag | None = None


def plain(text: str, most: int) -> str:
    """Return a text that a person wrote on one line, without what no database takes."""
    return " ".join(text.replace("\x00", "").split())[:most]


def ask(
    *, by: Membership, wanted: Wanted, client_key: str, now: datetime, papers: Sequence[Evidence] = ()
) -> SpendRequest:
    """Ask for money to spend; whoever's turn it is is told. The same key again returns the first request.

    Raises NotYours, TitleMissing, UntilWrong, FileRefused, NoRate, AmountOutOfRange.
    """
    assert client_key, "the form brings a key"
    if not by.can("requests.ask"):
        raise NotYours
    known: SpendRequest | None = SpendRequest.objects.filter(asked_by=by, client_key=client_key).first()
    if known is not None:
        return known
    today = by.company.day_of(now)
    if not plain(wanted.title, 120):
        raise TitleMissing
    if not today <= wanted.until <= today + LONGEST:
        raise UntilWrong
    if len(papers) > MOST_FILES or not all(media_type_of(each.data) and len(each.data) <= MAX_BYTES for each in papers):
        raise FileRefused
    worth, quote = valued(wanted.amount, currency=by.company.currency, day=today, rate=None, reason="")
    try:
        with transaction.atomic():
            made = SpendRequest.objects.create(
                company=by.company, number=next_number(company=by.company, range=RANGE), client_key=client_key,
                asked_by=by, asked_at=now, title=plain(wanted.title, 120), merchant=plain(wanted.merchant, 120),
                reason=wanted.reason.replace("\x00", "").strip()[:500], amount=wanted.amount.amount,
                currency=wanted.amount.currency, value=worth.amount, value_currency=worth.currency,
                rate=quote.rate if quote else None, rate_date=quote.published if quote else None, until=wanted.until,
                team=wanted.team or by.team, category=wanted.category, tag=wanted.tag, stage=first_turn(by),
                search_text=search_text(wanted.title, wanted.reason, wanted.merchant, by.name),
            )  # fmt: skip
            for paper in papers:
                _keep(made, paper)
            set_out(made, now=now)
            made.save(update_fields=["stage"])
            _tell(made, by, now)
    except IntegrityError:
        known = SpendRequest.objects.filter(asked_by=by, client_key=client_key).first()
        if known is None:
            raise
        return known
    return made


def _keep(request: SpendRequest, paper: Evidence) -> None:
    digest, pk = hashlib.sha256(paper.data).hexdigest(), uuid7()
    if AskFile.objects.filter(request=request, sha256=digest).exists():
        return
    media_type = media_type_of(paper.data)
    key = f"{request.company_id}/{request.asked_at:%Y}/requests/{request.pk}/{pk}"
    files.put(key, paper.data, media_type)
    AskFile.objects.create(
        id=pk, company_id=request.company_id, request=request, name=files.clean_name(paper.name) or "file",
        media_type=media_type, size=len(paper.data), sha256=digest, key=key,
    )  # fmt: skip


def _tell(request: SpendRequest, by: Membership, now: datetime) -> None:
    changes = {"amount": request.amount, "currency": request.currency, "reason": request.reason}
    event = record(company=by.company, verb="spend_request.made", subject=request, by=by, changes=changes, now=now)
    if is_news(event):
        notify(event=event, memberships=turn_of(request, now=now))
