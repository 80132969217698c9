"""The verbs of the wallet."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from events.sentences.verb import Verb

VERBS: dict[str, Verb] = {
    "top_up.received": Verb(_("Received top-up"), _("%(amount)s arrived in the wallet."), "wallet", "positive"),
    "top_up.ordered": Verb(_("Ordered top-up"), _("%(amount)s is being collected from the bank."), "calendar-clock"),
    "top_up.refused": Verb(
        _("Had top-up refused"), _("The bank refused to send %(amount)s: %(reason)s"), "circle-alert", "negative"
    ),
    "top_up_rule.set": Verb(_("Set top-up rule"), _("%(who)s lets %(subject)s top itself up."), "calendar-clock"),
    "top_up_rule.paused": Verb(_("Paused top-up rule"), _("%(who)s paused the top-up rule of %(subject)s."), "pause"),
    "top_up_rule.resumed": Verb(
        _("Resumed top-up rule"), _("%(who)s switched the top-up rule of %(subject)s on again."), "play"
    ),
    "top_up_rule.ended": Verb(_("Ended top-up rule"), _("%(who)s ended the top-up rule of %(subject)s."), "x"),
    "mandate.signed": Verb(_("Signed mandate"), _("%(who)s signed a mandate for %(subject)s."), "landmark"),
    "mandate.revoked": Verb(_("Took mandate back"), _("%(who)s took the mandate for %(subject)s back."), "landmark"),
    "low_balance.set": Verb(
        _("Set low-balance alert"), _("%(who)s wants to hear when %(subject)s falls below %(amount)s."), "bell"
    ),
    "low_balance.off": Verb(
        _("Switched low-balance alert off"), _("%(who)s switched the low-balance alert of %(subject)s off."), "bell"
    ),
    "low_balance.crossed": Verb(
        _("Ran low"), _("%(subject)s runs low: %(amount)s is available."), "circle-alert", "attention"
    ),
    "top_up.announced": Verb(_("Announced top-up"), _("%(who)s sent %(amount)s to the wallet."), "landmark"),
    "top_up.cancelled": Verb(_("Struck top-up out"), _("%(who)s did not send a top-up after all."), "landmark"),
    "top_up.returned": Verb(
        _("Returned top-up"), _("The bank took %(amount)s back: %(reason)s"), "landmark", "attention"
    ),
    "top_up.undone": Verb(_("Took top-up back"), _("%(who)s took the booking of %(amount)s back."), "undo-2"),
    "bank_statement.imported": Verb(
        _("Imported bank statement"), _("%(who)s imported the bank statement %(subject)s."), "landmark"
    ),
    "bank_statement.read": Verb(_("Read bank statement"), _("The bank statement %(subject)s is read."), "landmark"),
    "bank_line.waiting": Verb(
        _("Left lines unmatched"),
        _("Lines of the bank statement %(subject)s wait to be matched."),
        "landmark",
        "attention",
    ),
    "bank_line.matched": Verb(_("Matched bank line"), _("%(amount)s from the bank went to %(wallet)s."), "link-2"),
    "bank_line.ignored": Verb(
        _("Ignored bank line"), _("%(who)s put a bank line of %(amount)s aside: %(reason)s"), "x"
    ),
    "bank_line.undone": Verb(
        _("Took bank line up again"), _("%(who)s took the decision on a bank line of %(amount)s back."), "undo-2"
    ),
    "withdrawal.asked": Verb(
        _("Asked for withdrawal"), _("%(who)s wants to send %(amount)s to %(subject)s."), "landmark", "info"
    ),
    "withdrawal.sent": Verb(_("Sent to the bank"), _("%(who)s sent %(amount)s to %(subject)s."), "landmark"),
    "withdrawal.declined": Verb(
        _("Declined withdrawal"), _("%(who)s said not okay to %(amount)s for %(subject)s: %(reason)s"), "landmark"
    ),
    "withdrawal.cancelled": Verb(
        _("Took withdrawal back"), _("%(who)s took the request of %(amount)s back."), "undo-2"
    ),
    "fee.charged": Verb(_("Charged fee"), _("%(amount)s charged for %(subject)s."), "percent"),
    "sub_wallet.opened": Verb(_("Opened sub-wallet"), _("%(who)s opened the sub-wallet %(subject)s."), "wallet"),
    "sub_wallet.changed": Verb(_("Changed sub-wallet"), _("%(who)s changed the sub-wallet %(subject)s."), "wallet"),
    "sub_wallet.archived": Verb(_("Put sub-wallet away"), _("%(who)s put the sub-wallet %(subject)s away."), "wallet"),
    "sub_wallet.restored": Verb(
        _("Brought sub-wallet back"), _("%(who)s brought the sub-wallet %(subject)s back."), "wallet"
    ),
    "wallet.moved": Verb(
        _("Moved money"), _("%(who)s moved %(amount)s between wallets: %(subject)s."), "arrow-right-left"
    ),
}
