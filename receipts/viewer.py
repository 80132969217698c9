"""A receipt as pages show it: signed links to its pictures, and words for where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import Membership
from pleo.lib import files, format
from pleo.lib.errors import DomainError
from receipts.alike import Twin, twins_of
from receipts.explain import explain
from receipts.media import KINDS
from receipts.models import EraseRule, Erasure, Page, Reading, Receipt, ReceiptStatus


@dataclass(frozen=True)
class Mark:
    """Where a field was read, in thousandths of the page; `field` is the name that forms and facts call it by."""

    field: str
    x: int
    y: int
    width: int
    height: int


# What the pages of expenses and receipts call the fields of a reading.
_SHOWN_AS = {"vat": "tax", "card_last_four": "card"}
# A little air around the letters.
_AIR = 0.006


@dataclass(frozen=True)
class PageView:
    """One page: the picture and its thumbnails (320 and 96 px wide) as links that end soon, and what was read where."""

    number: int
    width: int
    height: int
    url: str
    thumbnail: str
    small: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Viewer:
    """What `receipts/_viewer.html` needs; include it with `only`. `pages` is empty while the receipt is waiting or unreadable."""

    id: UUID
    name: str
    status: str
    pages: list[PageView]
    page_count: int
    source: str
    by: str
    sent_at: object
    problem: str
    url: str
    original_url: str
    # What happened to an erased one and what is left of it; empty for all others.
    erased: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in (ReceiptStatus.RECEIVED, ReceiptStatus.PROCESSING)

    @property
    def is_unreadable(self) -> bool:
        return self.status == ReceiptStatus.UNREADABLE

    @property
    def left_out(self) -> int:
        """Pages of the file that are only in the original."""
        return max(self.page_count - len(self.pages), 0) if self.pages else 0


def viewer(receipt: Receipt) -> Viewer:
    """Prepare a receipt for `receipts/_viewer.html`. The caller has checked that the person may see it."""
    where = {"company": receipt.company.slug, "receipt_id": receipt.pk}
    marks = _marks(max(receipt.readings.all(), key=lambda reading: reading.pk, default=None))
    return Viewer(
        id=receipt.pk,
        name=receipt.file_name or gettext("Receipt"),
        status=receipt.status,
        pages=[]
        if receipt.erased_at
        else [page_view(page, marks.get(page.number, ())) for page in receipt.pages.order_by("number")],
        page_count=receipt.page_count,
        source=receipt.get_source_display(),
        by=receipt.uploaded_by.name,
        sent_at=receipt.created_at,
        problem=explain(receipt.last_error) if receipt.status == ReceiptStatus.UNREADABLE else "",
        url=reverse("receipt", kwargs=where),
        original_url=reverse("receipt-original", kwargs=where),
        erased=explain_erased(receipt),
    )


def explain_erased(receipt: Receipt) -> str:
    """Say when and why a receipt was erased, and what stays of it; empty while it is kept."""
    if receipt.erased_at is None:
        return ""
    erasure = Erasure.objects.filter(receipt=receipt).select_related("by").first()
    day = format.full_day(receipt.company.day_of(receipt.erased_at))
    if erasure is not None and erasure.rule == EraseRule.BY_HAND and erasure.by is not None:
        why = gettext("Deleted by %(name)s on %(day)s.") % {"name": erasure.by.name, "day": day}
    else:
        why = gettext("Erased on %(day)s: the time for which receipts are kept was over.") % {"day": day}
    left = [format.full_day(erasure.day)] if erasure and erasure.day else []
    if erasure and erasure.money:
        left.append(format.amount(erasure.money))
    digest = gettext("SHA-256 %(digest)s") % {"digest": f"{receipt.sha256[:8]} … {receipt.sha256[-4:]}"}
    return f"{why} {gettext('What is left of it:')} {', '.join([*left, digest])}."


def _marks(reading: Reading | None) -> dict[int, tuple[Mark, ...]]:
    """Return by page where the fields of a reading stand; e-invoices and boxes that make no sense give none."""
    found: dict[int, list[Mark]] = {}
    for name, entry in (reading.fields if reading else {}).items():
        box, page = entry.get("box"), entry.get("page")
        if not (isinstance(page, int) and isinstance(box, list) and len(box) == 4):
            continue
        left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in box)
        x, y = max(left - _AIR, 0.0), max(top - _AIR, 0.0)
        mark = Mark(
            _SHOWN_AS.get(name, name), round(1000 * x), round(1000 * y),
            round(1000 * (min(right + _AIR, 1.0) - x)), round(1000 * (min(bottom + _AIR, 1.0) - y)),
        )  # fmt: skip
        found.setdefault(page, []).append(mark)
    return {page: tuple(marks) for page, marks in found.items()}


def page_view(page: Page, marks: tuple[Mark, ...] = ()) -> PageView:
    """Return a page with its signed links."""
    return PageView(
        number=page.number,
        width=page.width,
        height=page.height,
        url=files.signed_url(page.image_key, media_type="image/jpeg"),
        thumbnail=files.signed_url(page.thumbnail_key, media_type="image/webp"),
        small=files.signed_url(page.small_key or page.thumbnail_key, media_type="image/webp"),
        marks=marks,
    )


@dataclass(frozen=True)
class TwinView:
    """Another receipt that may be the same paper, for `receipts/_twins.html`."""

    name: str
    by: str
    sent_at: object
    reason: str
    url: str
    small: str


def twins_seen_by(membership: Membership, receipts: Iterable[Receipt]) -> dict[UUID, list[TwinView]]:
    """Return by receipt the others that may be the same paper, as far as a person may see them, in a fixed number of queries."""
    found = twins_of(receipts)
    keys = {twin.receipt.pk for twins in found.values() for twin in twins}
    visible = Receipt.objects.visible_to(membership).filter(pk__in=keys).prefetch_related("pages")
    seen = {receipt.pk: receipt for receipt in visible}
    return {
        key: [_twin_view(twin, seen[twin.receipt.pk]) for twin in twins if twin.receipt.pk in seen]
        for key, twins in found.items()
    }


def _twin_view(twin: Twin, receipt: Receipt) -> TwinView:
    cover = None if receipt.erased_at else min(receipt.pages.all(), key=lambda page: page.number, default=None)
    return TwinView(
        name=receipt.file_name or gettext("Receipt"),
        by=twin.receipt.uploaded_by.name,
        sent_at=receipt.created_at,
        reason=twin.reason,
        url=reverse("receipt", kwargs={"company": twin.receipt.company.slug, "receipt_id": receipt.pk}),
        small=page_view(cover).small if cover else "",
    )


class NotServed(DomainError):
    """The original is erased, carries a virus, or nobody has looked whether it does."""

    code = "receipt_not_served"
    status = 409

    def message(self) -> str:
        if self.params.get("is_erased"):
            return gettext("This receipt was erased. Only its row is left for the books.")
        if self.params.get("scan"):
            return gettext("A virus was found in this file. Nobody can open it here.")
        return gettext("This file is still being checked for viruses. Try again in a moment.")


def original_link(receipt: Receipt) -> str:
    """Return a signed link that saves the original under its own name, with the ending that its content calls for.

    Raises NotServed.
    """
    if not receipt.is_servable:
        raise NotServed(scan=receipt.scan, is_erased=receipt.erased_at is not None)
    kind = KINDS[receipt.media_type]
    stem = receipt.file_name.rpartition(".")[0] or receipt.file_name or f"receipt-{receipt.pk}"
    return files.signed_url(receipt.key, media_type=kind.media_type, name=f"{stem}.{kind.extension}", download=True)
