"""Every address that ends in a slash may be a page; one without it is sent to the one with it."""

from django.urls import path, re_path

from reentry_site.pages import next_site, preview, sitemaps, views

app_name = "pages"
urlpatterns = [
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("pictures/<str:name>", views.picture, name="picture"),
    path("preview/<str:token>/pictures/<str:name>", preview.picture, name="preview_picture"),
    path("preview/<str:token>/", preview.show, name="preview"),
    path("preview/<str:token>/stamp", preview.stamp, name="preview_stamp"),
    path("preview/site/<str:token>/", next_site.show, name="next_site"),
    path("preview/site/<str:token>/pictures/<str:name>", next_site.picture, name="next_site_picture"),
    path("preview/site/<str:token>/stamp", next_site.stamp, name="next_site_stamp"),
    path("preview/site/<str:token>/<path:path>/", next_site.show, name="next_page"),
    re_path(r"^(?P<path>(?:[^/]+/)*)$", views.show, name="show"),
]
