"""Words that may speak of self-harm, overdose or violence, in English and Spanish. They only add urgency: a match
puts a request at the top, no match says nothing, and a person reads every note."""

import re
import unicodedata

_SELF = r"(my|him|her|them|our) ?(self|selves)"
_MY = r"(my|his|her|their)"
_NOT_WANT = r"(do not|does not|don'?t|doesn'?t|didn'?t|never) (want|wanna) ?(to)?"
_PHRASES = (
    # self-harm
    r"suicid\w*",
    rf"(kill|hurt|harm|cut)(s|ed|t?ing)? ({_SELF}|me)",
    rf"(hang|hanging|shoot|shooting) {_SELF}",
    rf"(cut|slit)(ting)? {_MY} (wrists?|throat|arms?)",
    r"(want|wants|wanted|wanna|going|ready|rather|plan\w*) (to )?(die|be dead)",
    r"wish(es)? (i|he|she|they) (was|were) dead",
    r"better off (dead|without me)",
    rf"end(s|ing)? (it all|it tonight|things|{_MY} life)",
    r"(want|wants|going|ready) to end it",
    rf"{_NOT_WANT} (live|be here|wake up|be alive|exist)",
    r"no (reason|point) (to live|in living)",
    r"(can'?t|can ?not) (go on|do this any ?more|take it any ?more)",
    r"goodbye (everyone|forever)",
    r"(take|taking|took) (my|his|her|their) (own )?life",
    r"self[- ]?harm\w*",
    # overdose
    r"over ?dos\w+",
    r"od(ed|'d|ing)?",
    r"(take|took|taken|swallowed) too (much|many)",
    r"(take|took|taken|swallowed) (a|the|my)? ?(all|whole|bottle)[\w ]*(pills|meds|bottle)",
    # violence
    r"(kill|shoot|stab|hurt|beat) (him|her|them|someone|somebody|my)",
    r"(hits?|hitting|beats?|beating|beaten|chok(es?|ed|ing)|threaten(s|ed|ing)?|hurting) (me|us|her|him|my)",
    r"(has|have|got|with) (a|my|his|her) (gun|knife)",
    r"not (feel )?safe|(don'?t|do not) feel safe|unsafe at home",
    # Spanish
    r"suicidi\w+",
    r"(me )?(quiero|quiere|voy a) (morir|matar)(me|se)?|matarme|no quiero vivir|quitarme la vida",
    r"hacerme dano|lastimarme|cortarme",
    r"sobredosis",
    r"tom[eo] demasiad\w+",
    r"me (pega|pego|golpea|golpeo|amenaza|amenazo)",
    r"matar(lo|la|los|a alguien)",
)
_PATTERN = re.compile("|".join(rf"\b(?:{phrase})\b" for phrase in _PHRASES))


def may_be_crisis(note: str) -> bool:
    """True when the note holds one of the phrases, whatever its case, accents or apostrophes."""
    plain = unicodedata.normalize("NFKD", note.replace("’", "'")).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bool(_PATTERN.search(re.sub(r"\s+", " ", plain)))
