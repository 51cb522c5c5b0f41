"""What every template may ask for, with or without a request: the clinic's facts and the menu."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from reentry_site import facts, inline_style
from reentry_site.pages import publishing
from reentry_site.pages.edition import MenuItem

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic(context) -> facts.Facts:
    """The facts of the edition that is being drawn, else those in force."""
    return context["clinic"] if "clinic" in context else facts.current()


@register.simple_tag
def style(name: str) -> SafeString:
    """One of the public style sheets, in the page."""
    return format_html("<style>{}</style>", mark_safe(inline_style.STYLES[name]))  # noqa: S308 (our own files)


@register.simple_tag(takes_context=True)
def menu(context) -> list[MenuItem]:
    """The menu of the edition that is being drawn, else the published one."""
    return context["menu"] if "menu" in context else publishing.current().edition.menu
