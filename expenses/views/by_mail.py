"""The page behind a link in a mail: the facts of one expense, and what can be said about it without signing in.

Opening it changes nothing, because mail scanners open every link; only the buttons decide.
"""

from __future__ import annotations

from allauth.core.internal.ratelimit import consume
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from expenses.change_review_mails import choose_pace, set_mail_limit
from expenses.decide_by_link import BY_LINK, LinkUnknown, decide_by_link, find_link
from expenses.models import MailLink, MailPace, ReviewMail, ReviewSettings
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.fields import AmountField
from pleo.lib.http import CompanyRequest, toast
from pleo.lib.money import Money

# Tries per address: enough for a morning's mails, too few for guessing (which 256 bits make hopeless anyway).
TRIES = {"review_link": "60/m/ip"}


@never_cache
@require_http_methods(["GET", "POST"])
def review_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Show the expense of a link; decide once."""
    if consume(request, app="account", action="review_link", config=TRIES, limit_get=True) is None:
        return render(request, "429.html", status=429)
    now, error, status = timezone.now(), "", 200
    try:
        link = find_link(token=token, now=now)
        if request.method == "POST":
            outcome, reason = request.POST.get("outcome", ""), request.POST.get("reason", "")
            if outcome in BY_LINK:
                decide_by_link(token=token, outcome=outcome, reason=reason, now=now)
                return render(request, "expenses/by_mail_done.html", {"expense": link.expense, "outcome": outcome})
            error, status = gettext("Choose one of the two."), 422
    except DomainError as refused:
        if refused.code != "reason_missing":
            unknown = isinstance(refused, LinkUnknown)
            page = {"error": refused.message(), "unknown": unknown}
            return render(request, "expenses/by_mail_closed.html", page, status=refused.status)
        error, status = refused.message(), 422
    return _shown(request, link, error, status)


def _shown(request: HttpRequest, link: MailLink, error: str, status: int) -> HttpResponse:
    company, user = link.expense.company, link.approver.user
    language = (user.language if user else "") or translation.get_language()
    lines = link.expense.lines.select_related("category", "tax_code").order_by("position")
    page = {"link": link, "expense": link.expense, "lines": list(lines), "error": error}
    with translation.override(language), format.region((user.region if user else "") or company.region):
        return render(request, "expenses/by_mail.html", page, status=status)


class PaceForm(forms.Form):
    """How somebody wants to hear of what waits for them."""

    pace = forms.ChoiceField(label=_("Mails of what waits for you"), choices=MailPace.choices, widget=forms.RadioSelect)


class LimitForm(forms.Form):
    """The most that a link in a mail can decide."""

    mail_limit = AmountField(
        label=_("Links in mails decide up to"), required=False, help_text=_("Empty: mails have no such links.")
    )


@require_http_methods(["GET", "POST"])
@permitted("expenses.review")
def review_mails(request: CompanyRequest) -> HttpResponse:
    """Choose how to hear of what waits; admins set what a link may decide."""
    row = ReviewMail.objects.filter(membership=request.membership).first()
    settings = ReviewSettings.objects.filter(company=request.company).first()
    limit = Money(settings.mail_limit, request.company.currency) if settings and settings.mail_limit else None
    part = request.POST.get("part", "")
    pace = PaceForm(request.POST if part == "pace" else None, initial={"pace": row.pace if row else MailPace.OFF})
    amount = LimitForm(request.POST if part == "limit" else None, initial={"mail_limit": limit})
    amount.fields["mail_limit"].currency = request.company.currency  # type: ignore[attr-defined]
    may_set = request.membership.can("workflows.manage")
    if (part == "pace" and pace.is_valid()) or (part == "limit" and may_set and amount.is_valid()):
        _save(request, pace if part == "pace" else amount)
        toast(request, gettext("Saved."))
        return HttpResponseRedirect(reverse("review-mails", kwargs={"company": request.company.slug}), status=303)
    context = {"pace": pace, "limit": amount, "may_set": may_set, "is_on": limit is not None}
    return render(request, "expenses/review_mails.html", context, status=422 if request.method == "POST" else 200)


def _save(request: CompanyRequest, form: forms.Form) -> None:
    if isinstance(form, PaceForm):
        choose_pace(by=request.membership, pace=form.cleaned_data["pace"])
        return
    set_mail_limit(by=request.membership, limit=form.cleaned_data["mail_limit"], now=timezone.now())
