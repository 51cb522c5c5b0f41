"""What a colleague fills in who was sent a link: to make an account, or to choose a new password."""

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


def _say_what_is_empty(form) -> None:
    for field in form.fields.values():
        field.error_messages["required"] = "Fill this in."
