"""The bureau's own sentences for its letters: seen in specimens, set with a reason, undone by one act."""

from collections.abc import Mapping

from notices.content import LetterContent
from notices.letters import letters
from notices.specimen import specimen
from notices.texts import Texts, read_changed
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import ADMIN, require
from taishi.app.settings import Settings
from taishi.core.clock import Clock
from taishi.core.ports import StateStore

_SETTING, _BEFORE = "letter_texts", "letter_texts.before"


class LetterTexts:
    """Every change is an administrator's and is audited word for word."""

    def __init__(self, state: StateStore, clock: Clock, settings: Settings) -> None:
        self._state, self._clock, self._settings = state, clock, settings

    def text(self) -> str:
        """YAML of the sentences that differ from ours, word for word as it was set; empty where none does."""
        return self._state.setting(_SETTING) or ""

    def now(self) -> Texts:
        return Texts(read_changed(self.text(), _SETTING))

    def preview(self, text: str, name: str = _SETTING) -> Mapping[str, LetterContent]:
        """A specimen of each type with those sentences. Raises Problem, naming `name` and the key, where one
        is none that a letter may say."""
        changed, bureau, at = Texts(read_changed(text, name)), self._settings.bureau(), self._clock.now()
        return {type_: specimen(letter, bureau, changed, at) for type_, letter in letters().items()}

    def put(self, text: str, by: str, why: str, name: str = _SETTING) -> None:
        """For drafts and letters from now on; one that was approved with other words must be approved anew.
        Raises Problem as `preview`."""
        self.preview(text, name)
        self._set(text, by, needed_reason(why))

    def undo(self, by: str, why: str) -> None:
        """Puts back what was set before the last change; once more puts the change back."""
        before = self._state.setting(_BEFORE)
        if before is None:
            raise Refusal("函件用语没有改动过", "the sentences of letters were never changed")
        self._set(before, by, needed_reason(why))

    def _set(self, text: str, by: str, why: str) -> None:
        with self._state.transaction():
            person = require(self._state, by, *ADMIN)
            self._state.set_setting(_BEFORE, self.text())
            self._state.set_setting(_SETTING, text)
            self._state.decide(self._clock.now(), person.id, "set", "setting", _SETTING, text, why)
