"""Our own addresses of an account: the links that are sent by hand, the picture for the app, the list of one's own
sessions, and staying signed in.

Looking at a link does not use it up.
"""

import functools

from allauth.account import app_settings
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.usersessions.adapter import get_adapter as of_sessions
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reentry_site.accounts import invitations, second_step, sign_off
from reentry_site.accounts.forms import NewPasswordForm, SignUpForm


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """A link that is bad, old or used gives one same page (410), so that nobody learns which it was."""
    invitation = invitations.read(token)
    if invitation is None:
        return _ended(request)
    form = SignUpForm(request.POST or None)
    if not form.is_valid():
        return _form(request, form, "Make your account", "account/invited.html")
    user = invitations.accept(invitation, form)
    return _sign_in(request, user) if user else _ended(request)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, token: str) -> HttpResponse:
    """For who lost the password or the second step: a new password, then a new second step."""
    user = invitations.read_again(token)
    if user is None:
        return _ended(request)
    form = NewPasswordForm(user, request.POST or None)
    if not form.is_valid():
        return _form(request, form, "Choose a new password", "account/again.html")
    user = invitations.start_again(token, form)
    return _sign_in(request, user) if user else _ended(request)


def _form(request: HttpRequest, form, title: str, template: str) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": title, "form": form}
    return render(request, template, context, status=422 if form.is_bound else 200)


def _sign_in(request: HttpRequest, user: User) -> HttpResponse:
    """The password was typed just now: it counts as such, for setting up the second step."""
    return perform_password_login(
        request,
        {"username": user.get_username()},
        Login(user=user, email_verification=app_settings.EmailVerificationMethod.NONE),
    )


def _ended(request: HttpRequest) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": "This link has ended"}
    return render(request, "account/ended.html", context, status=410)


def confirmed(view):
    """A view for who confirmed within the last minutes that it is them."""

    @functools.wraps(view)
    def for_confirmed(request, **named):
        if request.user.is_authenticated and not second_step.confirmed_lately(request):
            raise ReauthenticationRequired
        return view(request, **named)

    return for_confirmed


@require_safe
@login_required
def picture(request: HttpRequest) -> HttpResponse:
    """The secret of the app that is being set up, as a QR code: a picture of its own, so that no page needs `data:`."""
    sealed = request.session.get(SECRET_SESSION_KEY)
    if not (sealed and second_step.confirmed_lately(request)):
        raise Http404
    adapter = get_adapter()
    drawn = adapter.build_totp_svg(adapter.build_totp_url(request.user, adapter.decrypt(sealed)))
    return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@confirmed
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in. A press ends one of their other sessions, or all of those."""
    own = sorted(UserSession.objects.purge_and_list(request.user), key=lambda each: each.created_at)
    if request.method != "POST":
        return TemplateResponse(request, "usersessions/usersession_list.html", {"sessions": own})
    chosen = request.POST.get("session")
    others = [each for each in own if not each.is_current()]
    of_sessions().end_sessions([each for each in others if chosen in {"others", str(each.pk)}])
    words = "Your other browsers are signed out." if chosen == "others" else "That browser is signed out."
    messages.success(request, words)
    return redirect("usersessions_list")


@require_safe
@login_required
def left(request: HttpRequest) -> HttpResponse:
    """How many seconds this session has left. Asking is no press."""
    return HttpResponse(str(sign_off.seconds_left(request)), content_type="text/plain")


@require_POST
@login_required
def stay(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)
