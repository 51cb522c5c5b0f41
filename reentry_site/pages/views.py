"""Address → the finished page, the page it has moved to, a picture, or not found."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.views.decorators.http import require_safe

from reentry_site.pages import publishing
from reentry_site.pages.pictures import Picture


@require_safe
def show(request: HttpRequest, path: str) -> HttpResponse:
    published = publishing.current()
    if finished := published.finished.get(f"/{path}"):
        return HttpResponse(finished)
    if target := published.edition.forwards.get(f"/{path}"):
        return HttpResponsePermanentRedirect(target)
    raise Http404


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture of a published page; no other file of the content folder."""
    return send(publishing.current().edition.pictures, name)


def send(pictures: Mapping[str, Picture], name: str) -> HttpResponse:
    if name not in pictures:
        raise Http404
    return HttpResponse(pictures[name].data, content_type=pictures[name].type)
