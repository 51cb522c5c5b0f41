"""The calling desk, inside Django's admin: the queue, the call card, and writing down a call that came by phone."""

from django.contrib import admin

from intake.admin.desk import Desk
from intake.models import CallbackRequest

admin.site.register(CallbackRequest, Desk)
