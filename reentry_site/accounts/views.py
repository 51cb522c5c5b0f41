"""The address of a sign-up link. Looking at it does not use it up."""

from django.contrib import admin
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from reentry_site.accounts import invitations
from reentry_site.accounts.forms import SignUpForm


@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is bad, old or used gives one same page (410), so that nobody learns which it was."""
    invitation = invitations.read(token)
    if invitation is None:
        return _ended(request)
    form = SignUpForm(request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = admin.site.each_context(request) | {"title": "Make your account", "form": form}
        return render(request, "account/invited.html", context, status=status)
    user = invitations.accept(invitation, form)
    if user is None:
        return _ended(request)
    login(request, user)
    return redirect("admin:index")


def _ended(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": "This link has ended"}
    return render(request, "account/ended.html", context, status=410)
