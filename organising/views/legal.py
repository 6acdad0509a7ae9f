"""By when the notice of my protest is due, and what we have settled about it. For those who run it alone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.views import SignedInRequest
from events.actions import Refused
from events.rule_words import deadline_in_words, rule_in_words
from organising import legal
from organising.forms.legal import QuestionsForm, RecordForm
from organising.models import LegalRecord
from organising.views.room import room_run_by


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The deadline on top, the questions and the record below: `do` says which form was sent."""
    room = room_run_by(request.user, public_id)
    do, kept = request.POST.get("do", ""), legal.record_of(room.event)
    due = legal.deadlines_of([room.event])[room.event.pk]
    questions = QuestionsForm(request.POST if do == "answer" else None, rule=due.rule, kept=kept)
    settled = RecordForm(request.POST if do == "record" else None, initial={"state": kept.state, "note": kept.note})
    status, refusal = 200, ""
    try:
        if questions.is_bound and questions.is_valid():
            legal.answer(room.event, questions.answers, by=request.user)
            return redirect("organising:rules", public_id)
        if settled.is_bound and settled.is_valid():
            state = LegalRecord.State(settled.cleaned_data["state"])
            legal.settle(room.event, state, settled.cleaned_data["note"], by=request.user)
            return redirect("organising:rules", public_id)
    except Refused as refused:
        status, refusal = 409, str(refused)
    context = {
        "room": room,
        "deadline": deadline_in_words(due, timezone.now()),
        "words": rule_in_words(due.rule) if due.rule else None,
        "may_record": legal.may_be_settled(room.event),
        "kept": kept,
        "questions": questions,
        "form": settled,
        "refusal": refusal,
    }
    return render(request, "organising/rules.html", context, status=status)
