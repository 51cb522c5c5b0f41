"""What every template may ask for, with or without a request: the clinic's facts and the menu."""

from django import template

from reentry_site import facts
from reentry_site.pages import publishing
from reentry_site.pages.edition import MenuItem

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic(context) -> facts.Facts:
    """The facts of the edition that is being drawn, else those in force."""
    return context["clinic"] if "clinic" in context else facts.current()


@register.simple_tag(takes_context=True)
def menu(context) -> list[MenuItem]:
    """The menu of the edition that is being drawn, else the published one."""
    return context["menu"] if "menu" in context else publishing.current().edition.menu
