"""Countries and regions by their ISO 3166-1 code, named in both languages after Unicode's CLDR (Babel)."""

from functools import cache

from babel import Locale

from taishi.core.text import Text

#: Regions of China, named as Chinese authorities write them.
_OF_CHINA = {
    "HK": Text("中国香港", "Hong Kong, China"),
    "MO": Text("中国澳门", "Macao, China"),
    "TW": Text("中国台湾", "Taiwan, China"),
}


@cache
def country_name(code: str) -> Text:
    """The code itself where it is nobody's."""
    if code in _OF_CHINA:
        return _OF_CHINA[code]
    chinese, english = (Locale(language).territories.get(code, code) for language in ("zh", "en"))
    return Text(chinese, english)
