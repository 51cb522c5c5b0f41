"""Ends the sessions of an account: of somebody who left, or of a browser that was left open."""

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User

from reentry_site.accounts.events import said


def end_all(user: User, by: User) -> None:
    """Each is over at its next request, its own browser's too. `by`: whoever had them ended."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    said(by, "Ended all sessions", user)
