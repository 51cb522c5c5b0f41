"""A fixed corpus of what no browser sends: name → the bytes of one connection. Judged by test_bad_input.py."""

import urllib.parse

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
ADDRESSES = ("/callback/", "/callback/yours/", "/callback/yours/x/", "/callback/received/x/", "/", "/faq/", "/leave/")
POSTED = ("/callback/", "/callback/yours/")
PHONE = b"phone=216+555+0143"


def raw(method="GET", path="/callback/", headers=(), body=b"", *, host="localhost", version="HTTP/1.1") -> bytes:
    """The bytes of one request as they are given: what is wrong with them stays wrong."""
    lines = [_bytes(method) + b" " + _bytes(path) + b" " + _bytes(version)]
    lines += [b"Host: " + _bytes(host)] if host is not None else []
    lines += [_bytes(name) + b": " + _bytes(value) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


def post(body: bytes, kind: str | None = FORM, path="/callback/", headers=(), length: int | str | None = None) -> bytes:
    kinds = [("Content-Type", kind)] if kind is not None else []
    return raw("POST", path, [*kinds, ("Content-Length", str(len(body) if length is None else length)), *headers], body)


def part(name: str, content: bytes, extra: str = "") -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (
        name.encode(),
        extra.encode(),
        content,
    )


def chunked(*chunks: bytes, end=b"0\r\n\r\n", headers=()) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return raw("POST", headers=[("Content-Type", FORM), ("Transfer-Encoding", "chunked"), *headers], body=body + end)


METHODS = (
    *("TRACE", "CONNECT", "PROPFIND", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "post", "get", "Post"),
    *("", "GET GET", "G\0ET", "GÉT", "A" * 5000, "BREW", "*"),
)
PATHS = (
    *("", "*", "//", "///callback///", "//elsewhere.example/", "/./callback/", "/../callback/", "/callback/../admin/"),
    *(
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/static/../../db.sqlite3",
        "/static/%2e%2e/keys/lookup.key",
    ),
    *("/static//etc/passwd", "/callback%2F", "/callback/%2F", "/callback/%00", "/%00", "/callback/yours/%00/"),
    *("/callback/yours/%ff%fe/", "/callback/yours/%ed%a0%80/", "/callback/yours/%c0%af/", "/callback/yours/%/"),
    *("/callback/yours/%zz/", "/callback/yours/%u0041/", "/callback/yours/" + "x" * 3900 + "/", "/callback/yours/é/"),
    *("/callback/yours/٠٠٠٠-٠٠٠٠٠-٠٠٠٠/", "/callback/yours/..%2f/", "/callback/yours/%0d%0aSet-Cookie:%20a=b/"),
    *("/callback/received/%00/", "/callback/received/é:é:é/", "/callback/received/" + ":" * 500 + "/"),
    *("/callback/received/x:1tVabc:y/", "/callback/received/%F0%9F%92%A9/", "/callback/received/a%0ab/"),
    *("/callback/?" + "a=b&" * 900, "/callback/?phone=%00", "/callback/?%", "/callback/?%ff=%fe", "/?page=\0"),
    *("/faq/%0d%0aLocation:%20https://elsewhere.example", "/faq;x=1", "/faq/#fragment", "/faq\\", "/FAQ/", "/callback"),
    *("/admin/login/?next=//elsewhere.example", "/admin/%00/", "/admin/intake/callbackrequest/%00/change/", "/é/"),
    *("http://elsewhere.example/callback/", "http://[::1/", "callback/", "/callback/ x", "/" + "a/" * 2500, "/\udcff"),
)
BODIES = {
    "nothing": b"",
    "NUL": b"phone=2165550143&name=%00a%00&note=b%00",
    "raw NUL": b"phone=2165550143&name=a\0b",
    "control characters": b"phone=2165550143&name=%01%08%0b%0c%1b%7f%c2%85&note=%1b%5b31m%0d%0a%0b%e2%80%a8",
    "directions": "phone=2165550143&name=a\u202eb\u2066c\u200f&note=\u202d\u061c".encode(),
    "tags": "phone=2165550143&name=a\U000e0041\U000e007f&note=\ufff9x\ufffb".encode(),
    "a lone surrogate": b"phone=2165550143&name=%ed%a0%80&note=%ed%bf%bf",
    "overlong": b"phone=2165550143&name=%c0%af%e0%80%af&note=%f8%88%80%80%80",
    "cut short": b"phone=2165550143&name=%e2%82&note=%f0%9f",
    "latin-1": b"phone=2165550143&name=Zo\xeb&note=\xff\xfe",
    "bad percent": b"phone=2165550143&name=%&note=%zz%1&%=%",
    "%u": b"phone=2165550143&name=%u0041",
    "no value": b"phone&name&note",
    "only signs": b"&&&===&=&",
    "semicolons": b"phone=2165550143;name=x",
    "twice": b"phone=2165550143&phone=2165550199&name=a&name=b",
    "41 fields": b"&".join(b"f%d=x" % number for number in range(41)),
    "41 times one field": b"&".join([b"preferred_times=morning"] * 41),
    "2000 fields": b"&".join(b"f%d=" % number for number in range(2000)),
    "16 KiB + 1": PHONE + b"&note=" + b"x" * (16 * 1024 + 1 - len(PHONE) - 6),
    "70 kB": PHONE + b"&note=" + b"x" * 70_000,
    "a long name": PHONE + b"&name=" + b"x" * 15_000,
    "marks upon marks": PHONE + b"&name=a" + "\u0344".encode() * 7_000,
    "a ligature of 18": PHONE + b"&name=" + "\ufdfa".encode() * 60,
    "a long number": b"phone=" + b"1" * 15_000,
    "digits of every script": "phone=२१६٥٥٥０１４３".encode(),
    "a digit that is none": "phone=²¹⁶555①143".encode(),
    "signs as a number": b"phone=" + b"+" * 99,
    "an extension of signs": b"phone=216+555+0143+ext.+%00",
    "markup": b"phone=2165550143&name=<script>alert(1)</script>&note={{7*7}}{%25 debug %25}",
    "SQL": b"phone=2165550143&name='%3bDROP TABLE intake_answers%3b--",
    "header injection": b"phone=2165550143&name=a%0d%0aSet-Cookie:%20a=b",
    "JSON": b'{"phone": "2165550143"}',
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a code of NULs": b"code=%00%00&step=show",
    "a step that is none": b"code=0000000000000&step=__class__",
    "a code to cancel": b"code=0000-00000-0000&step=cancel-now",
    "a code to save": b"code=0000-00000-0000&step=save&phone=%00",
    "a code of a look-alike": "code=０００００００００００００&step=change".encode(),
}
KINDS = (
    *(None, "", "x", "/", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary="),
    *(f"{FORM}; charset={charset}" for charset in ("utf-7", "utf-16", "utf-32", "unknown", "", "\0", "zlib", "idna")),
    *(f"{FORM}; charset={charset}" for charset in ("rot13", "raw_unicode_escape", "unicode_escape", "cp037", "hex")),
    *("multipart/form-data; boundary=" + "b" * 300, 'multipart/form-data; boundary="é"', f"{FORM}; " + "a=b; " * 500),
    *("multipart/form-data; boundary=\0", "multipart/mixed; boundary=b", "multipart/form-data; boundary*=utf-8''b"),
)
END = b"--b--\r\n"
PHONE_PART = part("phone", b"2165550143")
PARTS = {
    "good": PHONE_PART + END,
    "no end": PHONE_PART,
    "no boundary inside": b"phone=2165550143",
    "a file": PHONE_PART + part("name", b"\0" * 999, '; filename="a.exe"') + END,
    "a file as the number": part("phone", b"2165550143", '; filename="../../x"') + END,
    "a file of 60 kB": PHONE_PART + part("note", b"x" * 60_000, "; filename=a") + END,
    "a nameless part": b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END,
    "a part without headers": b"--b\r\n\r\nx\r\n" + END,
    "nested": b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n" + END,
    "base64 that is none": PHONE_PART
    + b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: base64\r\n\r\n*A*\r\n'
    + END,
    "base64 that is": PHONE_PART
    + b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n'
    + END,
    "a long header": b"--b\r\nContent-Disposition: form-data; name=" + b"x" * 9000 + b"\r\n\r\nx\r\n" + END,
    "a field of NULs": part("\0", b"\0") + PHONE_PART + part("name", b"\0\x1b") + END,
    "invalid UTF-8": PHONE_PART + part("name", b"\xff\xfe\xed\xa0\x80") + END,
    "an encoded file name": PHONE_PART + part("name", b"x", "; filename*=unknown'x'%ff%00") + END,
    "41 parts": part("f", b"") * 41 + END,
    "300 parts": part("f", b"") * 300 + END,
    "10,000 parts": part("f", b"") * 10_000 + END,
}
HEADERS = {
    "host of others": ("Host", "elsewhere.example"),
    "a cookie of 8 KiB": ("Cookie", "staff=" + "x" * 8100),
    "a cookie of 20 KiB": ("Cookie", "staff=" + "x" * 20_000),
    "odd cookies": ("Cookie", 'staff="\\303\\251; form==;;; =x; leave=\0; messages="'),
    "cookies of signs": ("Cookie", ";" * 4000),
    "a session that is none": ("Cookie", "staff=../../etc/passwd"),
    "NUL": ("X-A", "a\0b"),
    "a bare CR": ("X-A", "a\rSet-Cookie: a=b"),
    "a bare LF": ("X-A", "a\nSet-Cookie: a=b"),
    "folded": ("X-A", "a\r\n b"),
    "a space before the colon": ("X-A ", "a"),
    "no name": ("", "a"),
    "an underscore": ("Content_Length", "5"),
    "latin-1": ("User-Agent", b"\xff\xfe"),
    "a long line": ("X-A", "a" * 9000),
    "a range": ("Range", "bytes=0-1,2-3,-99999999999999999999"),
    "a range of nothing": ("Range", "bytes=-"),
    "an old copy": ("If-None-Match", '"x", W/"y", *, "' + "z" * 2000),
    "a date that is none": ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"),
    "a date before all": ("If-Modified-Since", "Mon, 01 Jan 0000 00:00:00 GMT"),
    "other methods": ("X-HTTP-Method-Override", "DELETE"),
    "forwarded": ("X-Forwarded-For", "'; DROP TABLE x, \0, 999.1.1.1"),
    "forwarded host": ("X-Forwarded-Host", "elsewhere.example"),
    "forwarded scheme": ("X-Forwarded-Proto", "javascript"),
    "expects": ("Expect", "the unexpected"),
    "expects to go on": ("Expect", "100-continue"),
    "another protocol": ("Upgrade", "websocket"),
    "HTTP/2 settings": ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
    "accepts nonsense": ("Accept-Encoding", "br;q=x, gzip;q=-1, *;q=9, " * 50),
    "speaks nonsense": ("Accept-Language", "x-" * 500),
    "an origin of signs": ("Origin", "http://[::"),
    "an origin of NUL": ("Origin", "http://\0"),
    "a site of signs": ("Sec-Fetch-Site", "\x7f"),
    "a length of words": ("Content-Length", "five"),
    "a length below nothing": ("Content-Length", "-5"),
    "a length with a sign": ("Content-Length", "+5"),
    "a length of digits of a script": ("Content-Length", "٥"),
    "a length beyond all": ("Content-Length", "9" * 40),
    "two encodings": ("Transfer-Encoding", "gzip, chunked"),
    "an encoding that is none": ("Transfer-Encoding", "xchunked"),
    "chunked in disguise": ("Transfer-Encoding", "\x0bchunked"),
}
HOSTS = (
    *("", " ", "a b", "localhost:x", "localhost:99999999", "[::1", "[::1]:80:80", "localhost\0", "é", "xn--", "@", "*"),
    *("localhost@elsewhere.example", "localhost, elsewhere.example", "elsewhere.example", "." * 300, "127.0.0.1\t"),
)
GOOD = post(PHONE)
CONNECTIONS = {
    "nothing": b"",
    "one byte": b"G",
    "lines": b"\r\n" * 100,
    "NULs": b"\0" * 4000,
    "TLS": bytes.fromhex("16030100a5010000a10303") + bytes(160),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /callback/\r\n",
    "HTTP/1.0": b"GET /callback/ HTTP/1.0\r\n\r\n",
    "HTTP/1.0 that stays": b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "HTTP/9.9": raw(version="HTTP/9.9"),
    "HTTP/1.1x": raw(version="HTTP/1.1x"),
    "no version": raw(version=""),
    "no host": raw(host=None),
    "two hosts": raw(headers=[("Host", "localhost")]),
    "LF alone": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "a line that never ends": b"GET /" + b"a" * 100_000,
    "100 headers": raw(headers=[(f"X-{number}", "a") for number in range(100)]),
    "headers that never end": raw(headers=[("X-A", "a" * 4000)] * 60),
    "a header without a colon": b"GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n",
    "a proxy's greeting": b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + raw(),
    "three at once": raw() * 3,
    "two posts at once": GOOD + GOOD,
    "a post and nonsense": GOOD + b"\0\xff\r\n\r\n",
    "less than it says": post(PHONE, length=500),
    "nothing of what it says": post(b"", length=500),
    "more than it says": post(PHONE + b"&name=more", length=len(PHONE)),
    "a gigabyte, it says": post(PHONE, length=10**9),
    "two lengths": post(PHONE, headers=[("Content-Length", "5")]),
    "two lengths alike": post(PHONE, headers=[("Content-Length", str(len(PHONE)))]),
    "two lengths in one": post(PHONE, length="5, 5"),
    "length and chunks": chunked(PHONE, headers=[("Content-Length", "4")]),
    "chunks": chunked(PHONE, b"&name=", b"Sam"),
    "chunks of one byte": chunked(*(PHONE[place : place + 1] for place in range(len(PHONE)))),
    "chunks of more than may be": chunked(*[b"x" * 16_000] * 5),
    "a chunk of the wrong size": chunked(end=b"5\r\nphone=216\r\n0\r\n\r\n"),
    "a chunk of no size": chunked(end=b"zz\r\nphone\r\n0\r\n\r\n"),
    "a chunk below nothing": chunked(end=b"-1\r\nphone\r\n0\r\n\r\n"),
    "a chunk beyond all": chunked(end=b"f" * 40 + b"\r\nphone\r\n0\r\n\r\n"),
    "chunks that never end": chunked(PHONE, end=b""),
    "chunks and a trailer": chunked(PHONE, end=b"0\r\nHost: elsewhere.example\r\n\r\n"),
    "a chunk with words": chunked(end=b"5;a=" + b"b" * 9000 + b"\r\nphone\r\n0\r\n\r\n"),
    "a body to a page": raw(headers=[("Content-Length", "5")], body=b"hello"),
}


def corpus() -> dict[str, bytes]:
    quoted = {address: urllib.parse.quote(address) for address in ADDRESSES}
    found = {f"connection: {name}": content for name, content in CONNECTIONS.items()}
    found |= {f"{method[:9]!r} {path}": raw(method, path) for method in METHODS for path in quoted}
    found |= {f"path {path[:60]!r} {len(path)}": raw(path=path) for path in PATHS}
    found |= {f"host {host[:60]!r}": raw(host=host, path=path) for host in HOSTS for path in ("/callback/",)}
    found |= {
        f"header: {name}, GET {path}": raw("GET", path, [each])
        for name, each in HEADERS.items()
        for path in ("/", "/callback/")
    }
    found |= {f"header: {name}, POST": post(PHONE, headers=[each]) for name, each in HEADERS.items()}
    found |= {f"body: {name} {path}": post(body, path=path) for name, body in BODIES.items() for path in POSTED}
    found |= {f"kind {kind!r} {path}": post(PHONE, kind, path) for kind in KINDS for path in POSTED}
    return found | {
        f"parts: {name} {path}": post(body, MULTIPART, path) for name, body in PARTS.items() for path in POSTED
    }
