"""The calling desk's words: where a request stands, how a try ended, why a request closed, when a person can talk."""

from django.db import models


class Status(models.TextChoices):
    NEW = "new", "New"  # nobody tried
    TRYING = "trying", "Trying"  # at least one try, not reached
    REACHED = "reached", "Talked, no date yet"
    BOOKED = "booked", "First visit booked"
    CLOSED = "closed", "Closed"


class Outcome(models.TextChoices):
    """How one attempt ended."""

    REACHED = "reached", "We talked"
    CALL_LATER = "call_later", "Asked us to call later"
    SOMEONE_ELSE = "someone_else", "Someone else answered"
    LEFT_VOICEMAIL = "left_voicemail", "Left a voicemail"
    NO_ANSWER = "no_answer", "No answer"
    BUSY = "busy", "Busy"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    NOT_IN_SERVICE = "not_in_service", "Not in service"
    TEXT_SENT = "text_sent", "Sent a text"
    THEY_CALLED = "they_called", "They called us"
    ASKED_TO_STOP = "asked_to_stop", "Asked us to stop"
    IN_CRISIS = "in_crisis", "In crisis, handed over"


class Resolution(models.TextChoices):
    """Why a request closed."""

    CAME_BACK = "came_back", "Came back"
    DECLINED_FOR_NOW = "declined_for_now", "Not now"
    ASKED_NOT_TO_CALL = "asked_not_to_call", "Asked us not to call"
    REFERRED_ELSEWHERE = "referred_elsewhere", "Referred elsewhere"
    IN_CARE_ELSEWHERE = "in_care_elsewhere", "In care elsewhere"
    NOT_REACHED = "not_reached", "Not reached"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    DUPLICATE = "duplicate", "Duplicate"
    WITHDRAWN = "withdrawn", "Withdrawn by the client"
    NOT_A_REQUEST = "not_a_request", "Not a request"
    NOT_FOR_SELF = "not_for_self", "Not for self, or under 18"
    CRISIS_HANDED_OVER = "crisis_handed_over", "In crisis, handed over"


class CrisisStep(models.TextChoices):
    """What is done where somebody may be in danger, in this order."""

    TOLD = "told", "A clinician knows"
    DECIDED = "decided", "The clinician has said what to do"
    DONE = "done", "It was done, and somebody is with them or on the way"


class Look(models.TextChoices):
    """Why a person looks at a request first; what the call card says of it."""

    TRAP = "trap", "A hidden field was filled in: perhaps a robot, perhaps a person."
    LINKS = "links", "The note holds a link."
    REPEATED = "repeated", "The same note came from another number."
    NETWORK = "network", "Many forms came from one network."
    CROWDED = "crowded", "More than five people wait at this number."
    STOPPED = "stopped", "Someone at this number asked us not to call it, or it was the wrong one. Now it came again."


class Daypart(models.TextChoices):
    MORNING = "morning", "Morning"
    AFTERNOON = "afternoon", "Afternoon"
    EVENING = "evening", "Evening"
