"""Pages of followers. A GET changes nothing: mail scanners open every link."""

from datetime import datetime
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.erasing import erase
from accounts.export import everything_about
from accounts.models import User
from accounts.views.my_data import as_download
from events.models import Audience, Campaign, City, Event
from events.names import country_codes, country_name
from events.views.answers import number_in, refused, with_token
from outbox.models import Recipient
from outbox.tasks import send_soon
from reminders import actions, tokens
from reminders.actions import Wish
from reminders.coming import answer, asked_among
from reminders.emails import Protest, protest_in_words
from reminders.forms import ChoicesForm, LanguageForm, PauseForm, SubscribeForm
from reminders.models import Subscription


def _wish(request: HttpRequest) -> Wish:
    """What the address asks for: ?event=, ?city=<cc>/<slug>, ?country=, or the whole campaign. 404 if there is none."""
    if public_id := _asked(request, "event"):
        event = get_object_or_404(Event.objects.visible().select_related("campaign", "city"), public_id=public_id)
        if event.is_cancelled or event.is_over:
            raise Http404
        return Wish(event.campaign, event=event)
    campaign = Campaign.objects.open().order_by("actions_from").first()
    if campaign is None:
        raise Http404
    if city := _asked(request, "city"):
        country, _slash, slug = city.partition("/")
        return Wish(campaign, city=get_object_or_404(City, country=country.upper(), slug=slug))
    country = _asked(request, "country").upper()
    if country and country not in country_codes():
        raise Http404
    return Wish(campaign, country=country)


def _asked(request: HttpRequest, name: str) -> str:
    """A word of the query; the database refuses some of what can be typed."""
    word = request.GET.get(name, "")
    if not word.isprintable():
        raise Http404
    return word


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    if Campaign.objects.open().first() is None:
        return render(request, "reminders/closed.html")
    wish = _wish(request)
    form = SubscribeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _receive(request, wish, form)
    return _page(request, wish, form)


def _page(request: HttpRequest, wish: Wish, form: SubscribeForm, **context: object) -> HttpResponse:
    shown = {
        "form": form,
        "wish": wish,
        "protest": protest_in_words(wish.event, Audience.PUBLIC, timezone.now()) if wish.event else None,
        "country_name": country_name(wish.country) if wish.country else "",
    }
    return render(request, "reminders/subscribe.html", {**shown, **context})


def _receive(request: HttpRequest, wish: Wish, form: SubscribeForm) -> HttpResponse:
    claims = [(limits.SUBSCRIPTIONS_FROM_NETWORK, limits.network_of(request.META))]
    refusal = refused(claims, partial(_page, request, wish, form))
    if refusal:
        return refusal
    if not form.is_from_a_program:
        actions.subscribe(wish, form.cleaned_data["email"], moments=form.moments(), language=get_language() or "en")
        send_soon()
    return redirect("reminders:subscribed")


