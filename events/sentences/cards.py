"""The verbs of cards, limits, purchases and disputes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.sentences.verb import Verb

VERBS: dict[str, Verb] = {
    "card.wallet_changed": Verb(
        _("Changed wallet of card"), _("%(who)s let the card %(subject)s pay from another wallet."), "arrow-right-left"
    ),
    "card.issued": Verb(_("Issued card"), _("%(who)s issued the card %(subject)s."), "credit-card"),
    "card.frozen": Verb(pgettext_lazy("card", "Froze"), _("%(who)s froze the card %(subject)s."), "snowflake"),
    "card.period_changed": Verb(
        _("Moved its days"), _("%(who)s moved the days of the card %(subject)s."), "calendar-clock"
    ),
    "card.differed": Verb(
        _("Differed"), _("The card issuer had the card %(subject)s otherwise; it is put right."), "rotate-cw"
    ),
    "drift.found": Verb(
        _("Differs"),
        _("The card issuer has something otherwise than we do (%(count)s): %(subject)s."),
        "arrow-right-left",
        "attention",
    ),
    "drift.mended": Verb(
        _("Put right"), _("%(who)s put right what the card issuer had otherwise: %(subject)s."), "check"
    ),
    "drift.noted": Verb(
        _("Took note"), _("%(who)s took note of what the card issuer has otherwise: %(subject)s."), "eye"
    ),
    "drift.reopened": Verb(
        _("Opened again"), _("%(who)s opened again what the card issuer has otherwise: %(subject)s."), "undo-2"
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
    "card.pin_changed": Verb(_("Changed PIN"), _("%(who)s changed the PIN of %(subject)s."), "hash"),
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
    "template.restored": Verb(
        _("Brought card policy back"), _("%(who)s brought the card policy %(subject)s back."), "undo-2"
    ),
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
    "dispute.evidence_added": Verb(
        _("Sent more papers"), _("%(who)s sent more papers about %(subject)s to the card issuer."), "paperclip"
    ),
    "dispute.withdrawn": Verb(
        _("Ended dispute"), _("The dispute of %(amount)s at %(subject)s ended without a decision."), "circle-x"
    ),
}
