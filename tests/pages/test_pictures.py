"""Pictures: described, without a place, drawn without a jump, and public only while a public page shows them."""

import re

import pytest
from PIL import ExifTags, Image

from reentry_site.pages import edition, next_site, pictures
from reentry_site.pages.faults import Fault
from reentry_site.pages.publishing import Publisher
from tests.pages.conftest import CHECK, link_to, page_text, picture, put_pictures, save, taken_at_a_place, words
from tests.pages.test_markdown import codes, html, rendered

SHOWS = page_text("Text.\n\n![A blue door](pictures/entrance.jpg)")


@pytest.fixture
def publisher(publisher) -> Publisher:
    put_pictures(publisher.folder)
    save(publisher, "privacy.md", SHOWS)
    return publisher


def drawn(publisher: Publisher, path: str = "/privacy/") -> list[str]:
    return re.findall(r"<img [^>]*>", publisher.current().finished[path].decode())


def sent(client, name: str = "entrance.jpg") -> bytes | None:
    answer = client.get(f"/pictures/{name}")
    return answer.content if answer.status_code == 200 else None


# In the text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["pictures/entrance.jpg", "/pictures/entrance.jpg"])
def test_both_forms_of_the_address_lead_to_the_same_picture(address):
    assert html(f"![A “blue” door & *more*]({address})") == (
        '<p><img src="/pictures/entrance.jpg" alt="A “blue” door &amp; more"></p>'
    )


def test_a_decorative_picture_says_nothing_to_a_screen_reader():
    assert html('![](pictures/leaf.png "decorative")') == '<p><img src="/pictures/leaf.png" alt=""></p>'


def test_what_lies_below_the_start_is_fetched_only_when_it_is_near():
    result = rendered(
        "![One](pictures/a.png)\n\n## More\n\n![Two](pictures/b.png)\n\n::: note\n![3](pictures/c.png)\n:::"
    )
    assert "lazy" not in result.intro
    assert result.sections[0].html.count('loading="lazy" decoding="async"') == 2


def test_the_words_of_a_picture_are_judged_like_all_others():
    result = rendered("[![Call 216 555 0143](pictures/a.png)](/faq/)")
    assert "Call 216 555 0143" in [prose.typed for prose in result.prose]
    assert [link.words for link in result.links] == ["Call 216 555 0143"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("![](pictures/a.jpg)", "picture-words"),
        ("![ &nbsp; **](pictures/a.jpg)", "picture-words"),
        ("![ *a.jpg*](pictures/a.jpg)", "picture-name"),
        ("![IMG 1234](pictures/img_1234.jpg)", "picture-name"),
        ('![Words](pictures/a.jpg "decorative")', "picture-mark"),
        ('![Words](pictures/a.jpg "More words")', "picture-mark"),
        ("![Words](//example.org/a.jpg)", "picture-elsewhere"),
        ("![Words](HTTPS://example.org/pictures/a.jpg)", "picture-elsewhere"),
        ("![Words](data:image/svg+xml,x)", "picture-form"),
        ("![Words](pictures/../facts.yaml)", "picture-address"),
        ("![Words](pictures/deep/a.jpg)", "picture-address"),
        ("![Words](pictures/%2e%2e%2fa.jpg)", "picture-address"),
        ("![Words](pictures/a.jpg?x)", "picture-address"),
        ("![Words](programs/pictures/a.jpg)", "picture-address"),
        ("![Words](pictures/my door.jpg)", "picture-form"),
    ],
)
def test_a_picture_that_cannot_stand_is_a_fault(text, code):
    assert codes(text) == [code]


# The file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_good_file_is_known_by_its_bytes_and_has_its_size(form):
    found = pictures.judge("a.jpg", data := picture(form, (40, 30)))
    assert (found.type, found.width, found.height, found.data) == (f"image/{form.lower()}", 40, 30, data)


