"""Where the desk's addresses lead, and who may go there. Its pages are our own; nothing is edited or deleted freely."""

import functools

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from intake.admin import call_card, charts, export, find, keeping, queue, seen, together, verbs, write_down
from reentry_site import facts

WORK, SUPERVISE, KEEP = "intake.work_queue", "intake.supervise", "intake.keep"
#: What can be pressed on a call card: functions of verbs.py.
VERBS = (
    "take",
    "hold",
    "release",
    "hand_over",
    "allow_dialling",
    "release_restored",
    "attempt",
    "later",
    "close",
    "book",
    "came",
    "missed",
    "step",
    "crisis",
    "no_crisis",
    "looked_at",
    "undo_last",
)
SUPERVISORS_VERBS = {"allow_dialling", "release_restored"}
#: The desk's own pages, and who may open each.
PAGES = {
    "find": (find.show, WORK),
    "together": (together.show, SUPERVISE),
    "charts": (charts.show, SUPERVISE),
    "export": (export.show, SUPERVISE),
    "keeping": (keeping.show, KEEP),
}


class Desk(admin.ModelAdmin):
    """Stock addresses, our pages: the list is the queue, one row is the call card, adding is writing down a call."""

    def get_urls(self):
        pressed = [
            path(f"<uuid:pk>/{name}/", self._verb(name), name=f"intake_callbackrequest_{name}") for name in VERBS
        ]
        pages = [
            path(f"{name}/", self._staffed(view, permission), name=f"intake_callbackrequest_{name}")
            for name, (view, permission) in PAGES.items()
        ]
        changes = path("<uuid:pk>/changes/", self._staffed(call_card.changes), name="intake_callbackrequest_changes")
        kept = [
            path(f"keeping/{route}/", self._staffed(view, KEEP), name=f"intake_callbackrequest_keeping_{view.__name__}")
            for route, view in (
                ("seen", keeping.seen),
                ("hold", keeping.hold),
                ("<uuid:pk>/lift", keeping.lift),
                ("delete", keeping.delete),
            )
        ]
        return [*pages, changes, *kept, *pressed, *super().get_urls()]

    def _verb(self, name: str):
        """A verb's address is for pressing: who comes to it by a link (after signing in again) gets the card."""
        view = getattr(verbs, name)

        @functools.wraps(view)
        def verb(request, pk):
            return redirect(call_card.CARD, pk) if request.method in {"GET", "HEAD"} else view(request, pk)

        return self._staffed(verb, SUPERVISE if name in SUPERVISORS_VERBS else WORK)

    def _staffed(self, view, *permissions: str):
        """A view for those who may do one of these (none named: the calls), on the clinic's clock.

        No report of an error holds what was typed.
        """
        permissions = permissions or (WORK,)

        @sensitive_post_parameters()
        @functools.wraps(view)
        def staffed(request, *args, **kwargs):
            if not any(request.user.has_perm(each) for each in permissions):
                raise PermissionDenied
            with timezone.override(facts.current().zone):
                return view(request, *args, **kwargs)

        return self.admin_site.admin_view(staffed)

    def changelist_view(self, request, extra_context=None):
        return self._staffed(queue.show)(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self._staffed(call_card.show)(request, pk=object_id)

    def add_view(self, request, form_url="", extra_context=None):
        return self._staffed(write_down.show)(request)

    def history_view(self, request, object_id, extra_context=None):
        return self._staffed(seen.show, SUPERVISE, KEEP)(request, pk=object_id)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(WORK)

    has_module_permission = has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request, obj=None):
        return False
