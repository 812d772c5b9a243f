"""People of the county as lists write them: invented, with numbers whose check signs are right (GB 11643)."""

from datetime import date, timedelta
from random import Random

FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = ("秀英", "建国", "桂兰", "志强", "海燕", "玉梅", "文博", "思远", "雨桐", "子涵", "立新", "春华")
#: A code that GB/T 2260 gives to no county: nobody has such a number.
NOWHERE = "340599"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def person(dice: Random) -> tuple[str, str]:
    """A name and an identity number."""
    born = date(1950, 1, 1) + timedelta(days=dice.randrange(22_000))
    body = f"{NOWHERE}{born:%Y%m%d}{dice.randrange(1000):03}"
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]
    return dice.choice(FAMILY) + dice.choice(GIVEN), body + check
