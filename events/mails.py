"""What notification mails say: one line per verb, and per outcome where a verb has several."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from events.describe import Described, parameters
from events.sentences import Words
from pleo.lib.mail import Mail


@dataclass(frozen=True)
class Text:
    """The words of a mail: subject, what happened and what to do, the button."""

    subject: Words
    text: Words
    action: Words


# Verb, or verb:code of `outcome` -> words. `%(who)s`, `%(subject)s`, `%(company)s` and the event's parameters can stand in them.
MAILS: dict[str, Text] = {
    "expense.created": Text(
        _("Receipt for %(subject)s"),
        _("You paid at %(subject)s. Snap the receipt while you have it in hand."),
        _("Snap the receipt"),
    ),
    "authorization.declined": Text(
        _("Declined: %(amount)s at %(subject)s"),
        _("Your card said no to %(amount)s at %(subject)s. The page says which rule it was and what you can do."),
        _("See why"),
    ),
    "consent.asked": Text(
        _("Is it you who pays %(amount)s at %(subject)s?"),
        _("%(subject)s waits a few minutes for your answer. Without one it is told no."),
        _("Answer"),
    ),
    "card.shipping_changed": Text(
        _("Your card: %(shipping)s"),
        _("The card %(subject)s: %(shipping)s. Activate it with its last four digits when it is in your hand."),
        _("Open the card"),
    ),
    "card.pin_blocked": Text(
        _("The PIN of your card is blocked"),
        _("The PIN of %(subject)s was wrong three times. You can unblock it yourself on the card’s page."),
        _("Open the card"),
    ),
    "expense.reviewed:not_okay": Text(
        _("Not okay: %(subject)s"),
        _("%(who)s said not okay to %(subject)s: “%(reason)s”"),
        _("Open the expense"),
    ),
    "expense.reviewed:needs_details": Text(
        _("%(subject)s needs details"),
        _("%(who)s asks about %(subject)s: “%(reason)s”"),
        _("Answer"),
    ),
    "declaration.refused": Text(
        _("Receipt still needed: %(subject)s"),
        _("%(who)s could not accept what you signed for %(subject)s: “%(reason)s” Bring the receipt, or sign again."),
        _("Add the receipt"),
    ),
    "receipt_lock.warned": Text(
        _("Your cards will rest on %(locks_on)s"),
        _("Too many receipts are late at %(company)s. Add them before %(locks_on)s and nothing happens."),
        _("See what is missing"),
    ),
    "receipt_lock.locked": Text(
        _("Your cards rest until receipts come"),
        _("Too many receipts are late at %(company)s. Your cards work again the moment enough of them are in."),
        _("Add the receipts"),
    ),
    "receipt_lock.ended": Text(
        _("The receipt lock of your cards is over"),
        _("The lock for missing receipts at %(company)s is over."),
        _("See what is missing"),
    ),
    "expense.commented": Text(
        _("%(who)s wrote about %(subject)s"),
        _("%(who)s wrote about %(subject)s. Read it and answer there."),
        _("Read and answer"),
    ),
    "expense.noted_internally": Text(
        _("%(who)s wrote to finance about %(subject)s"),
        _("%(who)s wrote about %(subject)s, for finance only. Read it and answer there."),
        _("Read and answer"),
    ),
    "bank_account.changed": Text(
        _("Your bank account was changed"),
        _("%(who)s changed where %(company)s pays you back. If this was not you, tell finance at once."),
        _("Look at it"),
    ),
    "payout.paid": Text(
        _("%(amount)s was paid back to you"),
        _("%(company)s paid back %(amount)s. It is on your account in a day or two."),
        _("See what it was for"),
    ),
    "payout.failed": Text(
        _("The bank refused your payment"),
        _("The bank refused %(amount)s for you. Check your account number: it is paid again with the next run."),
        _("Check your account"),
    ),
    "spend_request.made": Text(
        _("%(who)s asks for %(amount)s: %(subject)s"),
        _("%(who)s wants to spend %(amount)s on %(subject)s: “%(reason)s”"),
        _("Answer"),
    ),
    "spend_request.passed_on": Text(
        _("%(who)s says yes to %(subject)s"),
        _("%(who)s says yes to %(amount)s for %(subject)s. Finance decides next."),
        _("See the request"),
    ),
    "spend_request.approved": Text(
        _("Approved: %(subject)s"),
        _("%(who)s approved %(amount)s for %(subject)s. %(comment)s"),
        _("See how to pay"),
    ),
    "spend_request.declined": Text(
        _("Not approved: %(subject)s"),
        _("%(who)s did not approve %(subject)s: “%(comment)s”"),
        _("See the request"),
    ),
    "spend_request.undone": Text(
        _("%(subject)s waits again"),
        _("%(who)s took the decision on %(subject)s back. You are told when it is decided anew."),
        _("See the request"),
    ),
    "spend_request.expired": Text(
        _("Nobody answered: %(subject)s"),
        _("The last day for %(subject)s is over without an answer. Ask again if you still need it."),
        _("Ask again"),
    ),
    "spend_request.closed": Text(
        _("Closed: %(subject)s"), _("The request %(subject)s is closed: %(end)s."), _("See the request")
    ),
    "spend_request.withdrawn": Text(
        _("Taken back: %(subject)s"), _("%(who)s needs %(subject)s no more."), _("See the request")
    ),
    "budget.crossed": Text(
        _("%(percent)s %% of %(subject)s is used"),
        _("%(amount)s of the budget %(subject)s is spent, reserved or granted: %(percent)s %%."),
        _("See what it went to"),
    ),
    "card_request.made": Text(
        _("%(who)s asks: %(wish)s, %(subject)s"),
        _("%(who)s asks for %(amount)s (%(wish)s, %(subject)s): “%(reason)s”"),
        _("Answer"),
    ),
    "card_request.granted": Text(
        _("Granted: %(wish)s, %(subject)s"),
        _("%(who)s granted what you asked for: %(wish)s, %(subject)s, %(amount)s."),
        _("See it"),
    ),
    "card_request.refused": Text(
        _("Not granted: %(wish)s, %(subject)s"),
        _("%(who)s did not grant what you asked for: %(wish)s, %(subject)s. “%(comment)s”"),
        _("See the answer"),
    ),
    "drift.found": Text(
        _("The card issuer differs: %(subject)s"),
        _(
            "A look at the card issuer found what is otherwise there than here (%(count)s): %(subject)s. See what it is."
        ),
        _("See what differs"),
    ),
    "limit.crossed": Text(
        _("Over a soft limit: %(subject)s"),
        _("A purchase at %(merchant)s brought %(subject)s %(amount)s over its limit (%(interval)s). It was approved."),
        _("Open the card"),
    ),
    "top_up.received": Text(
        _("%(amount)s arrived in the wallet"),
        _("The top-up of %(amount)s is in the wallet of %(company)s and can be spent."),
        _("Open the wallet"),
    ),
    "top_up.refused": Text(
        _("The bank refused a top-up of %(amount)s"),
        _("The bank said: %(reason)s. The rule that ordered it rests until you look at it."),
        _("Look at the rule"),
    ),
    "low_balance.crossed": Text(
        _("%(subject)s runs low: %(amount)s left"),
        _("%(amount)s is available in %(subject)s of %(company)s. Cards say no once it is used up."),
        _("Top up"),
    ),
    "top_up.returned": Text(
        _("The bank took %(amount)s back"),
        _("A top-up of %(company)s was returned: %(reason)s. The money left the wallet again."),
        _("Open the wallet"),
    ),
    "withdrawal.asked": Text(
        _("%(who)s wants to send %(amount)s to the bank"),
        _("It goes to %(subject)s, and waits for your okay."),
        _("Look at it"),
    ),
    "withdrawal.sent": Text(
        _("%(amount)s is on its way to your bank"),
        _("%(who)s said okay. The money left the wallet of %(company)s for %(subject)s."),
        _("Open the wallet"),
    ),
    "export.ready": Text(
        _("Your export %(subject)s is ready"),
        _("The files of export %(subject)s of %(company)s can be downloaded."),
        _("Open the export"),
    ),
    "retention.due": Text(
        _("Receipts of %(company)s will be erased: %(count)s"),
        _(
            "From %(day)s on they are erased, because the time for which receipts are kept is over. The list says which. "
            "What must stay longer can be put on legal hold until then."
        ),
        _("See which"),
    ),
    "export.failed": Text(
        _("Your export %(subject)s did not finish"),
        _("Nothing was lost and nothing counts as exported. The page says what stopped it."),
        _("Open the export"),
    ),
}


class _Named(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def words_for(described: Described, reader: Membership) -> Mail:
    """Return the mail about an event, in the active language and region. A verb without a line of its own says its sentence."""
    event = described.event
    outcome = event.changes.get("outcome")
    code = outcome[-1] if isinstance(outcome, list) and outcome else outcome
    text = MAILS.get(f"{event.verb}:{code}") or MAILS.get(event.verb)
    home = reverse("notifications", kwargs={"company": reader.company.slug})
    note = gettext("You get this mail because you work with Pleo at %(company)s.") % {"company": reader.company.name}
    if text is None:
        return Mail(described.sentence, described.sentence, gettext("Open Pleo"), described.url or home, note)
    words = _Named(parameters(event))
    words |= {"who": described.who, "subject": described.subject, "company": reader.company.name}
    return Mail(str(text.subject) % words, str(text.text) % words, str(text.action), described.url or home, note)
