"""Receipts by e-mail: a person's addresses, the link that proves one, and the log of what came in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from receipts.forms_mail import MailFilter, SenderForm
from receipts.ingest import explain_refusal
from receipts.mail_address import is_open, may_have_one, personal_address, renew_address
from receipts.models import InboundMail, SenderAddress
from receipts.retake_mail import may_retake, retake_mail
from receipts.sender_addresses import add_sender, confirm_sender, find_sender, remove_sender

LATEST = 8
SORTS = {
    "date": (("received_at", "id"), False),
    "-date": (("received_at", "id"), True),
    "sender": (("sender", "id"), False),
    "-sender": (("sender", "id"), True),
}


def _to(request: CompanyRequest, name: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(name, kwargs={"company": request.company.slug}), status=303)


@require_http_methods(["GET", "POST"])
@permitted("receipts.upload")
def by_mail(request: CompanyRequest) -> HttpResponseBase:
    """A person's address for receipts, the addresses they send from, and what came of their latest mail."""
    form = SenderForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and may_have_one(request.membership):
        try:
            add_sender(membership=request.membership, email=form.cleaned_data["email"], now=timezone.now())
        except DomainError as error:
            form.add_error("email", error.message())
        else:
            toast(request, _("We mailed a link to it. Open it there, and receipts from it are taken."))
            return _to(request, "receipts-by-mail")
    return render(request, "receipts/by_mail.html", _mine(request, form), status=422 if form.errors else 200)


def _mine(request: CompanyRequest, form: SenderForm) -> dict[str, Any]:
    person = request.membership
    has_one = is_open() and may_have_one(person)
    mails = InboundMail.objects.for_company(request.company).filter(membership=person)
    return {
        "form": form,
        "address": personal_address(membership=person) if has_one else "",
        "login_is_proven": EmailAddress.objects.filter(
            user=person.user_id, email__iexact=person.user.email, verified=True
        ).exists()
        if person.user
        else False,
        "senders": SenderAddress.objects.filter(membership=person).order_by("created_at", "id"),
        "lines": _lines(list(mails.order_by("-received_at", "-id")[:LATEST])),
    }


def _lines(mails: list[InboundMail]) -> list[dict[str, Any]]:
    """Return mails with what became of their parts, fetched for all of them at once."""
    prefetch_related_objects(mails, "parts")
    lines = []
    for mail in mails:
        parts = sorted(mail.parts.all(), key=lambda part: part.number)
        lines.append(
            {
                "mail": mail,
                "receipts": [part for part in parts if part.receipt_id],
                "refusals": [(part.file_name, explain_refusal(part.refusal)) for part in parts if part.refusal],
                "may_retake": may_retake(mail),
            }
        )
    return lines


@require_POST
@permitted("receipts.upload")
def address_renewal(request: CompanyRequest) -> HttpResponseBase:
    """Give the person a new address; the old one takes nothing in any more."""
    if may_have_one(request.membership):
        renew_address(membership=request.membership, now=timezone.now())
        toast(request, _("This is your new address. Give it to whoever had the old one."))
    return _to(request, "receipts-by-mail")


@require_POST
@permitted("receipts.upload")
def sender_removal(request: CompanyRequest, sender_id: UUID) -> HttpResponseBase:
    """Take no receipts from an address any more."""
    row = get_object_or_404(
        SenderAddress.objects.for_company(request.company), pk=sender_id, membership=request.membership
    )
    remove_sender(sender=row, by=request.membership, now=timezone.now())
    toast(request, _("%(email)s is removed.") % {"email": row.email})
    return _to(request, "receipts-by-mail")


@require_http_methods(["GET", "POST"])
@never_cache
def sender_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a mailed link. Only its button counts: programs that look for harm open every link of a mail."""
    now = timezone.now()
    try:
        row = find_sender(token=token, now=now)
        if request.method == "POST":
            row = confirm_sender(sender=row, now=now)
    except DomainError as error:
        return render(request, "receipts/sender_link.html", {"error": error.message()}, status=error.status)
    return render(request, "receipts/sender_link.html", {"sender": row, "person": row.membership})


@require_GET
@permitted("mail.see")
def mails(request: CompanyRequest) -> HttpResponse:
    """All mail that came in for the company, and what became of each."""
    narrow = MailFilter(request.GET)
    rows = narrow.narrow(InboundMail.objects.visible_to(request.membership)).select_related("membership")
    by, descending = SORTS.get(request.GET.get("sort", ""), SORTS["-date"])
    page = paginate(rows, by=by, cursor=request.GET.get("cursor", ""), descending=descending)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "lines": _lines(page.rows), "count": count, "exact": exact}
    return render(request, template_for(request, "receipts/mails.html", "list"), context)


@require_GET
@permitted("mail.see")
def mails_csv(request: CompanyRequest) -> HttpResponseBase:
    """The log as filtered, as a file."""
    rows = MailFilter(request.GET).narrow(InboundMail.objects.visible_to(request.membership))
    rows = rows.select_related("membership").prefetch_related("parts").order_by("-received_at", "-id")
    zone = request.company.zone
    cells = (
        [
            row.received_at.astimezone(zone).isoformat(timespec="seconds"), row.membership.name if row.membership else "",
            row.sender, row.subject, row.get_outcome_display() or row.get_status_display(),
            sum(1 for part in row.parts.all() if part.receipt_id), row.size, row.message_id,
        ]
        for row in rows.iterator(chunk_size=200)
    )  # fmt: skip
    head = [_("Received"), _("Person"), _("From"), _("Subject"), _("Outcome"), _("Receipts"), _("Bytes"), "Message-ID"]
    return csv_response("mail-received.csv", head, cells)


@require_POST
@permitted("mail.see")
def mail_retry(request: CompanyRequest, mail_id: UUID) -> HttpResponseBase:
    """Open a mail again that failed or brought nothing."""
    row = get_object_or_404(InboundMail.objects.visible_to(request.membership), pk=mail_id)
    try:
        retake_mail(mail=row, by=request.membership, now=timezone.now())
    except DomainError as error:
        return HttpResponse(error.message(), status=error.status, content_type="text/plain; charset=utf-8")
    toast(request, _("It is opened again. This takes a few seconds."))
    return _to(request, "mails")
