"""Letters to the campaign, and the page on which a visitor reads the answers, whoever they come from. Nothing is
mailed to the address before somebody answers."""

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import limits
from events import contact, tokens
from events.forms.contact import ContactForm, LetterForm
from events.models import Thread
from events.views.answers import refused, with_token


def claims_of(request: HttpRequest) -> list[tuple[limits.Limit, str]]:
    return [(limits.LETTERS_FROM_NETWORK, limits.network_of(request.META))]


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = refused(claims_of(request), partial(_write_page, request, form))
        return refusal or _keep(form)
    return _write_page(request, form)


def _write_page(request: HttpRequest, form: ContactForm, **context: object) -> HttpResponse:
    return render(request, "events/contact.html", {"form": form, **context})


def _keep(form: ContactForm) -> HttpResponse:
    typed = form.cleaned_data
    contact.write(typed["key"], typed["message"], typed["email"], language=typed["language"])
    return redirect("events:contact_sent")


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "events/contact_sent.html")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def thread(request: HttpRequest, token: str) -> HttpResponse:
    """The letters of a visitor and the answers, and a further letter. It never says which person answered."""
    letters = tokens.thread_of(token)
    form = LetterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = refused(claims_of(request), partial(_thread_page, request, letters, form))
        if refusal:
            return refusal
        contact.write_again(letters, form.cleaned_data["key"], form.cleaned_data["message"])
        return HttpResponseRedirect(request.path)
    return _thread_page(request, letters, form)


def _thread_page(request: HttpRequest, letters: Thread, form: LetterForm, **context: object) -> HttpResponse:
    event = letters.event
    shown = {
        "event": event if event and event.is_visible else None,
        "is_to_campaign": event is None,
        "may_write": event is None or event.takes_letters,
        "letters": letters.messages.all(),
    }
    return render(request, "events/thread.html", {"form": form, **shown, **context})
