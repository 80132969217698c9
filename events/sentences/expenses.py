"""The verbs of expenses, claims and paying back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from events.sentences.verb import Verb

VERBS: dict[str, Verb] = {
    "expense.created": Verb(_("Began expense"), _("A new expense: %(subject)s."), "receipt-text"),
    "expense.flagged": Verb(_("Flagged"), _("A rule of the company flagged %(subject)s."), "flag", "attention"),
    "expense.attendees_changed": Verb(_("Named attendees"), _("%(who)s said who was there at %(subject)s."), "users"),
    "expense.flag_answered": Verb(_("Gave a reason"), _("%(who)s gave the reason asked for on %(subject)s."), "flag"),
    "expense.flag_passed": Verb(_("Let pass"), _("%(who)s let %(subject)s pass although a rule flags it."), "check"),
    "expense.flag_taken_up": Verb(_("Took up again"), _("%(who)s took up a flag on %(subject)s again."), "undo-2"),
    "policy.created": Verb(_("Wrote rule"), _("%(who)s wrote the rule %(subject)s."), "scale"),
    "policy.changed": Verb(_("Changed rule"), _("%(who)s wrote a new version of the rule %(subject)s."), "scale"),
    "policy.switched_on": Verb(
        _("Switched rule on"), _("%(who)s switched the rule %(subject)s on."), "scale", "attention"
    ),
    "policy.archived": Verb(_("Archived rule"), _("%(who)s archived the rule %(subject)s."), "scale"),
    "policy.restored": Verb(_("Brought back rule"), _("%(who)s brought the rule %(subject)s back."), "scale"),
    "guideline.published": Verb(_("Published guidelines"), _("%(who)s published spending guidelines."), "book-open"),
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
    "payroll.wage_types_kept": Verb(
        _("Changed wage types"), _("%(who)s changed the wage types of the payroll file."), "hand-coins"
    ),
    "own_rate.added": Verb(_("Added rate"), _("%(who)s added a rate of the company’s own."), "gauge"),
    "own_rate.ended": Verb(_("Ended rate"), _("%(who)s ended a rate of the company’s own."), "gauge"),
    "own_rate.removed": Verb(_("Removed rate"), _("%(who)s removed a rate that had not begun."), "gauge"),
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
    "expense.filled_in": Verb(_("Filled in"), _("The coding of %(subject)s was filled in by a rule."), "bot"),
    "card.coding_changed": Verb(
        _("Changed coding"), _("%(who)s changed how the purchases of %(subject)s are coded."), "tag"
    ),
    "expense.split": Verb(_("Split"), _("%(who)s split %(subject)s."), "list"),
    "expense.reading_confirmed": Verb(
        _("Checked the reading"), _("%(who)s checked what was read for %(subject)s."), "scan-text"
    ),
    "expense.receipt_attached": Verb(_("Attached receipt"), _("A receipt was attached to %(subject)s."), "paperclip"),
    "expense.receipt_detached": Verb(
        _("Detached receipt"), _("%(who)s detached the receipt from %(subject)s."), "paperclip"
    ),
    "declaration.signed": Verb(
        _("Signed instead of a receipt"), _("%(who)s signed for %(subject)s, %(amount)s, without a receipt."), "pencil"
    ),
    "declaration.accepted": Verb(
        _("Accepted declaration"), _("%(who)s accepted the declaration for %(subject)s."), "check"
    ),
    "declaration.refused": Verb(
        _("Refused declaration"),
        _("%(who)s refused the declaration for %(subject)s: “%(reason)s”"),
        "circle-x",
        "negative",
    ),
    "declaration.replaced": Verb(
        _("Replaced declaration"),
        _("The receipt of %(subject)s came and took the declaration’s place."),
        "receipt-text",
    ),
    "declaration.withdrawn": Verb(
        _("Took declaration back"), _("%(who)s took the declaration for %(subject)s back."), "undo-2"
    ),
    "reminder.made": Verb(_("Reminded"), _("Receipts are missing: %(count)s of your purchases have none."), "bell"),
    "reminder.escalated": Verb(
        _("Told the manager"),
        _("Receipts of your people are late: %(count)s purchases have none."),
        "bell",
        "attention",
    ),
    "receipt_lock.warned": Verb(
        _("Warned of the lock"),
        _("Your cards will rest on %(locks_on)s unless receipts come before."),
        "clock-alert",
        "attention",
    ),
    "receipt_lock.locked": Verb(
        _("Locked cards"),
        _("Your cards rest: too many receipts are missing. Add them and they work at once."),
        "lock",
        "negative",
    ),
    "receipt_lock.ended": Verb(
        _("Unlocked cards"), _("Your cards rest no longer for missing receipts."), "check", "positive"
    ),
    "receipt_lock.lifted": Verb(_("Lifted the warning"), _("Your cards will not rest."), "check", "positive"),
    "receipt_lock.paused": Verb(_("Paused the lock"), _("%(who)s leaves the cards of %(subject)s alone."), "pause"),
    "receipt_lock.resumed": Verb(_("Ended the pause"), _("%(who)s ended the pause of %(subject)s."), "play"),
    "receipt_rules.changed": Verb(
        _("Changed receipt rules"), _("%(who)s changed what happens when receipts are missing."), "settings-2"
    ),
    "expense.reviewed": Verb(_("Reviewed"), _("%(who)s decided on %(subject)s: %(outcome)s."), "eye", "info"),
    "expense.review_withdrawn": Verb(
        _("Took decision back"), _("%(who)s took the decision on %(subject)s back."), "undo-2"
    ),
    "expense.stage_okayed": Verb(
        _("Okay, first of several"), _("%(who)s said okay to %(subject)s. It goes on to the next."), "eye", "info"
    ),
    "expense.stage_withdrawn": Verb(_("Took okay back"), _("%(who)s took the okay on %(subject)s back."), "undo-2"),
    "expense.passed_by_rule": Verb(
        _("Okay by workflow"), _("%(subject)s needed no review: “%(workflow)s”."), "check-check"
    ),
    "expense.nobody_to_review": Verb(
        _("Nobody can review"),
        _("Nobody here may decide about %(subject)s. Add somebody who can."),
        "circle-alert",
        "attention",
    ),
    "expense.asked_finance": Verb(
        _("Asked finance"), _("Nobody answered about %(subject)s, so finance is asked too."), "hourglass", "attention"
    ),
    "review.mail_limit_set": Verb(
        _("Set limit of mails"), _("%(who)s changed what links in mails may decide."), "mail"
    ),
    "expense.commented": Verb(_("Commented"), _("%(who)s wrote about %(subject)s."), "message-circle"),
    "expense.comment_removed": Verb(
        _("Took comment away"), _("%(who)s took a comment on %(subject)s away."), "message-circle"
    ),
    "expense.noted_internally": Verb(
        _("Commented for finance"), _("%(who)s wrote to finance about %(subject)s."), "message-circle"
    ),
    "expense.internal_note_removed": Verb(
        _("Took comment for finance away"),
        _("%(who)s took a comment for finance on %(subject)s away."),
        "message-circle",
    ),
    "workflow.added": Verb(_("Added workflow"), _("%(who)s added the workflow %(subject)s."), "eye"),
    "workflow.changed": Verb(_("Changed workflow"), _("%(who)s changed the workflow %(subject)s."), "eye"),
    "workflow.moved": Verb(_("Moved workflow"), _("%(who)s changed the order of the workflows."), "eye"),
    "workflow.archived": Verb(_("Ended workflow"), _("%(who)s ended the workflow %(subject)s."), "eye"),
    "workflow.restored": Verb(_("Brought workflow back"), _("%(who)s brought %(subject)s back."), "eye"),
    "workflow.rerouted": Verb(
        _("Sent out anew"), _("%(who)s let what was on its way with %(subject)s begin anew."), "eye"
    ),
    "absence.noted": Verb(_("Noted absence"), _("%(who)s noted that %(subject)s is away."), "calendar-clock"),
    "absence.ended": Verb(_("Ended absence"), _("%(who)s ended the absence of %(subject)s."), "calendar-clock"),
    "master.created": Verb(_("Added master"), _("%(who)s added %(subject)s to the masters."), "book-open"),
    "master.changed": Verb(_("Changed master"), _("%(who)s changed %(subject)s in the masters."), "book-open"),
    "master.imported": Verb(_("Imported masters"), _("%(who)s imported masters from a file."), "upload"),
    "master.archived": Verb(_("Archived master"), _("%(who)s archived %(subject)s."), "book-open"),
    "master.restored": Verb(_("Brought back master"), _("%(who)s brought %(subject)s back."), "book-open"),
    "budget.made": Verb(_("Made budget"), _("%(who)s made the budget %(subject)s: %(amount)s."), "gauge"),
    "budget.changed": Verb(_("Changed budget"), _("%(who)s changed the budget %(subject)s."), "gauge"),
    "budget.archived": Verb(_("Archived budget"), _("%(who)s archived the budget %(subject)s."), "gauge"),
    "budget.restored": Verb(_("Brought budget back"), _("%(who)s brought the budget %(subject)s back."), "gauge"),
    "budget.crossed": Verb(
        _("Budget used"), _("%(percent)s %% of the budget %(subject)s is used: %(amount)s."), "gauge", "attention"
    ),
    "spend_request.made": Verb(
        _("Asked to spend"), _("%(who)s asks for %(amount)s: %(subject)s."), "message-circle", "info"
    ),
    "spend_request.passed_on": Verb(
        _("Passed request on"), _("%(who)s says yes to %(subject)s, %(amount)s. Finance is next."), "check"
    ),
    "spend_request.approved": Verb(
        _("Approved request"), _("%(who)s approved %(subject)s: %(amount)s."), "check", "positive"
    ),
    "spend_request.declined": Verb(
        _("Declined request"), _("%(who)s did not approve %(subject)s: “%(comment)s”"), "circle-x", "negative"
    ),
    "spend_request.withdrawn": Verb(_("Took request back"), _("%(who)s took the request %(subject)s back."), "undo-2"),
    "spend_request.undone": Verb(
        _("Took decision back"),
        _("%(who)s took the decision on %(subject)s back. It waits again."),
        "undo-2",
        "attention",
    ),
    "spend_request.closed": Verb(_("Closed request"), _("The request %(subject)s is closed: %(end)s."), "package"),
    "spend_request.expired": Verb(
        _("Ran out"),
        _("Nobody answered %(subject)s in time. Ask again if you still need it."),
        "timer-off",
        "attention",
    ),
    "spend_request.matched": Verb(
        _("Matched to request"), _("%(merchant)s belongs to the request %(subject)s."), "link-2"
    ),
    "spend_request.unmatched": Verb(
        _("Took off request"), _("%(who)s took %(merchant)s off the request %(subject)s."), "link-2"
    ),
}
