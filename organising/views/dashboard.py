"""All protests of mine."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.forms import LanguageForm
from accounts.views import SignedInRequest
from events.models import Event
from organising.checklist import facts_of, next_deadline
from organising.listing import overviews
from organising.models import Draft


@login_required
@require_safe
def dashboard(request: SignedInRequest) -> HttpResponse:
    language = LanguageForm(initial={"language": request.user.language})
    protests = overviews(Event.objects.organised_by(request.user))
    running = set(Event.objects.run_by(request.user).values_list("pk", flat=True))
    known, now = facts_of([mine.event for mine in protests]), timezone.now()
    rows = [
        (mine, known[mine.event.pk], next_deadline(known[mine.event.pk], now))
        if mine.event.pk in running
        else (mine, None, None)
        for mine in protests
    ]
    drafts = Draft.objects.filter(user=request.user)
    context = {"rows": rows, "drafts": drafts, "language_form": language}
    return render(request, "organising/dashboard.html", context)
