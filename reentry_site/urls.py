"""The map. Pages come last: they answer for every address that nothing else has."""

from django.contrib import admin
from django.urls import include, path

from reentry_site import errors, health, leave

#: Django knows no such handler; allauth does.
handler429 = errors.too_many
handler400, handler403, handler404, handler500 = (
    errors.bad_request,
    errors.forbidden,
    errors.not_found,
    errors.server_error,
)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("reentry_site.accounts.urls")),
    path("account/", include("reentry_site.accounts.sign_in_urls")),
    path("", include("intake.urls")),
    path("leave/", leave.leave, name="leave"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("reentry_site.pages.urls")),
]
