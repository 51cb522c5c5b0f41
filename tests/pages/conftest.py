"""The editors' cast: a content folder, pictures for it, a publisher of it, and an editor who has signed in."""

import gzip
import io
import json
import re
import shutil
from dataclasses import asdict
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Group, User
from django.test import Client
from PIL import ExifTags, Image

from reentry_site.pages import finishing, publishing, warm_start
from reentry_site.pages.publishing import Publisher

LIST, CHECK, LINK = "/admin/pages/", "/admin/pages/check/", "/admin/pages/preview/"
SITE_LINK = "/admin/pages/preview/site/"
CORPUS = Path(__file__).parent / "corpus"
EXPECTED = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
BAD = "---\ntitle: Call: now\n---\nText.\n"
DRAFT = '---\ntitle: "A draft"\nkind: program\ndraft: yes\n---\nWords that nobody may see yet.\n'
CANARY = "zebra lighthouse marmalade"
MARK = b"as it was kept"


def page_text(words: str, header: str = "") -> str:
    return f'---\ntitle: "What we keep"\n{header}---\n{words}\n'


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30), colour: str = "navy", **options) -> bytes:
    """A real picture file of this form."""
    saved = io.BytesIO()
    Image.new("RGB", size, colour).save(saved, form, **options)
    return saved.getvalue()


def taken_at_a_place() -> bytes:
    """What a camera writes into a picture, as bytes."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (41.0, 28.0, 0.0), 3: "W", 4: (81.0, 32.0, 0.0)})
    return exif.tobytes()


def put_pictures(folder: Path) -> None:
    """The pictures that the pages of the corpus name: one is good, and one for each thing that can be wrong."""
    lying = {
        "entrance.jpg": picture(),
        "half.jpg": picture(size=(400, 300))[:-200],
        "large.png": picture("PNG") + bytes(1024 * 1024),
        "at-the-door.jpg": picture(exif=taken_at_a_place()),
        "moving.webp": picture("WEBP", save_all=True, append_images=[Image.new("RGB", (40, 30), "white")]),
    }
    (folder / "pictures").mkdir()
    for name, data in lying.items():
        (folder / "pictures" / name).write_bytes(data)


@pytest.fixture
def of_django() -> Client:
    """A reader whom Django answers although the answer may be finished: what it was made of can be changed here."""
    return Client(**{finishing.UNFINISHED: True})


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(project.CONTENT_DIR, tmp_path / "content")


@pytest.fixture
def publisher(folder, tmp_path, settings, monkeypatch) -> Publisher:
    """The copied folder, published; `look` twice sees a change. No thread of its own."""
    settings.CONTENT_DIR = folder
    publisher = Publisher(folder, tmp_path / "last-good")
    publisher.current()
    monkeypatch.setattr(publishing, "current", publisher.current)
    monkeypatch.setattr(publishing, "KEPT", publisher.kept)
    return publisher


def save(publisher: Publisher, file: str, text: str) -> None:
    (publisher.folder / file).write_text(text, encoding="utf-8")
    publisher.look()
    publisher.look()


def mark(kept: Path) -> None:
    """Put words into the file for a warm start that only it has."""
    header, _, packed = (kept / warm_start.FILE).read_bytes().partition(b"\n")
    body = gzip.decompress(packed).replace(b"What we keep", MARK)
    (kept / warm_start.FILE).write_bytes(header + b"\n" + gzip.compress(body))


def account(*groups: str, **options) -> User:
    user = User.objects.create_user("someone", first_name="Someone", **{"is_staff": True} | options)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


@pytest.fixture
def editor(db) -> Client:
    client = Client()
    client.force_login(account("editor"))
    return client


def words(answer) -> str:
    return unescape(answer.content.decode())


def row(answer, file: str):
    return next(each for each in answer.context["rows"] if each.file == file)


def states(answer, file: str) -> list[str]:
    return [badge.word for badge in row(answer, file).badges]


def checked(answer) -> list[dict]:
    return [asdict(each.fault) for each in answer.context["told"]]


def link_to(editor: Client, file: str) -> str:
    return link_in(editor.post(LINK, {"file": file}))


def link_in(answer) -> str:
    return re.search(r'value="http://testserver(/preview/[^"]+)"', answer.content.decode())[1]
