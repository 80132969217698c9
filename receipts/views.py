"""Pages of receipts: add some, look at one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.ids import uuid7
from receipts.facts import facts, latest
from receipts.ingest import ingest
from receipts.mail_address import is_open, may_have_one, personal_address
from receipts.models import Reading, Receipt, ReceiptStatus, Source
from receipts.retry import retry
from receipts.viewer import original_link, page_view, twins_seen_by, viewer

LATEST = 12
FILES_AT_ONCE = 50


@dataclass
class Sent:
    """What became of the files of one request."""

    receipts: list[Receipt] = field(default_factory=list)
    refused: list[tuple[str, DomainError]] = field(default_factory=list)


@require_http_methods(["GET", "POST"])
@permitted("receipts.upload")
def upload(request: CompanyRequest) -> HttpResponseBase:
    """Add receipts: a page with the latest ones and how far they are. Sends of a script answer JSON, one file each."""
    as_json = "application/json" in request.headers.get("Accept", "")
    if request.method == "GET":
        name = "receipts/upload.html#latest" if wants_fragment(request) else "receipts/upload.html"
        return render(request, name, _latest(request))
    sent = _take(request)
    if as_json:
        return answer(request, sent)
    if sent.refused or not sent.receipts:
        return render(request, "receipts/upload.html", _latest(request, sent), status=422)
    count = len(sent.receipts)
    text = ngettext("%(count)d receipt added", "%(count)d receipts added", count) % {"count": count}
    toast(request, text)
    where = _page(request, sent.receipts[0]) if count == 1 else reverse("receipts-upload", args=[request.company.slug])
    return HttpResponseRedirect(where, status=303)


def _take(request: CompanyRequest) -> Sent:
    """Take in every file of the request; one that is refused does not stop the others."""
    sent = Sent()
    keys = request.POST.getlist("client_key")
    given = [*request.FILES.getlist("file"), *request.FILES.getlist("files")][:FILES_AT_ONCE]
    for place, file in enumerate(given):
        given_key = keys[place][:64].replace("\x00", "") if place < len(keys) else ""
        key = given_key or str(uuid7())
        try:
            receipt = ingest(
                by=request.membership, file=file, source=source_of(request), client_key=key, now=timezone.now()
            )
        except DomainError as error:
            sent.refused.append((file.name or "", error))
        else:
            sent.receipts.append(receipt)
    return sent


def source_of(request: CompanyRequest) -> str:
    """Return whether a phone or a desk sent this."""
    said = request.POST.get("source")
    if said in (Source.WEB, Source.PHONE):
        return said
    return Source.PHONE if "Mobile" in request.headers.get("User-Agent", "") else Source.WEB


def _page(request: CompanyRequest, receipt: Receipt) -> str:
    return reverse("receipt", kwargs={"company": request.company.slug, "receipt_id": receipt.pk})


def answer(request: CompanyRequest, sent: Sent) -> JsonResponse:
    """Answer a script: 201 with what was stored, else why the first file was refused."""
    stored = [
        {"id": str(receipt.pk), "url": _page(request, receipt), "status": receipt.status} for receipt in sent.receipts
    ]
    if sent.refused:
        error = sent.refused[0][1]
        body: dict[str, Any] = {"error": {"code": error.code, "message": error.message()}, "receipts": stored}
        return JsonResponse(body, status=error.status)
    if not stored:
        return JsonResponse({"error": {"code": "no_file", "message": gettext("Choose a file first.")}}, status=422)
    visible = Receipt.objects.visible_to(request.membership).values("pk")
    again = any(receipt.twins().filter(pk__in=visible).exists() for receipt in sent.receipts)
    warning = {"warning": gettext("Arrived. The very same file came before.")} if again else {}
    return JsonResponse({"receipts": stored, **stored[0], **warning}, status=201)


def _latest(request: CompanyRequest, sent: Sent | None = None) -> dict[str, Any]:
    """Return the person's latest receipts and whether any of them is still being read."""
    rows = Receipt.objects.for_company(request.company).filter(uploaded_by=request.membership, erased_at=None)
    light = Prefetch("readings", Reading.objects.defer("lines", "amounts"))
    receipts = list(rows.order_by("-created_at", "-id").prefetch_related("pages", light)[:LATEST])
    lines: list[dict[str, Any]] = []
    for receipt in receipts:
        pages = sorted(receipt.pages.all(), key=lambda page: page.number)
        readings = sorted(receipt.readings.all(), key=lambda reading: reading.pk)
        read = {fact.code: fact for fact in facts(readings[-1] if readings else None, home=request.company.currency)}
        lines.append({"receipt": receipt, "page": page_view(pages[0]) if pages else None, "read": read})
    seen = twins_seen_by(request.membership, receipts)
    for line in lines:
        line["again"] = bool(seen.get(line["receipt"].pk))
    waiting = any(receipt.status in (ReceiptStatus.RECEIVED, ReceiptStatus.PROCESSING) for receipt in receipts)
    refused = [(name, error.message()) for name, error in sent.refused] if sent else []
    nothing = sent is not None and not refused and not sent.receipts
    return {
        "lines": lines,
        "waiting": waiting,
        "refused": refused,
        "nothing": nothing,
        "address": personal_address(membership=request.membership)
        if is_open() and may_have_one(request.membership)
        else "",
        "limit": settings.RECEIPT_MAX_BYTES // 1024**2,
    }


