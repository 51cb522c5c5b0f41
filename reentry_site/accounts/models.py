"""What is kept of an invitation: only that it was used, so that nobody uses it twice."""

from django.db import models


class UsedInvitation(models.Model):
    jti = models.CharField(max_length=32, primary_key=True)
    used_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.jti
