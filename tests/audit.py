"""Asks whether faults are known of any locked package: `make audit`. A package that could not be asked about fails it,
which pip-audit itself passes over: it ends with 0 where it skipped every one.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Of tools that attack a site of their own and are no part of ours; their makers pin what they need.
LEFT_OUT = {"requirements-scan.txt"}
NOBODY_ANSWERED = "Nothing could be asked: this machine does not reach the list of known faults. Ask where it does."
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)( ;)?", re.MULTILINE)


def judged(lock: str, report: dict) -> list[str]:
    """What is wrong, as sentences: known faults, what was skipped, what the report says nothing of."""
    found = {each["name"]: each for each in report["dependencies"]}
    wrong = [
        f"{name} was not asked about: {each['skip_reason']}" for name, each in found.items() if "skip_reason" in each
    ]
    for name, each in found.items():
        for fault in each.get("vulns", ()):
            mended = ", ".join(fault["fix_versions"]) or "no release yet"
            wrong.append(f"{name} {each['version']}: {fault['id']} (mended in: {mended})")
    # What another platform needs alone is not asked about here; its line says so.
    needed = [name for name, _, condition in PINNED.findall(lock) if not condition]
    return wrong + [f"{name} is missing from the report." for name in needed if name not in found]


def answered(report: dict) -> bool:
    return any("skip_reason" not in each for each in report["dependencies"])


def asked(lock: Path) -> dict:
    command = [sys.executable, "-m", "pip_audit", "-r", lock, "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"{lock.name} was not asked about: {done.stderr.strip()}")
    return json.loads(done.stdout)


def main() -> None:
    wrong = False
    for lock in sorted(each for each in ROOT.glob("requirements*.txt") if each.name not in LEFT_OUT):
        report = asked(lock)
        if not answered(report):
            sys.exit(f"{lock.name}: {NOBODY_ANSWERED}")
        sentences = judged(lock.read_text(), report)
        print(f"{lock.name}: {len(sentences) or 'nothing'} wrong")
        print("".join(f"  {each}\n" for each in sentences), end="")
        wrong |= bool(sentences)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
