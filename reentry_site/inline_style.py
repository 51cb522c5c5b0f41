"""The public style sheets as every page carries them: nothing more has to be fetched before it shows. The policy of
content allows these by their hashes alone (CSP 3, 2.3.1); so the bytes must be the same everywhere."""

import base64
import hashlib
import re

from django.conf import settings

_FOLDER = settings.BASE_DIR / "static" / "css"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def _joined(*names: str) -> str:
    """Without comments and indents. Fonts keep their plain address, which WhiteNoise lets browsers keep for good."""
    css = _COMMENT.sub("", "\n".join((_FOLDER / f"{name}.css").read_text() for name in names))
    return re.sub(r"\s*\n\s*", "\n", css).strip().replace('url("../', f'url("{settings.STATIC_URL}')


#: Name → what stands in `<style>`. `forms` comes after `public`, on the pages that have a form.
STYLES = {"public": _joined("tokens", "site", "components", "print"), "forms": _joined("forms")}
SOURCES = [f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'" for css in STYLES.values()]
