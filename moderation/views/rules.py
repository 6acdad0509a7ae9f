"""The rules of notice, for coordinators of their country."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.views import SignedInRequest
from events.actions import ChangedMeanwhile
from events.forms.renewed import renewed
from events.models import CountryRule
from events.names import country_codes, country_name
from events.rule_words import rule_in_words
from moderation import rules
from moderation.permissions import card_countries_of
from moderation.rule_forms import RuleForm
from moderation.views.room import for_moderators


def _check_country(user: User, country: str) -> None:
    mine = card_countries_of(user)
    if country not in country_codes() or (mine is not None and country not in mine):
        raise Http404


@require_safe
@for_moderators
def index(request: SignedInRequest) -> HttpResponse:
    return render(request, "moderation/rules.html", {"rows": rules.country_rows(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@for_moderators
def rule(request: SignedInRequest, country: str) -> HttpResponse:
    """The form; `do` says whether what was typed is only to be tried."""
    _check_country(request.user, country)
    current = CountryRule.objects.filter(country=country).first()
    # What the form fills is never saved: the action writes.
    typed = CountryRule(country=country, **(current.content() if current else {}))
    form = RuleForm(request.POST or None, instance=typed, seen=rules.seen_of(current))
    other, status = None, 200
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "try":
        try:
            rules.change_rule(country, form.content(), seen=form.cleaned_data["seen"], by=request.user)
        except ChangedMeanwhile as refusal:
            form.add_error(None, str(refusal))
            other, status = _show_both(form, country), 409
        else:
            messages.success(request, _("Saved. It is public now."))
            return redirect("moderation:rule", country)
    tried = typed if form.is_bound and form.is_valid() else current
    context = {
        "country": country,
        "name": country_name(country),
        "current": rule_in_words(current) if current else None,
        "other": rule_in_words(other) if other else None,
        "examples": rules.examples(tried, country) if tried else [],
        "is_try": form.is_bound and tried is typed,
        "history": rules.history_of(country, current),
        "form": form,
    }
    return render(request, "moderation/rule.html", context, status=status)


def _show_both(form: RuleForm, country: str) -> CountryRule | None:
    """What stands there now, to be shown beside what was typed; saving again means that it was seen."""
    other = CountryRule.objects.filter(country=country).first()
    form.data = renewed(form, seen=rules.seen_of(other))
    return other
