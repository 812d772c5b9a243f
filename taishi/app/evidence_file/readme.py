"""What the evidence file says of itself: how to check it by hand, and what that shows and does not show."""

from pathlib import Path


def readme(number: str, unit: str, fingerprint: str) -> str:
    """In Chinese, then in English (`readme.txt`)."""
    spaced = ":".join(fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2))
    text = Path(__file__).with_name("readme.txt").read_text("utf-8")
    return text.format(number=number, unit=unit, fingerprint=spaced)
