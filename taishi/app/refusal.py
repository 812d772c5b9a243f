"""A refused act, said in both languages on one line."""

from taishi.core.problems import Refused
from taishi.core.text import Text


class Refusal(Refused):
    """`text` is for pages in one language; as a string it carries both, for the command line."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.text = Text(zh, en)


def needed_reason(why: str) -> str:
    """The reason without blanks around it. Raises Refusal where there is none."""
    if not why.strip():
        raise Refusal("请填写理由", "a reason is needed")
    return why.strip()
