"""The pages of signing in: allauth's views, and one of ours, under our addresses, with the desk around them.

What is not named here is not there: signing up by oneself, a new password by mail.
"""

import functools

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkey
from django.contrib import admin
from django.template.response import TemplateResponse
from django.urls import path

from reentry_site.accounts.views import confirmed, signed_in


def page(address: str, view, name: str, title: str):
    @functools.wraps(view)
    def shown(request, **named):
        answer = view(request, **named)
        if isinstance(answer, TemplateResponse):
            answer.context_data = admin.site.each_context(request) | answer.context_data | {"title": title}
            if getattr(answer.context_data.get("form"), "errors", None):
                answer.status_code = 422
        return answer

    return path(address, shown, name=name)


urlpatterns = [
    page("sign-in/", account.login, "account_login", "Sign in"),
    page("sign-out/", account.logout, "account_logout", "Sign out"),
    page("sign-in/code/", second_step.authenticate, "mfa_authenticate", "The second step"),
    page("sign-in/passkey/", passkey.login_webauthn, "mfa_login_webauthn", "Sign in"),
    page("confirm/", account.reauthenticate, "account_reauthenticate", "Is it you?"),
    page("confirm/code/", second_step.reauthenticate, "mfa_reauthenticate", "Is it you?"),
    page("confirm/passkey/", passkey.reauthenticate_webauthn, "mfa_reauthenticate_webauthn", "Is it you?"),
    page("password/", confirmed(account.password_change), "account_change_password", "Change your password"),
    page("second-step/", second_step.index, "mfa_index", "Your second step"),
    page("second-step/app/", app.activate_totp, "mfa_activate_totp", "Set up an app"),
    page("second-step/app/remove/", app.deactivate_totp, "mfa_deactivate_totp", "Remove the app"),
    page("second-step/passkeys/", passkey.list_webauthn, "mfa_list_webauthn", "Your passkeys"),
    page("second-step/passkeys/add/", passkey.add_webauthn, "mfa_add_webauthn", "Set up a passkey"),
    page("second-step/passkeys/<int:pk>/remove/", passkey.remove_webauthn, "mfa_remove_webauthn", "Remove a passkey"),
    page("second-step/codes/", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes", "Your recovery codes"),
    page(
        "second-step/codes/new/",
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
        "New recovery codes",
    ),
    page("sessions/", signed_in, "usersessions_list", "Where you are signed in"),
]
