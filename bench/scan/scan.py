"""What wapiti and sqlmap find on a real site, on this machine alone: as a stranger, and signed in at the desk.

Ends with 1 where something was found that has no reason below, or a part was not scanned. `make scan` fetches the two
first. About five minutes.
"""

import datetime
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT)]

from tests.site import Site, run  # noqa: E402

MODULES = "cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,ldap,permanentxss,redirect,shellshock,sql,timesql"
MODULES += ",upload,xss"
#: Wapiti's, for each of three who ask: to find pages, and for each module to try them.
FINDING, TRYING = 60, 8
#: Found, and right as it is: what wapiti calls it, where → why.
REASONS = {
    ("Cross Site Request Forgery", "/callback/"): "a token needs a cookie; a forged post can only ask for a call",
    ("Cross Site Request Forgery", "/callback/yours/"): "the same; what another site's page sends changes nothing",
    ("Secure Flag cookie", "/admin/"): "without TLS, on this machine alone; a public site sets it",
}
DESK = "/admin/intake/callbackrequest/"

#: In the site's own shell: requests to look at, two accounts that have signed in, and what a browser of theirs holds.
MADE = """if True:
    import io, json, re
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.test import Client
    from intake.models import CallbackRequest
    call_command("make_requests", count=5, stdout=io.StringIO())
    found, request = {}, CallbackRequest.objects.filter(status="new").first()
    for name, roles in {"ada": ["triage", "supervisor", "privacy", "editor"], "olga": ["operator"]}.items():
        user = User.objects.create_user(name, first_name=name.title(), is_staff=True)
        user.groups.set(Group.objects.filter(name__in=roles))
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        page = client.get("/admin/", follow=True).content.decode()
        found[name] = "; ".join(f"{each.key}={each.value}" for each in client.cookies.values())
        found[name + " token"] = re.search('csrfmiddlewaretoken" value="([^"]+)', page)[1]
    print(json.dumps(found | {"request": str(request.pk), "user": user.pk}))
    """


def asked(known: dict) -> Iterator[tuple[str, str, str]]:
    """Who asks, which address, what is posted. A star stands where a part of the address is tried too."""
    one = f"{DESK}{known['request']}*/"
    yield "", "/callback/", "phone=2165550143&name=a&note=b&preferred_times=morning&may_say_clinic_name=no"
    yield "", "/callback/yours/", "code=abcd-efgh-jkmn"
    yield "", "/callback/yours/abcd*/", ""
    yield "", "/account/sign-in/?next=/", ""
    yield "", "/preview/abcd*/", ""
    yield "ada", f"{DESK}?tab=now&page=1", ""
    yield "ada", f"{DESK}charts/?days=30", ""
    yield "ada", f"{one}change/", ""
    yield "ada", f"{one}history/?before=9", ""
    yield "ada", f"{DESK}find/", "who=Ana"
    yield "ada", f"{DESK}add/", "phone=2165550143&name=a&note=b"
    yield "ada", f"{one}attempt/", "outcome=busy&acts=0&times_sent=1&note=a&later="
    yield "ada", f"{one}close/", "resolution=not_reached&acts=0&times_sent=1&ask_again=30"
    yield "ada", f"{one}book/", "day=2030-01-01&acts=0&times_sent=1"
    yield "ada", f"{DESK}together/", f"do=close&chosen={known['request']}&tab=now&to=1"
    yield "ada", f"{DESK}export/", "first=2026-01-01&last=2026-01-31"
    yield "ada", f"{DESK}keeping/seen/", "reference=ABCD-EFGH&reason=a"
    yield "ada", f"{DESK}keeping/hold/", "reference=ABCD-EFGH&reason=a"
    yield "ada", "/admin/pages/check/", "text=a&file=faq.md"
    yield "olga", "/admin/auth/user/?q=a&o=1&is_active__exact=1", ""
    yield "olga", f"/admin/auth/user/{known['user']}*/change/", ""


