"""Write down a call, for people who ring instead: the same form and private defaults, marked as taken by phone."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from intake.accepting import store
from intake.forms import CallbackForm
from intake.record import record


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    starts = request.method != "POST" or "start" in request.POST  # from a search that found nobody
    form = CallbackForm(initial={"phone": request.POST.get("phone")}) if starts else CallbackForm(request.POST)
    if not form.is_valid():
        context = admin.site.each_context(request) | {
            "title": "Write down a call",
            "form": form,
            "faults": form.faults() if form.is_bound else [],
            "crisis": request.POST.get("crisis"),
        }
        return render(request, "admin/intake/write_down.html", context, status=422 if form.is_bound else 200)
    with transaction.atomic():
        written = store(form.submission(), timezone.now(), taken_by=request.user).request
        if request.POST.get("crisis") == "on":
            written.mark_crisis()
        record(request.user, "Wrote down a call", written)
    messages.success(request, "Written down. Take the call when you are ready to ring.")
    return redirect("admin:intake_callbackrequest_change", written.pk)
