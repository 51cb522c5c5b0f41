"""What a colleague fills in who was sent a link: an account, or a new password. And who sets up an app for codes."""

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth.forms import SetPasswordForm, UserCreationForm


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        fields = ("username", "first_name", "email")
        error_messages = {
            "username": {
                "invalid": "Use letters, digits and @ . + - _ only.",
                "unique": "Somebody here has this name. Pick another.",
            },
            "email": {"invalid": "Write it like jo@clinic.example, or leave it empty."},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True
        _say_what_is_empty(self)


class NewPasswordForm(SetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _say_what_is_empty(self)


class AppForm(ActivateTOTPForm):
    """Until the first code is typed the app's secret waits in the session: sealed, where allauth has it readable."""

    def __init__(self, *args, **kwargs):
        session = context.request.session
        sealed = session.pop(SECRET_SESSION_KEY, None)
        super().__init__(*args, **kwargs)
        if self.is_bound and sealed:
            self.secret = get_adapter().decrypt(sealed)
        session[SECRET_SESSION_KEY] = get_adapter().encrypt(self.secret)


def _say_what_is_empty(form) -> None:
    for field in form.fields.values():
        field.error_messages["required"] = "Fill this in."
