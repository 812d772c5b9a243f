"""Whether a word was made by a random generator: programs name things so, people do not."""

import re

_SWITCH = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CONSONANTS = re.compile(r"(?i)[b-df-hj-np-tv-xz]{5,}")
_HEX = re.compile(r"[0-9a-f]{10,64}|[0-9A-F]{10,64}")
#: Shorter words tell nothing.
_SHORTEST = 8


def looks_random(word: str) -> bool:
    """Letters and digits alone, with two of: many switches of case or digit, a run of consonants, few vowels.

    Hexadecimal words with both letters and digits count too. Look-alikes: product codes, hashes as names.
    """
    if len(word) < _SHORTEST or not word.isascii() or not word.isalnum():
        return False
    if _HEX.fullmatch(word) and not word.isdigit() and not word.isalpha():
        return True
    letters = [letter for letter in word.lower() if letter.isalpha()]
    if len(letters) < _SHORTEST // 2:
        return False
    vowels = sum(letter in "aeiou" for letter in letters) / len(letters)
    signs = (len(_SWITCH.findall(word)) * 5 >= len(word), bool(_CONSONANTS.search(word)), vowels < 0.22)
    return sum(signs) >= 2
