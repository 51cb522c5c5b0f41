"""Puts our own desk in the place of the stock admin site."""

from django.contrib.admin import apps


class DeskAdminConfig(apps.AdminConfig):
    default = False  # it stands for django.contrib.admin, not for reentry_site
    default_site = "reentry_site.desk_site.DeskSite"
