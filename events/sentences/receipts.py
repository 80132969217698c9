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
    "receipt.erased": Verb(_("Erased receipt"), _("The receipt %(subject)s was erased; its row stays."), "file-x"),
    "receipt.erasure_stopped": Verb(
        _("Kept after all"), _("The receipt %(subject)s was about to be erased and stays."), "undo-2"
    ),
    "receipt.match_proposed": Verb(
        _("Proposed a match"), _("A purchase is proposed for the receipt %(subject)s."), "link-2"
    ),
    "mail.taken": Verb(_("Opened mail"), _("The mail %(subject)s was opened."), "mail"),
    "mail.retried": Verb(_("Mail opened again"), _("%(who)s had the mail %(subject)s opened again."), "rotate-cw"),
    "receiving_address.renewed": Verb(
        _("New receiving address"), _("%(who)s has a new address for receipts."), "refresh-cw"
    ),
    "sender_address.added": Verb(_("Added a sender"), _("%(who)s added an address to send receipts from."), "mail"),
    "sender_address.confirmed": Verb(
        _("Confirmed a sender"), _("An address to send receipts from was confirmed."), "check"
    ),
    "sender_address.removed": Verb(_("Removed a sender"), _("%(who)s removed an address to send receipts from."), "x"),
}
