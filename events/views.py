"""Pages of the audit log, notifications, and the developer's mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, MembershipStatus, Role, User
from accounts.permissions import ADMINS, permitted
from events.describe import describe
from events.links import link_of
from events.models import Channel, Event, Notification, SealedEvent
from events.sentences import GROUPS, VERBS
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.mailbox import Letter, letter, letters
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

BY_TIME = ("happened_at", "id")


def _day(request: CompanyRequest, name: str) -> date | None:
    """Read a date of the address; anything else, and any year before computers or far beyond us, is no date."""
    try:
        found_day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return found_day if found_day and 1970 <= found_day.year <= 3000 else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def found(request: CompanyRequest) -> QuerySet[Event]:
    """Return the events that the list's address asks for. Filters that make no sense are left out, never an error."""
    wanted, zone = request.GET, request.company.zone
    rows: QuerySet[Event] = Event.objects.for_company(request.company)
    if wanted.get("group") in GROUPS:
        heads = GROUPS[wanted["group"]][1]
        rows = rows.filter(verb__in=[verb for verb in VERBS if verb.split(".")[0] in heads])
    if wanted.get("verb") in VERBS:
        rows = rows.filter(verb=wanted["verb"])
    if person := _id(wanted.get("person", "")):
        rows = rows.filter(by_id=person)
    if subject := _id(wanted.get("subject", "")):
        rows = rows.filter(subject_id=subject)
    if since := _day(request, "since"):
        rows = rows.filter(happened_at__gte=datetime.combine(since, time.min, zone))
    if until := _day(request, "until"):
        rows = rows.filter(happened_at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    for word in search_words(wanted.get("q", "").replace("\x00", "")):
        rows = rows.filter(_about(request, word))
    return rows


def _about(request: CompanyRequest, word: str) -> Q:
    """A word may be in the subject's label, a person's name, or the request's id."""
    people = Membership.objects.for_company(request.company).filter(search_text__contains=word).values("pk")
    label = Q(search_text__contains=word) | Q(request_id=word)
    return label | Q(by__in=people) | Q(subject_type="accounts.membership", subject_id__in=people)


@require_GET
@permitted("audit.see")
def audit(request: CompanyRequest) -> HttpResponse:
    rows = found(request)
    page = paginate(rows.select_related("company", "seal", "token"), by=BY_TIME, cursor=request.GET.get("cursor", ""))
    count, exact = bounded_count(rows)
    last = SealedEvent.objects.filter(event__company=request.company).order_by("-number").first()
    people = Membership.objects.for_company(request.company).exclude(role=Role.SERVICE).order_by("name", "id")
    context = {
        "page": page, "entries": describe(page.rows, request.membership),
        "count": count, "exact": exact,
        "last": last, "people": people[:500],
        "verbs": sorted(((verb, words.did) for verb, words in VERBS.items()), key=lambda pair: str(pair[1])),
        "groups": [(key, words) for key, (words, _) in GROUPS.items()],
        "narrowed": any(request.GET.get(name) for name in ("q", "person", "verb", "group", "subject", "since", "until")),
    }  # fmt: skip
    return render(request, template_for(request, "events/audit.html", "results"), context)


@require_GET
@permitted("audit.see")
def audit_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream what the list shows. Times are ISO, codes stay beside the words so that programs can read it too."""
    words = ("Time", "Who", "Through", "Did", "Verb", "Subject", "Subject id", "Changes", "Request", "Seal")
    header = [gettext(word) for word in words]
    rows = found(request).select_related("company", "seal", "token").order_by("-happened_at", "-id")

    def lines() -> Iterator[list[Any]]:
        stream = rows.iterator(chunk_size=500)
        while batch := list(islice(stream, 500)):
            for entry in describe(batch):
                event = entry.event
                seal = event.seal.digest if hasattr(event, "seal") else ""
                changes = "; ".join(
                    f"{change.label}: {change.after}" if change.before is None
                    else f"{change.label}: {change.before} → {change.after}"
                    for change in entry.changes
                )  # fmt: skip
                yield [
                    event.happened_at.astimezone(request.company.zone).isoformat(timespec="seconds"), entry.who,
                    event.token.name if event.token else event.get_actor_display(), entry.did, event.verb, entry.subject,
                    event.subject_id, changes, event.request_id, seal,
                ]  # fmt: skip

    return csv_response("audit.csv", header, lines())


def mine(request: CompanyRequest) -> QuerySet[Notification]:
    rows = Notification.objects.filter(membership=request.membership, channel=Channel.IN_APP)
    return rows.select_related("event__company")


@require_GET
@permitted("company.see")
def notifications(request: CompanyRequest) -> HttpResponse:
    rows = mine(request)
    if request.GET.get("show") == "new":
        rows = rows.filter(read_at=None)
    page = paginate(rows, by=("id",), cursor=request.GET.get("cursor", ""))
    entries = zip(page.rows, describe([row.event for row in page.rows], request.membership), strict=True)
    unread = mine(request).filter(read_at=None).exists()
    context = {"page": page, "entries": list(entries), "unread": unread}
    return render(request, template_for(request, "events/notifications.html", "results"), context)


@require_POST
@permitted("company.see")
def notifications_reading(request: CompanyRequest) -> HttpResponse:
    """Mark everything read."""
    mine(request).filter(read_at=None).update(read_at=timezone.now())
    toast(request, gettext("All marked read."))
    return HttpResponse(status=303, headers={"Location": reverse("notifications", args=[request.company.slug])})


@require_GET
@permitted("company.see")
@never_cache
def notification(request: CompanyRequest, notification_id: UUID) -> HttpResponse:
    """Open what a notification is about, and note that it was read."""
    row = get_object_or_404(mine(request), pk=notification_id)
    mine(request).filter(pk=row.pk, read_at=None).update(read_at=timezone.now())
    return HttpResponseRedirect(
        link_of(row.event, request.membership) or reverse("notifications", args=[request.company.slug])
    )


def readable_addresses(user: User) -> set[str] | None:
    """Return the addresses whose mail a person may read in the developer's mailbox; None for an operator, who reads all.

    One's own, and those of people in companies one runs. Not of anybody who also belongs to another company, nor of an
    account that never accepted: inviting an address must not open the mail that resets its owner's password.
    """
    if user.is_superuser:
        return None
    here = Membership.objects.exclude(status=MembershipStatus.LEFT)
    mine = here.filter(user=user, status=MembershipStatus.ACTIVE, role__in=ADMINS)
    run, own = mine.values("company"), mine.filter(role=Role.OWNER).values("company")
    # An admin who could read an owner's mail could reset the owner's password, and be more than the role gives.
    below = here.filter(company__in=run).exclude(~Q(company__in=own), role=Role.OWNER)
    theirs = set(below.values_list("email", flat=True))
    elsewhere = set(here.exclude(company__in=run).filter(email__in=theirs).values_list("email", flat=True))
    joined = Q(memberships__company__in=run, memberships__status=MembershipStatus.ACTIVE)
    accounts = User.objects.filter(email__in=theirs)
    strangers = accounts.filter(Q(is_staff=True) | ~Q(pk__in=User.objects.filter(joined).values("pk")))
    members_elsewhere = accounts.filter(pk__in=here.exclude(company__in=run).exclude(user=None).values("user"))
    closed = elsewhere | set(strangers.union(members_elsewhere).values_list("email", flat=True))
    return (theirs - closed - {""}) | {user.email}


def _open(request: HttpRequest, name: UUID) -> Letter:
    """Return a mail this person may read, or 404. There is no mailbox where mail really goes out."""
    if settings.EMAIL_URL:
        raise Http404("mail goes out")
    found_letter, addresses = letter(name), readable_addresses(request.user)  # type: ignore[arg-type]
    if found_letter is None or (addresses is not None and not addresses & set(found_letter.to)):
        raise Http404("no such mail")
    return found_letter


@require_GET
@login_required
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    if settings.EMAIL_URL:
        raise Http404("mail goes out")
    addresses = readable_addresses(request.user)  # type: ignore[arg-type]
    return render(request, "events/mailbox.html", {"letters": list(letters(to=addresses))})


@require_GET
@login_required
@never_cache
def mailbox_letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    return render(request, "events/mailbox_letter.html", {"letter": _open(request, letter_id)})


@require_GET
@login_required
@never_cache
@csp({"default-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": ["allow-popups"], "frame-ancestors": [NONE]})  # type: ignore[arg-type]
def mailbox_letter_html(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Show a mail as a mail program does: its own styles, no script, nothing loaded."""
    return HttpResponse(_open(request, letter_id).html)
