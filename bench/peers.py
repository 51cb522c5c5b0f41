"""The sites that stand beside ours in bench/pages.py, each with the same article and one worker.

Coltrane and Wagtail come from an environment of their own (`make bench` installs it). Their page is ours with one
variable for the article, which is less than their own templates do.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.load import HERE, ROOT, SERVER_CORE, Answer, gunicorn, on_core, server
from tests.site import free_port

ARTICLE = "coming-back"
SERVED = HERE / "served"
#: Stays in nginx's own hands, or in gunicorn's.
OF_THE_SERVER = {"date", "server", "connection", "content-length", "content-type", "content-encoding", "vary"}
NGINX = """
{user} daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off; etag off; types {{ text/html html; }} charset utf-8;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  gzip_static on; gzip_vary on; open_file_cache max=100; keepalive_requests 100000000; sendfile on; tcp_nopush on;
  server {{ listen 127.0.0.1:{port}; root {folder}/root; add_header Last-Modified ""; {headers} }}
}}
"""
FILL = """
from home.models import HomePage
from pathlib import Path
page = HomePage.objects.get()
page.body = Path("article.html").read_text()
page.save_revision().publish()
"""
BODY = """
from wagtail.fields import RichTextField
HomePage.add_to_class("body", RichTextField(blank=True))
"""

Running = tuple[int, int, str]  # process, port, path


@contextlib.contextmanager
def bare(folder: Path, ours: Answer) -> Iterator[Running]:
    """A WSGI function with our bytes and headers."""
    with gunicorn(port := free_port(), "bench.served.bare:application", ANSWER=_keep(folder, ours)) as pid:
        yield pid, port, "/"


@contextlib.contextmanager
def cached_view(folder: Path, ours: Answer, data: Path) -> Iterator[Running]:
    """Django's way to our bytes, through the site's middleware. `data`: the site's DATA_DIR."""
    named = {"DJANGO_SETTINGS_MODULE": "bench.served.cached_settings", "DATA_DIR": data, "ANSWER": _keep(folder, ours)}
    with gunicorn(port := free_port(), "reentry_site.wsgi:application", **named) as pid:
        yield pid, port, "/kept/"


@contextlib.contextmanager
def nginx(folder: Path, plain: Answer, ours: Answer) -> Iterator[Running]:
    """Our bytes and headers from two files. `plain`: uncompressed."""
    place = folder / "root" / ARTICLE
    place.mkdir(parents=True)
    (place / "index.html").write_bytes(plain.body)
    (place / "index.html.gz").write_bytes(ours.body)
    headers = [f'add_header {name} "{value}";' for name, value in _own_headers(ours)]
    port, file = free_port(), folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # else it becomes nobody, who may not read our folder
    file.write_text(NGINX.format(user=user, folder=folder, port=port, headers=" ".join(headers)))
    with server(port, "nginx", "-p", folder, "-c", file) as pid:
        yield pid, port, f"/{ARTICLE}/"


@contextlib.contextmanager
def coltrane(folder: Path, python: Path, plain: Answer, **changes: str) -> Iterator[Running]:
    """`changes`: SITE_CACHE for Django's cache of whole pages."""
    site = folder / "coltrane"
    for part in ("content", "templates"):
        (site / part).mkdir(parents=True, exist_ok=True)
    (site / "content" / f"{ARTICLE}.md").write_text(f"---\ntemplate: article.html\n---\n{_words()}")
    (site / "templates" / "article.html").write_text(_template(plain, "{{ content }}"))
    named = {"PEER_FOLDER": site, "PYTHONPATH": SERVED} | changes
    with gunicorn(port := free_port(), "coltrane_site:application", python, cwd=site, **named) as pid:
        yield pid, port, f"/{ARTICLE}/"


@contextlib.contextmanager
def wagtail(folder: Path, python: Path, plain: Answer, **changes: str) -> Iterator[Running]:
    """Its own project template in production, with one field for the article. `changes`: as for coltrane."""
    site = folder / "wagtail"
    if not site.exists():
        _set_up_wagtail(site, python, plain)
    named = {"DJANGO_SETTINGS_MODULE": "peer.settings.production"} | changes
    with gunicorn(port := free_port(), "peer.wsgi:application", python, cwd=site, **named) as pid:
        yield pid, port, "/"


def _set_up_wagtail(site: Path, python: Path, plain: Answer) -> None:
    def run(*command: str | Path) -> None:
        ran = subprocess.run(command, cwd=site, capture_output=True, text=True)  # noqa: S603 (our own commands)
        if ran.returncode:
            sys.exit(f"{command} failed: {ran.stderr}")

    site.mkdir()
    run(python.with_name("wagtail"), "start", "peer", ".")
    shutil.copy(SERVED / "wagtail_local.py", site / "peer" / "settings" / "local.py")
    with (site / "home" / "models.py").open("a") as models:
        models.write(BODY)
    template = _template(plain, "{{ page.body|richtext }}")
    (site / "home/templates/home/home_page.html").write_text("{% load wagtailcore_tags %}" + template)
    (site / "article.html").write_text(_as_html())
    with on_core(SERVER_CORE):
        for arguments in (("makemigrations", "home"), ("migrate",), ("shell", "-c", FILL)):
            run(python, "manage.py", *arguments)


# The article --------------------------------------------------------------------------------------------------


def _words() -> str:
    """Our article as any Markdown reader takes it: without our components, anchors and facts."""
    text = (ROOT / "content" / f"{ARTICLE}.md").read_text().split("---\n", 2)[2]
    text = re.sub(r"^:::.*\n| \{#[\w-]+\}", "", text, flags=re.MULTILINE)
    return re.sub(r"\{\{ \w+ \}\}", "the clinic", text)


def _as_html() -> str:
    from markdown_it import MarkdownIt

    return MarkdownIt().render(_words())


def _template(plain: Answer, variable: str) -> str:
    """Our page with a variable in place of its article. As much is left of it that the pages are of one length."""
    page, article = plain.body.decode(), _as_html()
    before, opening, rest = page.partition("<main")
    inner, closing, after = rest.partition("</main>")
    kept = inner[: inner.index(">") + 1] + " " * max(0, len(inner) - len(article))
    verbatim = "{{% verbatim %}}{}{{% endverbatim %}}"
    return verbatim.format(before + opening + kept) + variable + verbatim.format(closing + after)


def _own_headers(answer: Answer) -> list[tuple[str, str]]:
    return [each for each in answer.headers if each[0].lower() not in OF_THE_SERVER]


def _keep(folder: Path, answer: Answer) -> Path:
    """What the bare function sends; gunicorn adds the rest."""
    dropped = {"date", "server", "connection"}
    headers = [each for each in answer.headers if each[0].lower() not in dropped]
    file = folder / "answer.json"
    file.write_text(json.dumps({"headers": headers, "body": answer.body.hex()}))
    return file
