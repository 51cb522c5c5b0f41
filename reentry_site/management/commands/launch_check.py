"""`manage.py launch_check`: what is still owed before this site may be public. Ends with 1 until nothing is."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

from reentry_site import mail_url
from reentry_site.pages import publishing
from reentry_site.pages.publishing import Published

DESK = ("triage", "supervisor")


class Command(BaseCommand):
    help = "Lists what the clinic and the operator still owe before launch. Ends with 1 until nothing is missing."

    def handle(self, *args, **options) -> None:
        published = publishing.publish(settings.CONTENT_DIR)
        owed = [*_facts(published), *_pages(published), *_accounts(), *_wiring()]
        for each in owed:
            self.stdout.write(f"- {each}")
        if owed:
            self.stdout.write(f"{len(owed)} still to do before launch.")
            raise SystemExit(1)
        self.stdout.write("Nothing is missing.")


def _facts(published: Published) -> Iterator[str]:
    """Empty facts: those that a page left a sentence out for, and the hours, which the desk and the promise need."""
    pages = published.edition.pages.values()
    for fact in published.edition.facts.missing():
        files = sorted(page.file for page in pages if fact in page.empty_facts)
        if files:
            yield f"facts.yaml: {fact} is empty. Sentences are left out of {', '.join(files)}."
        elif fact == "hours":
            yield "facts.yaml: hours is empty. No page promises a call, and the desk assumes Monday to Friday 8 to 18."


def _pages(published: Published) -> Iterator[str]:
    for page in published.edition.pages.values():
        for heading in page.placeholders:
            yield f"{page.file}: the notice “{heading}” is a placeholder. Put the clinic's text in its place."
    yield from (str(fault) for fault in published.faults)


def _accounts() -> Iterator[str]:
    staff = User.objects.filter(is_active=True, is_staff=True)
    if not staff.filter(groups__name__in=DESK).exists():
        yield "There is no account for the calling desk. `manage.py staff_invite` prints a link."
    elif not staff.filter(groups__name__in=DESK).exclude(email="").exists():
        yield "Nobody at the calling desk has an e-mail address, so nobody is told that a request waits."
    for user in staff.filter(groups__name="operator").filter(groups__name__in=DESK).distinct():
        yield f"{user.get_username()} is operator and works the desk. The operator must see no request: part the two."
    if User.objects.filter(is_superuser=True).exists():
        yield "There is a superuser. No account here may do everything."


def _wiring() -> Iterator[str]:
    if not settings.PUBLIC:
        yield "PUBLIC_HOSTS is not set: the site runs for this machine alone."
    if settings.BEHIND_TLS and not settings.TRUSTED_PROXIES:
        yield (
            "TRUSTED_PROXIES is 0 with BEHIND_TLS: everybody seems to come from the proxy's address, so that wrong "
            "passwords of one slow the sign-in of all. Write how many of yours stand in front: TRUSTED_PROXIES=1"
        )
    if not settings.EMAIL_URL:
        yield f"EMAIL_URL is not set: staff get no mail when a request waits. Write {mail_url.EXAMPLE}"
