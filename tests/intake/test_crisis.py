"""The word list puts a note at the top; near misses stay where they are."""

import pytest

from intake.crisis import may_be_crisis


@pytest.mark.parametrize(
    "note",
    [
        "I want to die",
        "I want to\ndie",
        "thinking about SUICIDE again",
        "I don’t want to live anymore",
        "i dont want to be here",
        "I might hurt myself tonight",
        "going to kill my self",
        "I overdosed last night",
        "I OD'd on friday",
        "took too many of my pills",
        "he is hitting me",
        "my boyfriend threatens me",
        "I have a gun here",
        "I've been cutting myself",
        "he's hitting me",
        "My husband hit me last night",
        "he beat me up",
        "I want to end it",
        "thinking of ending my life",
        "I want to be dead",
        "I don't feel safe at home",
        "I am not safe",
        "I dont wanna live",
        "hang myself",
        "cut my wrists",
        "I took a whole bottle of pills",
        "there is no point in living",
        "I cannot go on",
        "she wants to kill herself",
        "caller says he wants to die",
        "my boyfriend is beating me",
        "me quiero matar",
        "Quiero morir",
        "pienso en el suicidio",
        "quiero hacerme daño",
        "una sobredosis",
    ],
)
def test_a_note_that_may_be_a_crisis_is_marked(note):
    assert may_be_crisis(note)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "I want to come back, but differently",
        "I was dying to hear from you",
        "my old group leader killed it with those jokes",
        "call me after the diet class",
        "I moved to Woodbury",
        "that code worked",
        "I took too long to write",
        "my phone died",
        "I hit rock bottom, then I called",
        "I took my meds",
        "I want to end up in a good place",
        "the day code is 4 and the mood is good",
        "it is safe to call",
        "quiero volver",
    ],
)
def test_a_near_miss_is_not_marked(note):
    assert not may_be_crisis(note)
