"""The staff side: Django's admin, opened at the calls to make, at what is kept (privacy) or at the pages (editors)."""

import functools

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from reentry_site.accounts import roles
from reentry_site.pages import check_my_page, editors


class DeskSite(AdminSite):
    site_header = site_title = "Coming back: staff"
    index_title = "Staff"
    enable_nav_sidebar = False

    def get_urls(self):
        return [
            path("pages/", self._for_editors(editors.show), name="pages"),
            path("pages/check/", self._for_editors(check_my_page.show), name="pages_check"),
            path("pages/pictures/<str:name>", self._for_editors(check_my_page.picture), name="pages_picture"),
            path("pages/preview/", self._for_editors(editors.link), name="pages_preview"),
            path("pages/preview/site/", self._for_editors(editors.site_link), name="pages_next_site"),
            *super().get_urls(),
        ]

    def _for_editors(self, view):
        """The pages know neither accounts nor the desk: who may see them is asked here, and the desk is put around."""

        @functools.wraps(view)
        def for_editors(request, **named):
            if not roles.is_editor(request.user):
                raise PermissionDenied
            answer = view(request, **named)
            if isinstance(answer, TemplateResponse):
                answer.context_data = self.each_context(request) | answer.context_data
            return answer

        return self.admin_view(for_editors)

    def each_context(self, request):
        return super().each_context(request) | {"is_editor": roles.is_editor(request.user)}

    def index(self, request, extra_context=None):
        """Each starts at their work: the queue, what is kept, the pages; everyone else sees what they may open."""
        if request.user.has_perm("intake.work_queue"):
            return redirect("admin:intake_callbackrequest_changelist")
        if request.user.has_perm("intake.keep"):
            return redirect("admin:intake_callbackrequest_keeping")
        if roles.is_editor(request.user):
            return redirect("admin:pages")
        return super().index(request, extra_context)
