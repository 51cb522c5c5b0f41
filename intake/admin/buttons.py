"""What can be pressed on the call card: the outcomes, and why a request closes. Which of them show: call_card.py."""

from intake.words import Outcome, Resolution

#: Button → (sign and words, outcome, resolution). One tap each.
BUTTONS = {
    "coming_back": ("✓", "We talked. Coming back", Outcome.REACHED, None),
    "not_now": ("✓", "We talked. Not now", Outcome.REACHED, Resolution.DECLINED_FOR_NOW),
    "no_answer": ("↻", "No answer. Try again", Outcome.NO_ANSWER, None),
    "left_voicemail": ("↻", "Left the OK’d message", Outcome.LEFT_VOICEMAIL, None),
    "someone_else": ("–", "Someone else answered", Outcome.SOMEONE_ELSE, None),
    "wrong_number": ("–", "Wrong number", Outcome.WRONG_NUMBER, None),
    "asked_to_stop": ("■", "Asked us to stop", Outcome.ASKED_TO_STOP, None),
    "in_crisis": ("!", "In crisis. Handed over", Outcome.IN_CRISIS, None),
}
MORE_BUTTONS = {
    "busy": ("↻", "Busy", Outcome.BUSY, None),
    "not_in_service": ("–", "Not in service", Outcome.NOT_IN_SERVICE, None),
    "text_sent": ("↻", "Sent the OK’d text", Outcome.TEXT_SENT, None),
    "they_called": ("✓", "They called us", Outcome.THEY_CALLED, None),
}
#: Why anyone at the desk may close a request by hand: what the person said or did.
CLOSING = (
    Resolution.CAME_BACK,
    Resolution.DECLINED_FOR_NOW,
    Resolution.REFERRED_ELSEWHERE,
    Resolution.IN_CARE_ELSEWHERE,
    Resolution.WITHDRAWN,
    Resolution.NOT_FOR_SELF,
)
#: Why a supervisor may: also without a word from the person.
SUPERVISOR_CLOSING = (
    *CLOSING,
    Resolution.NOT_REACHED,
    Resolution.DUPLICATE,
    Resolution.NOT_A_REQUEST,
    Resolution.ASKED_NOT_TO_CALL,
    Resolution.WRONG_NUMBER,
    Resolution.CRISIS_HANDED_OVER,
)
#: In how many days somebody who said not now may agree to be asked again.
ASK_AGAIN_DAYS = (30, 60, 90)


def closing_for(user) -> tuple[Resolution, ...]:
    return SUPERVISOR_CLOSING if user.has_perm("intake.supervise") else CLOSING