@require_http_methods(["GET", "HEAD"])
def subscribed(request: HttpRequest) -> HttpResponse:
    return render(request, "reminders/subscribed.html")


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """All that this address waits for, with one button. Once confirmed, the page only shows the way on."""
    recipient = tokens.recipient_to_confirm(token)
    if request.method == "POST" and actions.confirm(recipient, language=get_language() or "en"):
        recipient.refresh_from_db()
        return HttpResponseRedirect(tokens.manage_path(recipient) + "?confirmed=1")
    ours = _followed_by(recipient)
    waiting = [subscription for subscription in ours if subscription.is_waiting(timezone.now())]
    if not waiting:
        is_on = any(subscription.confirmed_at for subscription in ours)
        manage_url = tokens.manage_path(recipient) if is_on else ""
        return render(request, "reminders/confirmed_before.html", {"manage_url": manage_url})
    return render(request, "reminders/confirm.html", {"waiting": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def manage(request: HttpRequest, token: str) -> HttpResponse:
    recipient = tokens.recipient_to_manage(token)
    if request.method == "POST":
        return _change(request, token)
    return _manage_page(request, recipient, token, PauseForm())


def _manage_page(request: HttpRequest, recipient: Recipient, token: str, pause_form: PauseForm) -> HttpResponse:
    now = timezone.now()
    ours = _followed_by(recipient)
    context = {
        "rows": [(one, ChoicesForm(one), _for_follower(one, now)) for one in ours if one.confirmed_at],
        "asked": asked_among([one.event_id for one in ours if one.event_id], now),
        "waiting": [one for one in ours if one.is_waiting(now)],
        "language_form": LanguageForm(initial={"language": recipient.language}),
        "pause_form": pause_form,
        "paused_until": recipient.paused_until if recipient.is_paused(now) else None,
        "token": token,
        "is_fresh": request.GET.get("confirmed") == "1",
        "is_organiser": _has_account(recipient),
    }
    return render(request, "reminders/manage.html", context)


def _has_account(recipient: Recipient) -> bool:
    return User.objects.filter(recipient=recipient).exists()


def _followed_by(recipient: Recipient) -> list[Subscription]:
    """What it follows or waits for, as on a timetable."""
    ours = Subscription.objects.of(recipient).select_related("event__city", "event__campaign", "city", "campaign")
    return list(ours.order_by("event__day", "event__start_time", "pk"))


def _for_follower(subscription: Subscription, now: datetime) -> Protest | None:
    event = subscription.event
    return protest_in_words(event, Audience.FOLLOWER, now) if event and event.is_visible else None


def _change(request: HttpRequest, token: str) -> HttpResponse:
    """What a button of the manage page does."""
    recipient = tokens.recipient_to_manage(token)
    wanted = request.POST.get("do", "")
    chosen = Subscription.objects.of(recipient).filter(pk=number_in(request.POST.get("subscription", ""))).first()
    if wanted == "language":
        form = LanguageForm(request.POST)
        if form.is_valid():
            actions.choose_language(recipient, form.cleaned_data["language"])
            recipient.refresh_from_db()
            return HttpResponseRedirect(tokens.manage_path(recipient))
    elif wanted == "confirm":
        actions.confirm(recipient, language=recipient.language)
    elif wanted == "leave_all":
        actions.leave_all(recipient)
        return redirect("reminders:left")
    elif wanted == "never_again":
        actions.never_again(recipient)
        return redirect("reminders:left")
    elif wanted == "pause":
        pause_form = PauseForm(request.POST)
        if not pause_form.is_valid():
            return _manage_page(request, recipient, token, pause_form)
        actions.pause(recipient, pause_form.cleaned_data["until"])
    elif wanted == "go_on":
        actions.go_on(recipient)
    elif wanted == "erase" and not _has_account(recipient):
        erase(recipient)
        return redirect("reminders:left")
    elif chosen and wanted == "moments":
        choices = ChoicesForm(chosen, request.POST)
        if choices.is_valid():
            with_changes = choices.cleaned_data.get("with_changes", True)
            actions.choose_moments(chosen, choices.moments(), with_changes=with_changes)
    elif chosen and wanted in {"coming", "not_coming"}:
        answer(chosen, is_coming=wanted == "coming")
    elif chosen and wanted == "leave":
        actions.leave([chosen])
        if not Subscription.objects.of(recipient).exists():
            return redirect("reminders:left")
    return HttpResponseRedirect(reverse("reminders:manage", args=[token]))


@require_http_methods(["GET", "HEAD"])
@with_token
def data(request: HttpRequest, token: str) -> HttpResponse:
    """All that is stored about this address, to keep. What an account holds takes a log-in: mails are passed on."""
    recipient = tokens.recipient_to_manage(token)
    if _has_account(recipient):
        return redirect("account_my_data")
    return as_download(everything_about(recipient))


@require_http_methods(["GET", "HEAD"])
def left(request: HttpRequest) -> HttpResponse:
    return render(request, "reminders/left.html")


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The link at the foot of a mail: a page with a button."""
    subscriptions = tokens.subscriptions_to_leave(token)
    if request.method == "POST":
        actions.leave(subscriptions)
        return redirect("reminders:left")
    manage_url = tokens.manage_path(subscriptions[0].recipient)
    return render(request, "reminders/leave.html", {"subscriptions": subscriptions, "manage_url": manage_url})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """What mail programs call (RFC 8058): a POST, without cookie, with the signed token for authority."""
    if request.method != "POST":
        return redirect("reminders:leave", token)
    actions.leave(tokens.subscriptions_to_leave(token))
    return HttpResponse("You get no more of these mails.\n", content_type="text/plain")


@require_http_methods(["GET", "HEAD", "POST"])
@with_token
def coming(request: HttpRequest, token: str) -> HttpResponse:
    """The link "I'm coming / I can't" in a mail: a page with two buttons. The place as the public knows it: links are
    passed on."""
    subscription, event = tokens.subscription_asked(token)
    if request.method == "POST":
        if request.POST.get("do") in {"coming", "not_coming"}:
            answer(subscription, is_coming=request.POST["do"] == "coming")
        return redirect("reminders:coming", token)
    context = {
        "subscription": subscription,
        "protest": protest_in_words(event, Audience.PUBLIC, timezone.now()),
        "manage_url": tokens.manage_path(subscription.recipient),
    }
    return render(request, "reminders/coming.html", context)
