"""A refused act, said in both languages on one line."""

from collections.abc import Sequence

from taishi.core.problems import Refused
from taishi.core.text import Text


class Refusal(Refused):
    """`text` is for pages in one language; as a string it carries both, for the command line."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.text = Text(zh, en)


def wrong_state(what: Text, now: Text, needed: Sequence[Text]) -> Refusal:
    """What is said where an act needs something to be in another state than it is in."""
    return Refusal(
        f"{what.zh} 状态为“{now.zh}”，须为“{'、'.join(state.zh for state in needed)}”",
        f"{what.en} is {now.en}, not {' or '.join(state.en for state in needed)}",
    )


def needed_reason(why: str) -> str:
    """The reason without blanks around it. Raises Refusal where there is none."""
    if not why.strip():
        raise Refusal("请填写理由", "a reason is needed")
    return why.strip()
