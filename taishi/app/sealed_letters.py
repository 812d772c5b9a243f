"""The PDF of a letter as it left: sealed when it is first asked for, and the same bytes ever after."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from taishi.app.roles import SYSTEM
from taishi.app.seal import Seal
from taishi.core.clock import Clock
from taishi.core.notice_records import Notice
from taishi.core.ports import StateStore
from taishi.core.problems import Problem
from taishi.store.durable_files import write_whole

#: Where they lie in the data directory.
SEALED = "issued"
ACT = "seal"


class SealedLetters:
    """Fits `taishi.app.letters.Press`."""

    def __init__(self, folder: Path, state: StateStore, clock: Clock, seal: Callable[[], Seal]) -> None:
        self._folder = folder
        self._state = state
        self._clock = clock
        self._seal = seal

    def __call__(self, notice: Notice, pdf: Callable[[], bytes]) -> bytes:
        """A letter that has not left is set anew each time and bears no seal. Raises Problem where what was
        kept is no longer what was sealed."""
        if notice.number is None:
            return pdf()
        digest = self._state.setting(_noted(notice.id)) or self._sealed(notice, pdf())
        path = self._folder / f"{digest}.pdf"
        try:
            body = path.read_bytes()
        except OSError as error:
            raise Problem(f"{path}: {error.strerror}; restore letter {notice.id} from a backup") from None
        if sha256(body).hexdigest() != digest:
            raise Problem(f"{path}: is not what was sealed; restore letter {notice.id} from a backup")
        return body

    def _sealed(self, notice: Notice, pdf: bytes) -> str:
        """Its hash; of two that seal at once the first one's stays."""
        body = self._seal().seal_pdf(pdf, self._clock.now())
        digest = sha256(body).hexdigest()
        write_whole(self._folder / f"{digest}.pdf", body)
        with self._state.transaction():
            already = self._state.setting(_noted(notice.id))
            if already is None:
                self._state.set_setting(_noted(notice.id), digest)
                self._state.decide(self._clock.now(), SYSTEM, ACT, "notice", notice.id, f"pdf {digest}")
        return already or digest


def _noted(notice_id: str) -> str:
    """Where the hash of a sealed letter is kept."""
    return f"sealed.{notice_id}"
