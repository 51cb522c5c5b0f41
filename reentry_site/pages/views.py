"""Address → the finished page, or not found."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reentry_site.pages import publishing


@require_safe
def show(request: HttpRequest, path: str) -> HttpResponse:
    finished = publishing.current().finished.get(f"/{path}")
    if finished is None:
        raise Http404
    return HttpResponse(finished)
