"""Address → the finished page, the page it has moved to, or not found."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.views.decorators.http import require_safe

from reentry_site.pages import publishing


@require_safe
def show(request: HttpRequest, path: str) -> HttpResponse:
    published = publishing.current()
    if finished := published.finished.get(f"/{path}"):
        return HttpResponse(finished)
    if target := published.edition.forwards.get(f"/{path}"):
        return HttpResponsePermanentRedirect(target)
    raise Http404
