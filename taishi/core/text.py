"""A sentence in the two languages of the product."""

from typing import Literal

import msgspec

Language = Literal["zh", "en"]


class Text(msgspec.Struct, frozen=True):
    """One sentence for people: Chinese first, English beside it. Both are always given."""

    zh: str
    en: str

    def to(self, language: Language) -> str:
        return self.en if language == "en" else self.zh
