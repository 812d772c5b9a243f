"""An address as a picture to point a telephone at (QR code, ISO/IEC 18004)."""

import segno
from markupsafe import Markup


def picture(address: str) -> Markup:
    """SVG without a style of its own, to stand in a page."""
    made = segno.make(address, error="m", micro=False)
    return Markup(made.svg_inline(scale=5, border=2, omitsize=True))  # noqa: S704 - made of modules, no text
