"""Words that may speak of self-harm, overdose or violence, in English and Spanish. They only add urgency: a match
puts a request at the top, no match says nothing, and a person reads every note."""

import re
import unicodedata

_PHRASES = (
    # self-harm
    r"suicid\w*",
    r"(kill|hurt|harm|cut)(ing)? (my ?self|me)",
    r"(want|wanna|going|ready|rather|plan\w*) (to )?die",
    r"wish i (was|were) dead",
    r"better off dead",
    r"end (it all|my life|it tonight|things)",
    r"(don'?t|do not|dont) want to (live|be here|wake up|be alive)",
    r"no reason to live",
    r"can'?t go on",
    r"goodbye (everyone|forever)",
    r"self[- ]?harm\w*",
    # overdose
    r"over ?dos\w+",
    r"\bod(ed|'d|ing)?\b",
    r"took too (much|many)",
    r"(took|taken|swallowed) (all|a bottle of) (my|the|of)?\w* ?(pills|meds)",
    # violence
    r"(kill|shoot|stab|hurt) (him|her|them|someone|somebody|my)",
    r"(he|she|they|someone) (is|are|keeps?) (hitting|hurting|beating|threatening)",
    r"(hits|beats|chokes|choked|threatens) me",
    r"\b(i have a|got a|with a|my) (gun|knife)\b",
    r"not safe (here|at home|with)",
    # Spanish
    r"suicidi\w+",
    r"matarme|me quiero morir|quiero morir(me)?|no quiero vivir|quitarme la vida",
    r"hacerme dano|lastimarme|cortarme",
    r"sobredosis",
    r"tome demasiad\w+",
    r"me (pega|golpea|amenaza)",
    r"matar(lo|la|los|a alguien)",
)
_PATTERN = re.compile("|".join(rf"\b(?:{phrase})\b" for phrase in _PHRASES))


def may_be_crisis(note: str) -> bool:
    """True when the note holds one of the phrases, whatever its case, accents or apostrophes."""
    plain = unicodedata.normalize("NFKD", note.replace("’", "'")).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bool(_PATTERN.search(re.sub(r"\s+", " ", plain)))
