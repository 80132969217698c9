"""The verbs of receipts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from events.sentences.verb import Verb

VERBS: dict[str, Verb] = {
    "receipt.retried": Verb(_("Read again"), _("%(who)s had the receipt %(subject)s read again."), "rotate-cw"),
    "receipt.received": Verb(_("Added receipt"), _("%(who)s added the receipt %(subject)s."), "camera"),
    "receipt.ready": Verb(_("Read receipt"), _("The receipt %(subject)s is read."), "scan-text"),
    "receipt.unreadable": Verb(
        _("Could not read"), _("The receipt %(subject)s could not be read."), "file-x", "negative"
    ),
    "receipt.match_proposed": Verb(
        _("Proposed a match"), _("A purchase is proposed for the receipt %(subject)s."), "link-2"
    ),
}
