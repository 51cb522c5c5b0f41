"""EMAIL_URL → how mails to staff are sent. Strict: what is not understood is one sentence, never with the password."""

import dataclasses
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

EXAMPLE = "smtp+tls://USER:PASSWORD@HOST:587?from=desk@clinic.example"
BACKENDS = "django.core.mail.backends"
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclasses.dataclass(frozen=True)
class Mail:
    """By default no mail is sent. `use_tls`: STARTTLS, `use_ssl`: TLS from the first byte."""

    backend: str = f"{BACKENDS}.dummy.EmailBackend"
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    sender: str = "desk@localhost"


def parse(url: str) -> Mail:
    """Raises ImproperlyConfigured."""
    if not url:
        return Mail()
    if url == "console:":
        return Mail(backend=f"{BACKENDS}.console.EmailBackend")
    try:
        return _smtp(urlsplit(url))
    except ValueError:  # a port that is no number, a host that is none; its words may quote the password
        raise ImproperlyConfigured(f"EMAIL_URL is not understood. Write {EXAMPLE}") from None


def _smtp(parts: SplitResult) -> Mail:
    query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or query.keys() - {"from"}:
        raise ValueError
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and parts.scheme == "smtp":
        raise ImproperlyConfigured("EMAIL_URL would send its password in clear. Write smtp+tls:// or smtps://")
    return Mail(
        backend=f"{BACKENDS}.smtp.EmailBackend",
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=user,
        password=password,
        use_tls=parts.scheme == "smtp+tls",
        use_ssl=parts.scheme == "smtps",
        sender=_address(query.get("from", [user])[-1]),
    )


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ImproperlyConfigured(f"EMAIL_URL does not say from which address. Write {EXAMPLE}") from error
    return text
