"""What an invited colleague fills in."""

from django.contrib.auth.forms import UserCreationForm


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        fields = ("username", "first_name", "email")
        labels = {
            "username": "User name",
            "first_name": "First name, as you say it on the phone",
            "email": "E-mail at work",
        }
        help_texts = {
            "username": "What you will sign in with. Letters, digits and @ . + - _ only.",
            "email": "You may skip it. A mail tells you when a request waits, never whose it is.",
        }
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
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields[
            "password1"
        ].help_text = "15 characters or more. Four or five words in a row are easy to keep in mind."
        self.fields["password2"].label = "The same password again"
        self.fields["password2"].help_text = ""
        for field in self.fields.values():
            field.error_messages["required"] = "Fill this in."
