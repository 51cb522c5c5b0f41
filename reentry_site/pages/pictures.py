"""Pictures of the content folder: each judged, and held in memory with the edition that shows it.

A picture is looked up by its name among those that were read. No path is ever made from an address.
"""

import io
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token
from PIL import ExifTags, Image
from pydantic import Base64Bytes

from reentry_site.pages.faults import Fault, Found, error

FOLDER = "pictures"
MOST_BYTES = 1024 * 1024
MOST_PIXELS_A_SIDE = 4000  # drawn out in memory, a small file can be huge
#: What a file is by its bytes → how it is sent. Its name is not asked.
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
DECORATIVE = "decorative"
_NAME = r"[A-Za-z0-9][\w-]*\.(?:jpe?g|png|webp)"
_ADDRESS = re.compile(rf"/?{FOLDER}/({_NAME})", re.ASCII | re.IGNORECASE)
_DRAWN = re.compile(rf'<img src="/{FOLDER}/([^"/]+)"')
_TURNED = 5  # from this EXIF orientation on, width and height change places


@dataclass(frozen=True)
class Picture:
    """A good picture, as readers get it. `type`: its Content-Type. `width`, `height`: in pixels, as it is shown."""

    type: str
    width: int
    height: int
    data: Base64Bytes = field(repr=False)  # in JSON; else as they are

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


# In the folder ------------------------------------------------------------------------------------------------


def files(folder: Path) -> list[str]:
    """Every file that a page could name, relative to the content folder."""
    named = re.compile(_NAME, re.ASCII | re.IGNORECASE)
    lying = (path for path in (folder / FOLDER).glob("*") if named.fullmatch(path.name) and path.is_file())
    return sorted(f"{FOLDER}/{path.name}" for path in lying)


def read(
    folder: Path, last: Mapping[str, Picture], still_changing: Set[str] = frozenset()
) -> dict[str, Picture | Fault]:
    """Name → the picture, or what is wrong with its file. What is being saved just now stays as it was in `last`."""
    waiting = {name: picture for name, picture in last.items() if f"{FOLDER}/{name}" in still_changing}
    lying = (folder / file for file in files(folder))
    return {path.name: _read(path, folder, last.get(path.name)) for path in lying} | waiting


def good(folder: Path, last: Mapping[str, Picture]) -> dict[str, Picture]:
    return {name: found for name, found in read(folder, last).items() if isinstance(found, Picture)}


def _read(path: Path, folder: Path, same: Picture | None) -> Picture | Fault:
    """`same`: the picture as it was judged before, which stands while its bytes do."""
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return _fault(path.name, "outside", "leads out of the content folder", "Put the file itself here.")
        if path.stat().st_size > MOST_BYTES:
            return _too_large(path.name, "is over 1 MiB")
        data = path.read_bytes()
    except OSError as problem:
        return _fault(path.name, "picture-file", f"cannot be read: {problem.strerror}", "Save it again.")
    return same if same and same.data == data else judge(path.name, data)


def judge(name: str, data: bytes) -> Picture | Fault:
    """Bytes → a picture that is whole, still, small enough, and silent about where it was taken; or why not."""
    try:
        with Image.open(io.BytesIO(data), formats=list(TYPES)) as image:
            if max(image.size) > MOST_PIXELS_A_SIDE:
                return _too_large(name, f"is {image.width} by {image.height} pixels large")
            if getattr(image, "n_frames", 1) > 1:
                return _fault(name, "picture-frames", "holds several pictures, or moves", "Save one of them as JPEG.")
            image.load()
            if _tells_a_place(image):
                return _fault(name, "picture-place", "says where it was taken", _WITHOUT_ITS_PLACE)
            turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= _TURNED
            width, height = image.size[::-1] if turned else image.size
            return Picture(TYPES[image.format], width, height, data)
    except Exception:  # no such picture, half of one, or a decoder's own slip on bytes that nobody thought of
        why = "is no whole JPEG, PNG or WebP picture"
        return _fault(name, "picture-file", why, "Open it in a picture program and save it as JPEG.")


