"""What techniques are called."""

import pytest

from enrichment.attack import TACTICS, Technique, named, technique


def test_names_and_tactics_of_the_cluster() -> None:
    assert technique("T1110.001") == Technique("T1110.001", "Password Guessing", ("credential-access",))
    found = technique("T1078")
    assert found is not None
    assert len(found.tactics) == len(set(found.tactics)) > 1
    assert set(found.tactics) <= set(TACTICS)


@pytest.mark.parametrize(
    ("identity", "zh", "en"),
    [
        (
            "T1110.001",
            "T1110.001 Password Guessing（凭据访问）",
            "T1110.001 Password Guessing (Credential Access)",
        ),
        ("T1059.999", "T1059.999 Command and Scripting Interpreter（执行）", None),
        ("T9999.001", "T9999.001", "T9999.001"),
        ("", "", ""),
    ],
)
def test_in_words_with_the_parent_s_name_or_the_id_alone(identity: str, zh: str, en: str | None) -> None:
    said = named(identity)
    assert said.zh == zh
    assert en is None or said.en == en
