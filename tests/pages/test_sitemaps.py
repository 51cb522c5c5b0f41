"""Search engines learn of every published page and of nothing else."""

import re

from reentry_site.pages import publishing


def test_the_sitemap_names_every_page_once(client):
    xml = client.get("/sitemap.xml").content.decode()
    named = re.findall(r"<loc>http://testserver(.*?)</loc>", xml)
    assert named == sorted(publishing.current().finished)


def test_robots_names_the_sitemap_and_no_private_page(client):
    text = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in text
    assert "received" not in text and "yours" not in text
