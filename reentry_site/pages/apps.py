"""The public site: Markdown in content/, published as finished pages. No database."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "reentry_site.pages"
    label = "pages"
