"""What search engines ask for: which pages there are, when each last changed, and where they may look."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reentry_site.pages import last_changed, publishing, structured_data

#: Machines ask for these, and nobody is to forget that they did.
KEPT_AN_HOUR = {"Cache-Control": "max-age=3600"}


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every published page (sitemaps.org 0.9)."""
    urls = "".join(_urls(_base(request)))
    xml = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return HttpResponse(xml, content_type="application/xml", headers=KEPT_AN_HOUR)


def _urls(base: str) -> Iterator[str]:
    days = last_changed.read(publishing.KEPT)
    for path in sorted(publishing.current().edition.pages):
        changed = f"<lastmod>{days[path]}</lastmod>" if path in days else ""
        yield f"<url><loc>{escape(base + path)}</loc>{changed}</url>"


def _base(request: HttpRequest) -> str:
    """The one host that readers are told of; on this machine, the one that was asked."""
    return structured_data.base() or f"{request.scheme}://{request.get_host()}"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """RFC 9309. Private pages are not named here, which would point at them: they say noindex themselves."""
    text = f"User-agent: *\nDisallow: /admin/\nDisallow: /leave/\nSitemap: {_base(request)}/sitemap.xml\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=KEPT_AN_HOUR)