def test_a_turned_picture_has_the_size_that_is_seen():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    found = pictures.judge("a.jpg", picture("JPEG", (40, 30), exif=exif))
    assert (found.width, found.height) == (30, 40)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture-file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture-file"),
        (picture("GIF"), "picture-file"),
        (picture("PNG")[:60], "picture-file"),
        (picture("PNG", (4001, 1)), "picture-large"),
        (picture("JPEG", exif=taken_at_a_place()), "picture-place"),
        (picture("PNG", exif=taken_at_a_place()), "picture-place"),
        (picture("WEBP", exif=taken_at_a_place()), "picture-place"),
        (picture("JPEG", xmp=b'<x exif:GPSLatitude="41,28N"/>'), "picture-place"),
    ],
)
def test_a_file_that_cannot_stand_is_a_fault(data, code):
    found = pictures.judge("a.jpg", data)
    assert isinstance(found, Fault)
    assert found.code == code


def test_a_link_out_of_the_folder_is_no_picture(tmp_path):
    folder = tmp_path / "content"
    (folder / "pictures").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(picture())
    (folder / "pictures" / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    assert pictures.read(folder, {})["a.jpg"].code == "outside"


# For readers --------------------------------------------------------------------------------------------------


def test_a_page_gives_the_picture_its_room_before_it_comes(publisher):
    assert drawn(publisher) == ['<img src="/pictures/entrance.jpg" width="40" height="30" alt="A blue door">']


def test_a_picture_is_sent_as_what_it_is_and_is_never_kept(publisher, client):
    answer = client.get("/pictures/entrance.jpg")
    assert answer.content == (publisher.folder / "pictures" / "entrance.jpg").read_bytes()
    expected = {"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    assert {name: answer[name] for name in expected} == expected
    assert "img-src 'self';" in answer["Content-Security-Policy"]
    assert not answer.cookies
    head = client.head("/pictures/entrance.jpg")
    assert (head.status_code, head["Content-Type"], head.content) == (200, "image/jpeg", b"")
    assert client.post("/pictures/entrance.jpg").status_code == 405


def test_leaving_hides_pictures_too(publisher, client):
    client.get("/leave/")
    assert client.get("/pictures/entrance.jpg").status_code == 302


@pytest.mark.parametrize(
    "name",
    ["unused.jpg", "half.jpg", "../facts.yaml", "..%2ffacts.yaml", "facts.yaml", "README.md", "", "Entrance.jpg"],
)
def test_nothing_else_of_the_folder_is_sent(publisher, client, name):
    (publisher.folder / "pictures" / "unused.jpg").write_bytes(picture())
    publisher.look()
    publisher.look()
    assert client.get(f"/pictures/{name}", follow=True).status_code == 404


def test_a_picture_is_public_just_as_long_as_a_public_page_shows_it(publisher, client):
    save(publisher, "privacy.md", SHOWS.replace("title:", "draft: yes\ntitle:"))
    assert sent(client) is None
    save(publisher, "privacy.md", SHOWS)
    assert sent(client)
    save(publisher, "privacy.md", page_text("Words only."))
    assert sent(client) is None


def test_another_picture_of_the_same_name_is_seen(publisher, client):
    (publisher.folder / "pictures" / "entrance.jpg").write_bytes(new := picture("PNG", (60, 20)))
    assert publisher.look() is False  # perhaps it is still being saved
    publisher.look()
    assert sent(client) == new
    assert 'width="60" height="20"' in drawn(publisher)[0]


def test_a_picture_that_breaks_or_goes_stays_in_its_last_good_version_also_after_a_restart(publisher, client):
    lying = publisher.folder / "pictures" / "entrance.jpg"
    good, shown = lying.read_bytes(), drawn(publisher)
    for change in (lambda: lying.write_bytes(good[:50]), lying.unlink):
        change()
        (publisher.folder / "privacy.md").write_text(SHOWS.replace("Text", "New text"))
        publisher.look()
        publisher.look()
        again = Publisher(publisher.folder, publisher.kept)
        for each in (publisher, again):
            assert drawn(each) == shown
            assert each.current().edition.pictures["entrance.jpg"].data == good
            assert b"New text" not in each.current().finished["/privacy/"]
            assert {fault.file for fault in each.current().faults if fault.severity == "error"} == {"privacy.md"}
    assert sent(client) == good


def test_what_is_kept_of_pictures_is_what_is_published(publisher):
    assert [path.name for path in (publisher.kept / "pictures").iterdir()] == ["entrance.jpg"]
    save(publisher, "privacy.md", page_text("Words only."))
    assert list((publisher.kept / "pictures").iterdir()) == []


def test_a_start_with_nothing_changed_has_the_picture_without_judging_it(publisher, monkeypatch):
    with monkeypatch.context() as unread:
        unread.setattr(edition, "build", lambda *_: pytest.fail("the folder was built"))
        again = Publisher(publisher.folder, publisher.kept)
        assert again.current().edition.pictures == publisher.current().edition.pictures
    assert drawn(again) == drawn(publisher)


def test_a_kept_picture_that_is_damaged_is_written_anew(publisher):
    kept = publisher.kept / "pictures" / "entrance.jpg"
    good = kept.read_bytes()
    kept.write_bytes(b"damaged")
    assert drawn(Publisher(publisher.folder, publisher.kept)) == drawn(publisher)
    assert kept.read_bytes() == good


def test_an_answer_of_the_faq_takes_its_picture_along_to_the_front_page(publisher):
    question = publisher.current().edition.pages["/"].questions[0]
    text = (publisher.folder / "faq.md").read_text()
    with_picture = re.sub(rf"(\{{#{question}\}}\n)", r"\1\n![A blue door](pictures/entrance.jpg)\n", text)
    save(publisher, "faq.md", with_picture)
    assert drawn(publisher, "/") == drawn(publisher, "/faq/")
    assert 'width="40"' in drawn(publisher, "/")[0]


# For editors --------------------------------------------------------------------------------------------------


def test_a_preview_shows_the_pictures_of_its_page_to_whoever_has_the_link(editor, publisher, client):
    (publisher.folder / "pictures" / "leaf.png").write_bytes(leaf := picture("PNG", (20, 20)))
    draft = "![A leaf](pictures/leaf.png) ![A blue door](pictures/entrance.jpg)"
    save(publisher, "new.md", page_text(draft, "draft: yes\n"))
    link = link_to(editor, "new.md")
    shown = words(client.get(link))
    assert f'<img src="{link}pictures/leaf.png" width="20" height="20" alt="A leaf">' in shown
    answer = client.get(f"{link}pictures/leaf.png")
    assert (answer.content, answer["Content-Type"], answer["Cache-Control"]) == (leaf, "image/png", "no-store")
    assert client.get(f"{link}pictures/entrance.jpg").status_code == 200
    assert sent(client, "leaf.png") is None
    other = link_to(editor, "faq.md")
    assert client.get(f"{other}pictures/leaf.png").status_code == 404
    assert client.get("/preview/x/pictures/leaf.png").status_code == 410


def test_the_next_site_shows_the_pictures_of_its_drafts(editor, publisher, client):
    (publisher.folder / "pictures" / "leaf.png").write_bytes(leaf := picture("PNG", (20, 20)))
    save(publisher, "new.md", page_text("![A leaf](pictures/leaf.png)", "draft: yes\n"))
    front, _ = next_site.new_link()
    assert f'<img src="{front}pictures/leaf.png" width="20" height="20" alt="A leaf">' in words(
        client.get(f"{front}new/")
    )
    answer = client.get(f"{front}pictures/leaf.png")
    assert (answer.content, answer["Cache-Control"]) == (leaf, "no-store")
    before = client.get(f"{front}stamp").content
    (publisher.folder / "pictures" / "leaf.png").unlink()
    assert client.get(f"{front}stamp").content != before
    assert client.get(f"{front}pictures/half.jpg").status_code == 404
    assert client.get("/preview/site/x/pictures/leaf.png").status_code == 410


def test_an_open_preview_sees_a_new_picture(editor, publisher, client):
    link = link_to(editor, "privacy.md")
    before = client.get(link + "stamp").content
    (publisher.folder / "pictures" / "entrance.jpg").write_bytes(picture(size=(50, 50)))
    assert client.get(link + "stamp").content != before


def test_check_my_page_shows_the_pictures_of_the_folder_to_editors_alone(editor, publisher, client):
    (publisher.folder / "pictures" / "leaf.png").write_bytes(leaf := picture("PNG", (20, 20)))
    answer = editor.post(CHECK, {"file": "new.md", "text": page_text("![A leaf](pictures/leaf.png)")})
    assert 'src="/admin/pages/pictures/leaf.png" width="20" height="20"' in words(answer).replace("&quot;", '"')
    assert editor.get("/admin/pages/pictures/leaf.png").content == leaf
    assert editor.get("/admin/pages/pictures/half.jpg").status_code == 404
    assert client.get("/admin/pages/pictures/leaf.png").status_code == 302
