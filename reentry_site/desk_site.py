"""The staff side: Django's admin, opened at the calls to make."""

from django.contrib.admin import AdminSite
from django.shortcuts import redirect


class DeskSite(AdminSite):
    site_header = site_title = "Coming back: staff"
    index_title = "Staff"
    enable_nav_sidebar = False

    def index(self, request, extra_context=None):
        """Who works the queue starts at the queue; everyone else sees what they may open."""
        if request.user.has_perm("intake.work_queue"):
            return redirect("admin:intake_callbackrequest_changelist")
        return super().index(request, extra_context)
