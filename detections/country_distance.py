"""How far apart countries are, from the places of tzdata's `zone.tab` (public domain).

A country lies in the middle of its places there. China is one region: Hong Kong, Macao and Taiwan share its
carriers and exits, and its middle then lies near Wuhan, amid most of its people.
"""

import math
import re
from collections import defaultdict
from functools import cache
from importlib.resources import files

Vector = tuple[float, float, float]

EARTH_KM = 6371.0
_OF_CHINA = {"HK": "CN", "MO": "CN", "TW": "CN"}
#: ISO 6709: degrees and minutes, perhaps seconds.
_PLACE = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


def region(country: str) -> str | None:
    """The region of a country's ISO 3166-1 code; None where nobody knows where that is (EU, AP)."""
    code = _OF_CHINA.get(country, country)
    return code if code in _middles() else None


def distance(one: str, other: str) -> float:
    """Kilometres between two regions. Raises KeyError where one is none."""
    middles = _middles()
    cosine = sum(a * b for a, b in zip(middles[one], middles[other], strict=True))
    return EARTH_KM * math.acos(max(-1.0, min(1.0, cosine)))


@cache
def _middles() -> dict[str, Vector]:
    places: dict[str, list[Vector]] = defaultdict(list)
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, place = line.split("\t")[:2]
            places[_OF_CHINA.get(country, country)].append(_vector(place))
    return {country: _middle(of) for country, of in places.items()}


def _middle(places: list[Vector]) -> Vector:
    x, y, z = (sum(axis) for axis in zip(*places, strict=True))
    length = math.hypot(x, y, z)
    return x / length, y / length, z / length


def _vector(place: str) -> Vector:
    """The point of the unit sphere. Raises ValueError where the text is no place."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ValueError(f"{place}: no place as ISO 6709 writes it")
    one, other = _radians(*found.group(1, 2, 3, 4)), _radians(*found.group(5, 6, 7, 8))
    return math.cos(one) * math.cos(other), math.cos(one) * math.sin(other), math.sin(one)


def _radians(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    angle = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return math.radians(-angle if sign == "-" else angle)
