"""The key of the seal is this installation's own, for its account only, or one that is named."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from taishi.app.seal import CERTIFICATE, ENVIRONMENT, FOLDER, KEY, Seal, open_seal
from taishi.app.seal_check import read_certificate, signed_by
from taishi.core.clock import FixedClock
from taishi.core.problems import Problem
from tests.app.conftest import NOW


def opened(data: Path) -> Seal:
    return open_seal(data, FixedClock(NOW), lambda: "某县数据资源管理局")


def test_it_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, again, other = opened(tmp_path / "one"), opened(tmp_path / "one"), opened(tmp_path / "two")
    assert first.fingerprint == again.fingerprint
    assert first.fingerprint != other.fingerprint
    assert "某县数据资源管理局" in first.subject
    for name in (KEY, CERTIFICATE):
        assert (tmp_path / "one" / FOLDER / name).stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "one").iterdir()) == [tmp_path / "one" / FOLDER]


def test_two_that_make_it_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = {seal.fingerprint for seal in pool.map(lambda _: opened(tmp_path), range(4))}
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


def test_what_it_signs_is_its_own(tmp_path: Path) -> None:
    seal = opened(tmp_path)
    certificate = read_certificate(seal.certificate_pem)
    assert certificate is not None
    assert signed_by(certificate, b"text", seal.sign(b"text"))
    assert not signed_by(certificate, b"other", seal.sign(b"text"))
    assert not signed_by(certificate, b"text", b"")


def test_one_that_is_named_is_used_and_never_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    theirs = opened(tmp_path / "elsewhere")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "elsewhere" / FOLDER))
    assert opened(tmp_path).fingerprint == theirs.fingerprint
    assert not (tmp_path / FOLDER).exists()
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "nowhere"))
    with pytest.raises(Problem, match="seal is needed"):
        opened(tmp_path)
    assert not (tmp_path / "nowhere").exists()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / FOLDER / KEY).chmod(0o640)
    with pytest.raises(Problem, match="others may read it"):
        opened(tmp_path)


@pytest.mark.parametrize("name", [KEY, CERTIFICATE])
def test_what_is_no_key_or_not_its_certificate_is_refused(tmp_path: Path, name: str) -> None:
    opened(tmp_path)
    (tmp_path / "other").mkdir()
    opened(tmp_path / "other")
    (tmp_path / FOLDER / name).write_bytes((tmp_path / "other" / FOLDER / name).read_bytes())
    with pytest.raises(Problem, match=r"no RSA key or not that of certificate\.pem"):
        opened(tmp_path)
    (tmp_path / FOLDER / name).write_text("nonsense")
    with pytest.raises(Problem, match="no key and certificate as PEM"):
        opened(tmp_path)
