"""The staff side: Django's admin, opened at the calls to make, at what is kept (privacy) or at the pages (editors)."""

import functools

from allauth.account.views import logout as sign_out
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from reentry_site.accounts import roles, second_step, sign_off
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

    def has_permission(self, request):
        """The one place that says who may be on the staff side: staff who took the second step in this session."""
        return super().has_permission(request) and second_step.standing(request).is_enough

    def admin_view(self, view, cacheable=False):
        """What was pressed after the sign-off is not done: who signs in again is told."""
        inner = super().admin_view(view, cacheable)

        @functools.wraps(inner)
        def staffed(request, *args, **kwargs):
            if request.method == "TRACE":  # the stock pages answer whatever is no post
                return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
            if request.method == "POST" and not self.has_permission(request):
                request.session["not_saved"] = True
            return inner(request, *args, **kwargs)

        return staffed

    def login(self, request, extra_context=None):
        """Where everyone is sent who may not come in: on to what is missing."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated and not super().has_permission(request):
            raise PermissionDenied
        return redirect(second_step.what_is_missing(request))

    def logout(self, request, extra_context=None):
        """The stock pages sign out the same way as ours."""
        return sign_out(request) if request.method == "POST" else redirect("account_logout")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def each_context(self, request):
        return super().each_context(request) | {
            "is_editor": roles.is_editor(request.user),
            "second_step_waits": request.user.is_authenticated and not second_step.standing(request).has,
            "seconds_left": sign_off.seconds_left(request) if request.user.is_authenticated else None,
        }

    def app_index(self, request, app_label, extra_context=None):
        """The stock list of one app's tables is nobody's work."""
        return redirect("admin:index")

    def index(self, request, extra_context=None):
        """Each starts at their work: the queue, what is kept, the pages; everyone else sees what they may open."""
        if request.user.has_perm("intake.work_queue"):
            return redirect("admin:intake_callbackrequest_changelist")
        if request.user.has_perm("intake.keep"):
            return redirect("admin:intake_callbackrequest_keeping")
        if roles.is_editor(request.user):
            return redirect("admin:pages")
        return super().index(request, extra_context)
