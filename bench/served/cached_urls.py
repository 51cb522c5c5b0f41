"""The site's addresses, and before them a page whose compressed bytes are kept in memory."""

from django.http import HttpResponse
from django.urls import path

from bench.served.bare import BODY
from reentry_site import urls

KEPT = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
urlpatterns = [path("kept/", lambda request: HttpResponse(BODY, headers=KEPT)), *urls.urlpatterns]
handler400, handler404, handler500 = urls.handler400, urls.handler404, urls.handler500
