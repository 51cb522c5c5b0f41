"""The intake app: what a client asks for, and what staff do about it."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "intake"
    verbose_name = "Calls"
