"""Stored codes of receipts as sentences, in the language of who reads them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext


def explain(error: dict[str, Any] | None) -> str:
    """Return what went wrong with a file and what can be done; empty without an error."""
    if not error:
        return ""
    code = error.get("code", "")
    sentences = {
        "broken": gettext(
            "The file is damaged or was cut off on the way. Take the photo again, or ask the shop for a copy."
        ),
        "encrypted": gettext("The PDF is locked with a password. Save it without one and send it again."),
        "unsafe_xml": gettext("The invoice's XML holds entities or is larger than invoices are, and was not opened."),
        "no_invoice": gettext("The XML is no invoice that can be read. Ask the sender for a PDF."),
        "infected": gettext(
            "A virus was found in the file (%(virus)s). Nobody can open it here. Take a photo of the receipt instead."
        ),
        "no_pages": gettext("The PDF has no pages."),
        "too_many_pixels": gettext(
            "The picture has %(megapixels)s megapixels; up to %(limit)s can be opened. Send a smaller one."
        ),
        "too_slow": gettext("The file took too long to open. Send a photo of the receipt, or a PDF with fewer pages."),
        "too_much_memory": gettext("The file needs more memory than one receipt may use. Send a photo of it instead."),
        "original_missing": gettext("The stored file cannot be found. Our side, not yours. Send the receipt again."),
        "decoder_killed": gettext("Reading stopped half-way, several times. Our side, not yours. Try again."),
        "worker_died": gettext("Reading stopped half-way, several times. Our side, not yours. Try again."),
        "our_fault": gettext("Reading failed. Our side, not yours. The file is safe. Try again."),
    }
    sentence = sentences.get(code) or gettext("The file could not be read. It is kept as it came.")
    return sentence % {name: value for name, value in error.items() if name != "code"}