_WITHOUT_ITS_PLACE = (
    "Windows: right-click the file, Properties, Details, Remove Properties and Personal Information. "
    "Mac: open it in Preview, Tools, Show Inspector, GPS, Remove Location Info."
)


def _tells_a_place(image: Image.Image) -> bool:
    """By the camera's own note (EXIF), or by that of a picture program (XMP)."""
    place = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    return bool({ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitude} & place.keys()) or "GPSL" in repr(image.info)


def _too_large(name: str, why: str) -> Fault:
    fix = "Save it 1600 pixels wide or less, as JPEG. It then has about 300 KB, which is fine."
    return _fault(name, "picture-large", why, fix)


def _fault(name: str, code: str, why: str, fix: str) -> Fault:
    return error(f"{FOLDER}/{name}", 1, code, f"The picture {name} {why}.", fix=fix)


# On a page ----------------------------------------------------------------------------------------------------


def name_of(image: Token, words: str, line: int, found: list[Found]) -> str:
    """Make one picture of a text ready to be drawn, and give its name, or ""; what is wrong is added to `found`."""
    typed, mark = str(image.attrs["src"]), str(image.attrs.pop("title", ""))
    match = _ADDRESS.fullmatch(typed)
    if not match:
        found.append(_of_address(typed, line))
        return ""
    image.attrs["src"] = f"/{FOLDER}/{match[1]}"
    if mark not in {"", DECORATIVE} or (mark and words):
        message = f'A picture has words before its address, or behind it the mark "{DECORATIVE}"; never anything else.'
        found.append(Found(line, "picture-mark", message, f"![{words or 'What it shows'}]({FOLDER}/{match[1]})"))
    elif not mark and not re.search(r"\w", words):
        message = "This picture needs words for people who can’t see it."
        fix = f'![What it shows]({FOLDER}/{match[1]}), or ![]({FOLDER}/{match[1]} "{DECORATIVE}") if it says nothing'
        found.append(Found(line, "picture-words", message, fix))
    elif not mark and _plain(words) in {_plain(match[1]), _plain(match[1].rpartition(".")[0])}:
        message = f"“{words}” is the name of the file. Say what the picture shows."
        found.append(Found(line, "picture-name", message, f"![What it shows]({FOLDER}/{match[1]})"))
    return match[1]


def _of_address(typed: str, line: int) -> Found:
    fix = f"Put the file into {FOLDER}/ and write ![What it shows]({FOLDER}/entrance.jpg)"
    if re.match(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", typed, re.IGNORECASE):
        message = "A picture from somewhere else would tell others who reads here."
        return Found(line, "picture-elsewhere", message, fix)
    message = f"{typed} cannot be a picture. Pictures are JPEG, PNG or WebP files in {FOLDER}/."
    return Found(line, "picture-address", message, fix)


def _plain(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words).strip().lower()


def shown(used: Iterable[str], found: Mapping[str, Picture | Fault], last: Mapping[str, Picture]) -> dict[str, Picture]:
    """The pictures that published pages use: as they are now, or else in their last good version."""
    now = {name: picture for name, picture in found.items() if isinstance(picture, Picture)}
    return {name: picture for name in used if (picture := now.get(name) or last.get(name))}


def put_in(html: str, sizes: Mapping[str, tuple[int, int]], root: str = f"/{FOLDER}/") -> str:
    """A drawn page with the size of each picture, so that nothing moves while it loads. `root`: where they lie.

    At the end, because a page stays as it was read when only its picture is another.
    """

    def with_size(match: re.Match) -> str:
        width, height = sizes.get(match[1], (0, 0))
        size = f' width="{width}" height="{height}"' if width else ""
        return f'<img src="{root}{match[1]}"{size}'

    return _DRAWN.sub(with_size, html)