def wapiti(tools: Path, folder: Path, address: str, cookies: str) -> Iterator[str]:
    """What it found, as sentences."""
    report = folder / "wapiti.json"
    command = [tools / "wapiti", "--url", address, "--scope", "folder", "--module", MODULES, "--format", "json"]
    command += ["--output", report, "--store-session", folder, "--flush-session", "--max-scan-time", str(FINDING)]
    command += ["--max-attack-time", str(TRYING), "--no-bugreport", "--skip", "csrfmiddlewaretoken"]
    for path in ("account/sign-out/", "admin/logout/", "leave/", "admin/auth/user/?*"):  # sqlmap tries the last
        command += ["--exclude", urllib.parse.urljoin(address, "/") + path]
    command += ["--header", f"Cookie: {cookies}"] if cookies else []
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 (our own words)
    if not report.exists():
        yield f"wapiti did not scan {address}: {done.stdout[-300:]}{done.stderr[-300:]}"
        return
    said = json.loads(report.read_text())
    print(f"wapiti {said['infos']['version']}: {said['infos']['crawled_pages_nbr']} pages from {address}", flush=True)
    for kind in ("vulnerabilities", "anomalies"):
        for category, found in said[kind].items():
            for each in found:
                if (category, each["path"]) not in REASONS:
                    yield f"wapiti: {category} at {each['method']} {each['path']}: {each['info']}"


def sqlmap(tools: Path, folder: Path, address: str, posted: str, cookies: str) -> Iterator[str]:
    command = [tools / "sqlmap", "--url", address, "--batch", "--dbms", "sqlite", "--disable-coloring"]
    command += ["--output-dir", folder, "--flush-session", "--skip", "csrfmiddlewaretoken", "--ignore-code", "*"]
    command += ["--data", posted] if posted else []
    command += ["--cookie", cookies] if cookies else []
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 (our own words)
    clean = "all tested parameters do not appear to be injectable" in done.stdout
    print(f"sqlmap: {address} {posted.partition('&csrf')[0]}: {'nothing' if clean else 'SEE BELOW'}", flush=True)
    if not clean:
        yield f"sqlmap at {address}: {done.stdout[-1500:]}{done.stderr[-300:]}"


def opens(address: str, posted: str, cookies: str) -> bool:
    """Nobody is sent to sign in, and nothing is refused: then what is tried there is read."""
    asked = urllib.request.Request(address.replace("*", ""), posted.encode() or None, {"Cookie": cookies})  # noqa: S310 (our own site)
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 (the same)
            return "/sign-in/" in address or "/sign-in/" not in answer.url
    except urllib.error.HTTPError as error:
        return error.code not in {403, 405}


def main(tools: Path, folder: Path) -> list[str]:
    site, found = Site(folder / "data"), []
    try:
        done = run("shell", "--no-imports", "--command", MADE, **site.environment)
        known = json.loads(done.stdout.splitlines()[-1])
        url = f"http://localhost:{site.port}"
        for who, path, posted in asked(known):
            token = f"&csrfmiddlewaretoken={known[f'{who} token']}" if who and posted else ""
            one = (url + path, posted + token, known.get(who, ""))
            found += sqlmap(tools, folder, *one) if opens(*one) else [f"{path} does not open, so it was not scanned."]
            found += [] if opens(*one) else [f"{path} does not open any more: was all of it scanned?"]
        # Last, because its presses close every request and take the others' groups.
        for who, start in (("", "/"), ("ada", "/admin/"), ("olga", "/admin/")):
            found += wapiti(tools, folder, url + start, known.get(who, ""))
        wrong = [json.loads(line) for line in site.output().splitlines() if '"level": "ERROR"' in line]
        found += sorted({f"the site failed: {each.get('route')}, {each.get('exception')}" for each in wrong})
    finally:
        site.end()
    return found


if __name__ == "__main__":
    print(f"{datetime.date.today()}: wapiti and sqlmap, each on this machine alone.", flush=True)
    with tempfile.TemporaryDirectory() as name:
        sentences = main(Path(sys.argv[1]) / "bin", Path(name))
    print("".join(f"- {each}\n" for each in sentences) or "Nothing was found.")
    sys.exit(bool(sentences))
