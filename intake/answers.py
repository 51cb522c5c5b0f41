"""What a client sent, as one value. Its text is sealed at rest; the choices also stand in clear, for the queue."""

import dataclasses

from intake import vault


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a client sent. `phone` is E.164, with `;ext=` where there is one. Skipped = the most private."""

    phone: str
    name: str = ""
    note: str = ""
    voicemail_ok: bool = False
    text_ok: bool = False
    may_say_clinic_name: bool = False
    preferred_times: tuple[str, ...] = ()

    @property
    def last_four(self) -> str:
        return self.phone.partition(";")[0][-4:]

    def fingerprint(self) -> str:
        """Keyed hash of all answers: the same press sent twice has the same one."""
        return vault.keyed_hash(repr(dataclasses.astuple(self)))
