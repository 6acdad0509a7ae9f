"""What somebody was sending when their log-in had ended: shown once they are back, to be sent after all."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import KEPT, KEPT_SECONDS
from accounts.views.log_in import SignedInRequest


@never_cache
@require_safe
@login_required
def unsent(request: SignedInRequest) -> HttpResponse:
    kept = request.session.get(KEPT)
    if kept is None or timezone.now().timestamp() > kept["at"] + KEPT_SECONDS:
        return HttpResponseRedirect(resolve_url("organising:dashboard"))
    texts = [value for _name, value in kept["fields"] if " " in value.strip() or "\n" in value.strip()]
    return render(request, "account/unsent.html", {"kept": kept, "texts": texts})
