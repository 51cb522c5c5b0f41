"""Words that shame and what to say instead, claims that nobody may make, and facts that stand in facts.yaml alone.

The lists are the clinic's care rules; a new word is one more row. They judge editors' text, never what a client typed.
"""

import re
from collections.abc import Iterator

from reentry_site.pages.faults import Found

#: Pattern → the better word.
RATHER = {
    r"addicts?|junkies?": "people in recovery, or a person with a substance use disorder",
    r"alcoholics?": "a person with an alcohol use disorder",
    r"(substance|drug|alcohol) abuse|abus(e|es|ed|er|ers|ing)": "substance use",
    r"(clean|dirty) (tests?|screens?|urine)": "tested negative, or tested positive",
    r"relaps(e|es|ed|ing)": "started using again",
    r"drop-?outs?|dropped out|dropping out": "left early, stepped away, or paused",
    r"failed treatment|treatment failures?": "treatment did not meet their needs",
    r"non-?complian(t|ce)|non-?adheren(t|ce)": "stopped coming",
    r"resistant|unmotivated|in denial": "unsure, or not ready yet",
    r"frequent flyers?": "a person who has come back",
    r"refus(e|es|ed|ing)": "declined",
    r"no-?shows?": "missed visit",
    r"re-?admi(t|ts|tted|ssion|ssions)": "coming back",
    r"terminated|kicked out": "discharged",
    r"suffer(s|ed|ing)? from": "has, or lives with",
    r"committ?ed suicide": "died by suicide",
    r"rock bottom": "(leave it out)",
    r"compliance": "agreement",
    r"excuses?": "reason",
    r"patients?": "you, or person",
}
#: Claims that nobody may make here.
CLAIMS = {
    r"guarantee(d|s|ing)?": "No outcome is certain. Say what you do instead.",
    r"100 ?(%|percent)": "Nothing here is 100 percent. Say it without the number.",
    r"hipaa[- ]complian(t|ce)": "Nobody certifies that. Say what is kept and who reads it.",
    r"success rates?|recovery rates?": "No success figures stand on this site.",
    r"(cures?|cured)": "Care helps; nobody may promise a cure.",
    r"(virtual|online) (care|visits?|sessions?|groups?)|telehealth": "The clinic has not said that it offers this.",
}
PHONE = re.compile(r"(?<![\d/-])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]{0,2}\d{3}[\s.-]\d{4}(?!\d)")
CRISIS = re.compile(r"(?<![\d-])(911|988)(?![\d-])")
FACTS = re.compile(
    r"\$\s?\d[\d,.]*|\b\d{1,2}(:\d{2})?\s?[ap]\.?m\b\.?"
    r"|\b\d+ [A-Z]\w+ (Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Drive)\b"
)
_RATHER = [(re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), better) for pattern, better in RATHER.items()]
_CLAIMS = [(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), why) for pattern, why in CLAIMS.items()]


def judge(line: int, text: str) -> Iterator[Found]:
    """Every fault in the words of one paragraph, heading or header value."""
    for pattern, better in _RATHER:
        if match := pattern.search(text):
            yield Found(line, "word", f"“{match[0]}” can hurt. Try: {better}.", severity="warning")
    for pattern, why in _CLAIMS:
        if match := pattern.search(text):
            yield Found(line, "claim", f"“{match[0]}” is a claim that may not stand here. {why}")
    if match := CRISIS.search(text):
        message = f"{match[0]} is on every page by itself. It cannot be changed or typed here."
        yield Found(line, "crisis-number", message, "Take it out.")
    if match := PHONE.search(text):
        yield Found(line, "phone-number", f"A phone number is a fact: {match[0].strip()}", fix="Write {{ phone }}")
    if match := FACTS.search(text):
        message = f"This names a price, an hour or an address: “{match[0]}”. Is it right? It belongs in facts.yaml."
        yield Found(line, "fact-typed", message, severity="warning")
