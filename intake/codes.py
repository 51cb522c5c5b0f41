"""What a client can keep of a request: the private code, which opens it, and the reference, which only names it.

Both follow from the version's id, each by a key of its own, so that every press of the same words shows the same ones
and neither has to be stored in clear. Of the code only a keyed hash is kept.
"""

import re
import uuid

from intake import vault

#: Crockford's base 32: no i, l, o or u. What is typed from paper is forgiven its look-alikes.
CODE_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 13  # 65 bits
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L
REFERENCE_LENGTH = 8
_LOOK_ALIKES = str.maketrans("oilu", "011v")


def private_code(version_id: uuid.UUID) -> str:
    """13 letters without hyphens."""
    return _letters(vault.derived("private code", version_id.bytes), CODE_LETTERS, CODE_LENGTH)


def shown(code: str) -> str:
    """As it is written down: `k7m2-9qxda-4tzw`."""
    return f"{code[:4]}-{code[4:9]}-{code[9:]}"


def read_code(typed: str) -> str | None:
    """A code typed in any case, with any hyphens or spaces, look-alikes forgiven; None where it can be none."""
    code = re.sub(r"[\s‐-―−_.-]+", "", typed[:64]).lower().translate(_LOOK_ALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) else None


def hash_of(code: str) -> str:
    return vault.derived("hash of a private code", code.encode()).hex()


def reference(version_id: uuid.UUID) -> str:
    """`ABCD-2345`. It opens nothing: the desk finds a request by it."""
    letters = _letters(vault.derived("reference", version_id.bytes), REFERENCE_LETTERS, REFERENCE_LENGTH)
    return f"{letters[:4]}-{letters[4:]}"


def read_reference(typed: str) -> str | None:
    """A reference typed in any case, with or without the hyphen; None where it can be none."""
    letters = re.sub(r"[^A-Z0-9]", "", typed[:64].upper())
    return f"{letters[:4]}-{letters[4:]}" if len(letters) == REFERENCE_LENGTH else None


def _letters(digest: bytes, alphabet: str, length: int) -> str:
    number, letters = int.from_bytes(digest), ""
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        letters += alphabet[rest]
    return letters
