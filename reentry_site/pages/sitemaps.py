"""What search engines ask for: which pages there are, and where they may look."""

from xml.sax.saxutils import escape

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reentry_site.pages import publishing


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every published page (sitemaps.org 0.9)."""
    paths = sorted(publishing.current().edition.pages)
    urls = "".join(f"<url><loc>{escape(request.build_absolute_uri(path))}</loc></url>" for path in paths)
    xml = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return HttpResponse(xml, content_type="application/xml")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """RFC 9309. Private pages are not named here, which would point at them: they say noindex themselves."""
    text = (
        f"User-agent: *\nDisallow: /admin/\nDisallow: /leave/\nSitemap: {request.build_absolute_uri('/sitemap.xml')}\n"
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