def _visible(request: CompanyRequest, receipt_id: UUID) -> Receipt:
    rows = Receipt.objects.visible_to(request.membership).select_related("company", "uploaded_by")
    found: Receipt = get_object_or_404(rows, pk=receipt_id)
    return found


@require_GET
@permitted("receipts.see")
def receipt(request: CompanyRequest, receipt_id: UUID) -> HttpResponse:
    """One receipt: its pages, and what was read."""
    return render(request, "receipts/receipt.html", _shown(request, _visible(request, receipt_id)))


@require_GET
@permitted("receipts.see")
def status(request: CompanyRequest, receipt_id: UUID) -> HttpResponse:
    """The part of a receipt's page that changes while it is read; asks for itself again until it is."""
    return render(request, "receipts/receipt.html#body", _shown(request, _visible(request, receipt_id)))


def _shown(request: CompanyRequest, receipt: Receipt) -> dict[str, Any]:
    reading = latest(receipt)
    found = facts(reading, home=request.company.currency)
    merchant = next((fact.text for fact in found if fact.code == "merchant"), "")
    return {
        "receipt": receipt,
        "viewer": viewer(receipt),
        "facts": found,
        "reading": reading,
        "title": merchant or receipt.file_name or gettext("Receipt"),
        "twins": twins_seen_by(request.membership, [receipt]).get(receipt.pk, []),
    }


@require_POST
@permitted("receipts.upload")
def retry_reading(request: CompanyRequest, receipt_id: UUID) -> HttpResponseBase:
    """Try again to read a receipt that could not be read."""
    found = _visible(request, receipt_id)
    try:
        retry(receipt=found, by=request.membership, now=timezone.now())
    except DomainError as error:
        context = {**_shown(request, found), "problem": error.message()}
        return render(request, "receipts/receipt.html", context, status=error.status)
    return HttpResponseRedirect(_page(request, found), status=303)


@require_GET
@permitted("receipts.see")
def original(request: CompanyRequest, receipt_id: UUID) -> HttpResponseBase:
    """Go to the original file, by a link made now: those on the page may have ended while it stood open."""
    found = _visible(request, receipt_id)
    try:
        return HttpResponseRedirect(original_link(found), status=303)
    except DomainError as error:
        context = {**_shown(request, found), "problem": error.message()}
        return render(request, "receipts/receipt.html", context, status=error.status)
