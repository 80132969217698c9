"""Events in words. An event is stored as codes and parameters; this table turns each verb into what a person reads.

One line per verb: what was done (for the audit log, beside who and to what), and the whole sentence (for notifications).
`%(who)s`, `%(subject)s` and the event's own parameters can stand in the sentence. A test finds every verb of the code here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = Promise | str


@dataclass(frozen=True)
class Verb:
    """How a verb reads. `icon` and `tone` mark it where a list shows many."""

    did: Words
    sentence: Words
    icon: str = "bell"
    tone: str = "neutral"


VERBS: dict[str, Verb] = {
    # accounts
    "company.created": Verb(_("Founded"), _("%(who)s set up %(subject)s."), "building-2"),
    "company.changed": Verb(_("Changed company"), _("%(who)s changed the company’s details."), "building-2"),
    "person.invited": Verb(_("Invited"), _("%(who)s invited %(subject)s."), "user-round-plus"),
    "person.invited_again": Verb(_("Invited again"), _("%(who)s sent %(subject)s the invitation again."), "mail"),
    "person.invitation_withdrawn": Verb(
        _("Took back invitation"), _("%(who)s took the invitation of %(subject)s back."), "mail-x"
    ),
    "person.leaving": Verb(_("Began to let go"), _("%(who)s began to let %(subject)s go."), "log-out"),
    "person.stays": Verb(_("Stays"), _("%(who)s let %(subject)s stay after all."), "undo-2"),
    "person.left": Verb(_("Left"), _("%(subject)s left the company, shown out by %(who)s."), "user-round-x"),
    "person.rejoined": Verb(_("Came back"), _("%(who)s let %(subject)s back in."), "user-round-plus"),
    "person.joined": Verb(_("Joined"), _("%(who)s joined."), "user-round"),
    "person.role_changed": Verb(_("Changed role"), _("%(who)s changed the role of %(subject)s."), "user-round-cog"),
    "person.changed": Verb(_("Changed person"), _("%(who)s changed the details of %(subject)s."), "user-round-cog"),
    "team.created": Verb(_("Made team"), _("%(who)s made the team %(subject)s."), "users"),
    "team.changed": Verb(_("Changed team"), _("%(who)s changed the team %(subject)s."), "users"),
    "token.created": Verb(_("Made API token"), _("%(who)s made the API token %(subject)s."), "key-round"),
    "token.revoked": Verb(_("Revoked API token"), _("%(who)s revoked the API token %(subject)s."), "key-round"),
    # wallet
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
    # cards
    "card.wallet_changed": Verb(
        _("Changed wallet of card"), _("%(who)s let the card %(subject)s pay from another wallet."), "arrow-right-left"
    ),
    "card.issued": Verb(_("Issued card"), _("%(who)s issued the card %(subject)s."), "credit-card"),
    "card.frozen": Verb(pgettext_lazy("card", "Froze"), _("%(who)s froze the card %(subject)s."), "snowflake"),
    "card.differed": Verb(
        _("Differed"), _("The card issuer had the card %(subject)s otherwise; it is put right."), "rotate-cw"
    ),
    "funds.asked": Verb(_("Asked for money"), _("%(who)s asked the card issuer to fetch %(amount)s."), "landmark"),
    "card.refused": Verb(_("Not made"), _("The card issuer does not make the card %(subject)s."), "circle-x"),
    "holder.blocked": Verb(_("Blocked"), _("The card issuer does not let %(subject)s spend."), "lock"),
    "card.thawed": Verb(pgettext_lazy("card", "Thawed"), _("%(who)s thawed the card %(subject)s."), "play"),
    "card.closed": Verb(
        pgettext_lazy("card", "Closed"), _("The card %(subject)s was closed for good: %(because)s."), "circle-x"
    ),
    "card.activated": Verb(_("Activated card"), _("%(who)s activated the card %(subject)s."), "check", "positive"),
    "card.tries_allowed": Verb(
        _("Allowed more tries"), _("%(who)s allowed more tries to activate %(subject)s."), "rotate-cw"
    ),
    "card.shipping_changed": Verb(_("Post"), _("The card %(subject)s: %(shipping)s."), "package"),
    "card.number_shown": Verb(_("Looked at the number"), _("%(who)s looked at the number of %(subject)s."), "eye"),
    "card.pin_shown": Verb(_("Opened the PIN"), _("%(who)s opened the PIN of %(subject)s."), "hash"),
    "card.pin_set": Verb(_("Set PIN"), _("The PIN of %(subject)s is set."), "hash"),
    "card.pin_blocked": Verb(
        _("Blocked PIN"), _("The PIN of %(subject)s is blocked after too many wrong tries."), "hash", "negative"
    ),
    "subscription.price_changed": Verb(
        _("Price changed"), _("%(subject)s costs %(amount)s now."), "trending-up", "attention"
    ),
    "subscription.changed": Verb(
        _("Changed subscription"), _("%(who)s changed the subscription of %(subject)s."), "pencil"
    ),
    "consent.asked": Verb(_("Asked the holder"), _("%(subject)s asks: is it you who pays %(amount)s?"), "shield-check"),
    "consent.approved": Verb(_("Said yes"), _("%(who)s said yes to %(amount)s at %(subject)s."), "check", "positive"),
    "consent.denied": Verb(_("Said no"), _("%(who)s said no to %(amount)s at %(subject)s."), "circle-x", "negative"),
    "consent.expired": Verb(
        _("Not answered"), _("Nobody answered for %(amount)s at %(subject)s, so the shop was told no."), "timer-off"
    ),
    "consent.answered_late": Verb(
        _("Answered too late"),
        _("%(who)s answered for %(subject)s after the deadline; it changes nothing."),
        "clock-alert",
    ),
    "card_batch.started": Verb(
        _("Began a file of cards"), _("%(who)s had %(cards)s cards made from %(subject)s."), "upload"
    ),
    "card_batch.done": Verb(
        _("Made a file of cards"), _("%(cards)s cards of %(subject)s are made, %(left_out)s lines are not."), "check"
    ),
    "limit.set": Verb(_("Set limit"), _("%(who)s set a limit on %(subject)s."), "gauge"),
    "limit.tried": Verb(_("Tries a limit"), _("%(who)s tries a limit on %(subject)s."), "flask-conical"),
    "limit.trial_ended": Verb(
        _("Ended trial"), _("%(who)s ended the trial of a limit on %(subject)s."), "flask-conical"
    ),
    "limit.raised": Verb(_("Raised for a while"), _("%(who)s raised a limit of %(subject)s for a while."), "gauge"),
    "limit.raise_ended": Verb(_("Ended raise"), _("%(who)s ended the raise of a limit of %(subject)s."), "gauge"),
    "limit.crossed": Verb(
        _("Crossed soft limit"),
        _("%(merchant)s brought %(subject)s %(amount)s over a soft limit (%(interval)s). It was approved."),
        "gauge",
        "attention",
    ),
    "control.set": Verb(_("Set rule"), _("%(who)s set a rule on %(subject)s."), "scale"),
    "control.removed": Verb(_("Removed rule"), _("%(who)s removed a rule of %(subject)s."), "scale"),
    "control.tried": Verb(_("Tries a rule"), _("%(who)s tries a rule on %(subject)s."), "flask-conical"),
    "control.trial_ended": Verb(
        _("Ended trial"), _("%(who)s ended the trial of a rule on %(subject)s."), "flask-conical"
    ),
    "control.locked": Verb(_("Locked itself"), _("The card %(subject)s locked itself to %(merchant)s."), "lock"),
    "allowance.granted": Verb(
        _("Allowed once"), _("%(who)s allows %(amount)s at %(subject)s once."), "check", "positive"
    ),
    "allowance.withdrawn": Verb(_("Took back"), _("%(who)s no longer allows the purchase at %(subject)s."), "undo-2"),
    "template.created": Verb(_("Made card policy"), _("%(who)s made the card policy %(subject)s."), "scale"),
    "template.changed": Verb(_("Changed card policy"), _("%(who)s changed the card policy %(subject)s."), "scale"),
    "template.archived": Verb(_("Archived card policy"), _("%(who)s archived the card policy %(subject)s."), "scale"),
    "card.follows": Verb(
        _("Follows card policy"), _("%(who)s made %(subject)s follow the policy %(policy)s."), "scale"
    ),
    "card.own_rules": Verb(_("Got own rules"), _("%(who)s gave %(subject)s rules of its own."), "scale"),
    "card_request.made": Verb(_("Asked"), _("%(who)s asks: %(wish)s, %(subject)s, %(amount)s."), "inbox", "attention"),
    "card_request.withdrawn": Verb(_("Took back"), _("%(who)s took a wish back: %(subject)s."), "undo-2"),
    "card_request.granted": Verb(
        _("Granted"), _("%(who)s granted: %(wish)s, %(subject)s, %(amount)s."), "check", "positive"
    ),
    "card_request.refused": Verb(_("Did not grant"), _("%(who)s did not grant: %(wish)s, %(subject)s."), "circle-x"),
    "limit.removed": Verb(_("Removed limit"), _("%(who)s removed a limit of %(subject)s."), "gauge"),
    "authorization.approved": Verb(
        _("Approved purchase"), _("%(amount)s reserved at %(subject)s."), "check", "positive"
    ),
    "authorization.declined": Verb(
        _("Declined purchase"), _("A purchase of %(amount)s at %(subject)s was declined."), "ban", "negative"
    ),
    "authorization.reported": Verb(
        _("Reported purchase"), _("The card network reported a purchase at %(subject)s."), "radio"
    ),
    "authorization.incremented": Verb(_("Raised reserve"), _("The reserve at %(subject)s grew."), "plus"),
    "authorization.advised": Verb(_("Corrected reserve"), _("The reserve at %(subject)s was corrected."), "scale"),
    "authorization.reversed": Verb(_("Released"), _("The reserve at %(subject)s was released."), "undo-2"),
    "authorization.expired": Verb(_("Let expire"), _("The reserve at %(subject)s ran out."), "timer-off"),
    "clearing.purchase": Verb(_("Settled purchase"), _("%(amount)s settled at %(subject)s."), "check-check"),
    "clearing.cash": Verb(_("Settled cash"), _("%(amount)s taken as cash at %(subject)s settled."), "banknote"),
    "clearing.refund": Verb(_("Refunded"), _("%(subject)s refunded %(amount)s."), "undo-2", "positive"),
    "clearing.refund_reversal": Verb(
        _("Took refund back"), _("%(subject)s took a refund of %(amount)s back."), "undo-2"
    ),
    "clearing.correction_debit": Verb(_("Corrected"), _("%(subject)s charged %(amount)s more."), "scale"),
    "clearing.correction_credit": Verb(_("Corrected"), _("%(subject)s gave %(amount)s back."), "scale"),
    "clearing.chargeback": Verb(_("Returned"), _("The disputed %(amount)s of %(subject)s came back."), "shield-check"),
    "clearing.chargeback_reversal": Verb(
        _("Charged again"), _("The disputed %(amount)s of %(subject)s was charged again."), "shield-check"
    ),
    "authorization.increment_declined": Verb(
        _("Declined more"), _("%(amount)s more at %(subject)s was declined. What is reserved stays."), "ban", "negative"
    ),
    "refund.announced": Verb(
        _("Announced refund"), _("%(subject)s will refund %(amount)s. It is not in the wallet yet."), "undo-2"
    ),
    "message.refused": Verb(
        _("Refused message"), _("A message of the card issuer was refused: %(code)s."), "circle-alert", "negative"
    ),
    "dispute.opened": Verb(_("Disputed"), _("%(who)s disputes %(amount)s at %(subject)s."), "flag"),
    "dispute.submitted": Verb(
        _("Sent dispute"), _("The dispute of %(amount)s at %(subject)s is with the card issuer."), "upload"
    ),
    "dispute.credited": Verb(
        _("Credited"),
        _("%(amount)s at %(subject)s is credited until the dispute is decided."),
        "shield-check",
        "positive",
    ),
    "dispute.contested": Verb(
        _("Shop objects"), _("%(subject)s objects to the dispute of %(amount)s."), "flag", "negative"
    ),
    "dispute.won": Verb(
        _("Won dispute"), _("The dispute of %(amount)s at %(subject)s is won."), "shield-check", "positive"
    ),
    "dispute.lost": Verb(
        _("Lost dispute"), _("The dispute of %(amount)s at %(subject)s is lost."), "circle-x", "negative"
    ),
    "dispute.withdrawn": Verb(
        _("Ended dispute"), _("The dispute of %(amount)s at %(subject)s ended without a decision."), "circle-x"
    ),
    # receipts
    "receipt.retried": Verb(_("Read again"), _("%(who)s had the receipt %(subject)s read again."), "rotate-cw"),
    "receipt.received": Verb(_("Added receipt"), _("%(who)s added the receipt %(subject)s."), "camera"),
    "receipt.ready": Verb(_("Read receipt"), _("The receipt %(subject)s is read."), "scan-text"),
    "receipt.unreadable": Verb(
        _("Could not read"), _("The receipt %(subject)s could not be read."), "file-x", "negative"
    ),
    "receipt.match_proposed": Verb(
        _("Proposed a match"), _("A purchase is proposed for the receipt %(subject)s."), "link-2"
    ),
    # expenses
    "expense.created": Verb(_("Began expense"), _("A new expense: %(subject)s."), "receipt-text"),
    "expense.claimed": Verb(_("Claimed"), _("%(who)s claims %(amount)s for %(subject)s."), "hand-coins"),
    "expense.claim_changed": Verb(_("Changed claim"), _("%(who)s changed what %(subject)s asks for."), "pencil"),
    "expense.review_reopened": Verb(
        _("Back to review"), _("The okay on %(subject)s fell, because the money changed."), "eye", "attention"
    ),
    "balance.settled": Verb(
        _("Settled by hand"), _("%(who)s wrote down that %(subject)s paid %(amount)s back."), "scale"
    ),
    "balance.settlement_undone": Verb(
        _("Took settlement back"), _("%(who)s took back what was written down for %(subject)s."), "undo-2"
    ),
    "bank_account.changed": Verb(
        _("Changed bank account"), _("%(who)s changed the bank account of %(subject)s."), "landmark", "attention"
    ),
    "bank_account.company_changed": Verb(
        _("Changed company account"),
        _("%(who)s changed the account that the company pays from."),
        "landmark",
        "attention",
    ),
    "run.prepared": Verb(_("Proposed run"), _("%(who)s proposed run %(subject)s: %(amount)s."), "hand-coins"),
    "run.released": Verb(_("Released run"), _("%(who)s released run %(subject)s: money is on its way."), "check"),
    "run.cancelled": Verb(_("Cancelled run"), _("%(who)s cancelled run %(subject)s."), "undo-2"),
    "run.fetched": Verb(_("Fetched file"), _("%(who)s took the file of run %(subject)s."), "download"),
    "run.scheduled": Verb(_("Scheduled runs"), _("%(who)s changed when runs are proposed."), "calendar-clock"),
    "payout.paid": Verb(_("Paid back"), _("%(amount)s was paid back to %(subject)s."), "check-check", "positive"),
    "payout.failed": Verb(
        _("Payment refused"),
        _("The bank refused %(amount)s for %(subject)s. It will be paid again."),
        "circle-alert",
        "negative",
    ),
    "period.locked": Verb(_("Closed period"), _("%(who)s closed the past up to a day."), "lock"),
    "period.opened": Verb(_("Opened period"), _("%(who)s opened a closed period again."), "lock"),
    "period.overridden": Verb(
        _("Overrode lock"), _("%(who)s changed %(subject)s in a closed period."), "circle-alert", "attention"
    ),
    "expense.refund_linked": Verb(
        _("Linked refund"), _("%(who)s said which purchase %(subject)s belongs to."), "link-2"
    ),
    "expense.claim_withdrawn": Verb(_("Withdrew claim"), _("%(who)s took the claim for %(subject)s back."), "undo-2"),
    "expense.reserved_changed": Verb(
        _("Changed reserved amount"), _("The amount reserved for %(subject)s changed."), "hourglass"
    ),
    "expense.settled": Verb(_("Settled"), _("%(subject)s settled."), "check-check"),
    "expense.released": Verb(_("Released"), _("The money reserved for %(subject)s is free again."), "undo-2"),
    "expense.coded": Verb(_("Coded"), _("%(who)s coded %(subject)s."), "tag"),
    "expense.split": Verb(_("Split"), _("%(who)s split %(subject)s."), "list"),
    "expense.reading_confirmed": Verb(
        _("Checked the reading"), _("%(who)s checked what was read for %(subject)s."), "scan-text"
    ),
    "expense.receipt_attached": Verb(_("Attached receipt"), _("A receipt was attached to %(subject)s."), "paperclip"),
    "expense.receipt_detached": Verb(
        _("Detached receipt"), _("%(who)s detached the receipt from %(subject)s."), "paperclip"
    ),
    "expense.reviewed": Verb(_("Reviewed"), _("%(who)s decided on %(subject)s: %(outcome)s."), "eye", "info"),
    "expense.review_withdrawn": Verb(
        _("Took decision back"), _("%(who)s took the decision on %(subject)s back."), "undo-2"
    ),
    "master.created": Verb(_("Added master"), _("%(who)s added %(subject)s to the masters."), "book-open"),
    "master.changed": Verb(_("Changed master"), _("%(who)s changed %(subject)s in the masters."), "book-open"),
    "master.archived": Verb(_("Archived master"), _("%(who)s archived %(subject)s."), "book-open"),
    "master.restored": Verb(_("Brought back master"), _("%(who)s brought %(subject)s back."), "book-open"),
    # bookkeeping
    "book_item.queued": Verb(_("Queued"), _("%(who)s queued %(subject)s for export."), "lock"),
    "book_item.unqueued": Verb(_("Took from queue"), _("%(who)s took %(subject)s out of the queue."), "undo-2"),
    "export.created": Verb(_("Began export"), _("%(who)s began export %(subject)s."), "file-output"),
    "export.ready": Verb(_("Finished export"), _("Export %(subject)s is ready."), "file-check", "positive"),
    "export.failed": Verb(_("Export not made"), _("Export %(subject)s was not made."), "file-x", "negative"),
    "export.tried_again": Verb(_("Tried export again"), _("%(who)s started export %(subject)s over."), "refresh-cw"),
    "export.withdrawn": Verb(
        _("Undid export"), _("%(who)s undid export %(subject)s: %(reason)s"), "undo-2", "attention"
    ),
    "books.settings_changed": Verb(
        _("Changed book settings"), _("%(who)s changed the settings of the books."), "settings-2"
    ),
    "books.layout_kept": Verb(_("Kept a table"), _("%(who)s kept the table %(subject)s."), "settings-2"),
    "books.layout_archived": Verb(
        _("Took a table out of use"), _("%(who)s took the table %(subject)s out of use."), "settings-2"
    ),
}

# Parameters of events, as heads and labels. A parameter that is not listed is not shown to people.
FIELDS: dict[str, Words] = {
    "amount": _("Amount"),
    "acts_as": _("Acts as"),
    "employee_number": _("Employee number"),
    "how": _("How"),
    "interval": _("Limit"),
    "control": _("Rule"),
    "merchant": _("Merchant"),
    "policy": _("Card policy"),
    "wish": _("Wish"),
    "comment": _("Comment"),
    "leads": _("Leads"),
    "legal_name": _("Legal name"),
    "members": _("Members"),
    "because": _("Why"),
    "complaint": _("What is wrong"),
    "shipping": _("Post"),
    "renews_on": _("Next on"),
    "name": _("Name"),
    "outcome": _("Decision"),
    "owner": _("Person"),
    "reason": _("Reason"),
    "region": _("Numbers and dates as in"),
    "role": _("Role"),
    "scopes": _("May"),
    "slug": _("Short name in addresses"),
    "team": _("Team"),
    "time_zone": _("Time zone"),
    "vat_number": _("VAT number"),
    "wallet": _("Wallet"),
    "category": _("Category"),
    "tax_code": _("Tax code"),
    "tax": _("Tax"),
    "note": _("Note"),
    "lane": _("Lane"),
    "period": _("Period"),
}

# Words for stored codes, by parameter.
CODES: dict[str, dict[str, Words]] = {
    "role": {
        "owner": _("Owner"),
        "admin": _("Admin"),
        "controller": _("Finance"),
        "controller_limited": _("Finance, limited"),
        "accountant": _("Accountant"),
        "accountant_limited": _("Accountant, limited"),
        "employee": _("Employee"),
        "service": _("Service"),
    },
    "outcome": {
        "okay": _("okay"),
        "not_okay": _("not okay"),
        "needs_details": _("needs details"),
        "withdrawn": _("taken back"),
        "": _("open"),
    },
    "interval": {
        "purchase": _("per purchase"),
        "day": _("per day"),
        "week": _("per week"),
        "month": _("per month"),
        "year": _("per year"),
        "quarter": _("per quarter"),
        "total": _("in all"),
        "cash": _("per cash withdrawal"),
        "cash_day": _("cash per day"),
        "cash_month": _("cash per month"),
    },
    "wish": {"raise": _("higher limit"), "new_card": _("new card"), "allow_once": _("allow once")},
    "control": {
        "category": _("what is bought"),
        "merchant": _("merchants"),
        "first_shop": _("first merchant"),
        "country": _("countries"),
        "weekday": _("days"),
        "hours": _("hours"),
        "channel": _("how"),
        "amount": _("amounts"),
    },
    # Why a purchase was declined, by the check that failed. Reviews keep free text here, which is shown as written.
    "reason": {
        "company_active": _("company closed"),
        "card_active": _("card not active"),
        "not_frozen": _("card frozen"),
        "cardholder_active": _("cardholder not active"),
        "currency": _("wrong currency"),
        "in_person": _("card not activated"),
        "card_period": _("outside the card’s time"),
        "single_use": _("used before"),
        "limit_purchase": _("limit per purchase"),
        "limit_day": _("limit of the day"),
        "limit_week": _("limit of the week"),
        "limit_month": _("limit of the month"),
        "limit_quarter": _("limit of the quarter"),
        "limit_year": _("limit of the year"),
        "limit_total": _("limit in all"),
        "limit_cash": _("limit of a cash withdrawal"),
        "limit_cash_day": _("cash limit of the day"),
        "limit_cash_month": _("cash limit of the month"),
        "control_category": _("what is bought"),
        "control_merchant": _("merchant"),
        "control_first_shop": _("other merchant than the first"),
        "control_country": _("country"),
        "control_weekday": _("day of the week"),
        "control_hours": _("time of day"),
        "control_channel": _("how it was paid"),
        "control_amount": _("amount"),
        "funds": _("not enough in the wallet"),
        "too_late": _("answered too late"),
        "declined_elsewhere": _("declined by the issuer"),
        "original_known": _("no purchase to add to"),
        "original_open": _("nothing reserved to add to"),
    },
    "complaint": {
        "fraud": _("nobody of us bought this"),
        "not_received": _("it never arrived"),
        "not_as_described": _("it is not what was sold"),
        "duplicate": _("charged twice"),
        "wrong_amount": _("the amount is wrong"),
        "cancelled": _("it was cancelled before"),
        "no_refund": _("a promised refund never came"),
        "other": _("something else"),
    },
    "because": {
        "cancelled": _("cancelled"),
        "lost": _("lost"),
        "stolen": _("stolen"),
        "replaced": _("replaced by a new one"),
        "expired": _("expired"),
        "used": _("used once"),
        "ended": _("its time is over"),
        "left": _("its holder left"),
        "damaged": _("damaged"),
    },
    "shipping": {
        "ordered": _("ordered"),
        "produced": _("printed"),
        "shipped": _("on its way"),
        "delivered": _("delivered"),
        "returned": _("came back"),
        "failed": _("lost in the post"),
    },
    "how": {"expired": _("ran out"), "reversed": _("released by the merchant")},
    "lane": {"unexported": _("Not exported"), "queue": _("In queue"), "exported": _("Exported")},
}

# Parameters that hold a list of words, not a value before and after.
LISTS = frozenset({"scopes", "reasons", "read"})
# Parameters that hold people by id.
PEOPLE = frozenset({"acts_as", "owner", "leads", "members"})
# Parameters that are amounts in minor units of the event's `currency`.
AMOUNTS = frozenset({"amount", "tax"})

# Saved views of the audit log: the first words of verbs.
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "access": (_("People and access"), ("person", "team", "token", "company")),
    "money": (_("Money"), ("top_up", "transfer", "authorization", "wallet", "sub_wallet", "dispute", "refund")),
    "cards": (
        _("Cards and limits"),
        ("card", "limit", "control", "allowance", "template", "card_request", "card_batch", "subscription", "consent"),
    ),
    "expenses": (_("Expenses and receipts"), ("expense", "receipt")),
    "books": (_("Books"), ("book_item", "books", "export", "master")),
}
