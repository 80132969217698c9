"""The verbs of the books and their exports."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from events.sentences.verb import Verb

VERBS: dict[str, Verb] = {
    "book_item.queued": Verb(_("Queued"), _("%(who)s queued %(subject)s for export."), "lock"),
    "book_item.unqueued": Verb(_("Took from queue"), _("%(who)s took %(subject)s out of the queue."), "undo-2"),
    "book_item.corrected": Verb(
        _("Corrected in the books"), _("%(who)s corrected %(subject)s in the books: %(reason)s"), "undo-2", "attention"
    ),
    "book_item.correction_dropped": Verb(
        _("Took a correction back"), _("%(who)s took back the correction of %(subject)s."), "undo-2"
    ),
    "export.created": Verb(_("Began export"), _("%(who)s began export %(subject)s."), "file-output"),
    "export.ready": Verb(_("Finished export"), _("Export %(subject)s is ready."), "file-check", "positive"),
    "export.failed": Verb(_("Export not made"), _("Export %(subject)s was not made."), "file-x", "negative"),
    "export.tried_again": Verb(_("Tried export again"), _("%(who)s started export %(subject)s over."), "refresh-cw"),
    "export.withdrawn": Verb(
        _("Undid export"), _("%(who)s undid export %(subject)s: %(reason)s"), "undo-2", "attention"
    ),
    "paper_report.begun": Verb(
        _("Began a report"), _("%(who)s began a report of expenses, %(subject)s."), "file-output"
    ),
    "month.closed": Verb(_("Closed a month"), _("%(who)s closed the books of %(subject)s."), "calendar-check"),
    "month.reopened": Verb(
        _("Opened a month again"), _("%(who)s opened the books of %(subject)s again: %(reason)s"), "undo-2", "attention"
    ),
    "export_job.created": Verb(_("Hands over export"), _("Export %(subject)s goes to %(destination)s."), "arrow-right"),
    "export_job.taken": Verb(_("Took export"), _("%(who)s took export %(subject)s to hand it over."), "arrow-right"),
    "export_job.completed": Verb(
        _("Handed export over"), _("Export %(subject)s was handed over to %(destination)s."), "check", "positive"
    ),
    "export_job.failed": Verb(
        _("Export not handed over"),
        _("Export %(subject)s was not handed over to %(destination)s."),
        "circle-alert",
        "negative",
    ),
    "export_job.tried_again": Verb(
        _("Handed over again"), _("%(who)s let export %(subject)s be handed over again."), "refresh-cw"
    ),
    "destination.connected": Verb(_("Connected"), _("%(who)s connected %(subject)s."), "arrow-right"),
    "destination.disconnected": Verb(_("Disconnected"), _("%(who)s disconnected %(subject)s."), "x", "attention"),
    "books.settings_changed": Verb(
        _("Changed book settings"), _("%(who)s changed the settings of the books."), "settings-2"
    ),
    "retention.changed": Verb(
        _("Changed how long is kept"), _("%(who)s changed how long receipts are kept."), "calendar-clock", "attention"
    ),
    "retention.due": Verb(
        _("Will be erased"),
        _("From %(day)s on receipts are erased because their time is over: %(count)s."),
        "calendar-clock",
        "attention",
    ),
    "legal_hold.placed": Verb(_("Placed a hold"), _("%(who)s placed a legal hold on %(subject)s: %(reason)s"), "lock"),
    "legal_hold.lifted": Verb(
        _("Lifted a hold"), _("%(who)s lifted the legal hold on %(subject)s: %(reason)s"), "key-round", "attention"
    ),
    "books.layout_kept": Verb(_("Kept a table"), _("%(who)s kept the table %(subject)s."), "settings-2"),
    "books.layout_archived": Verb(
        _("Took a table out of use"), _("%(who)s took the table %(subject)s out of use."), "settings-2"
    ),
}
