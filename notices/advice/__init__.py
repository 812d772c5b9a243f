"""What each class and level means for a clerk, and what to do about it, in nine texts (`texts.yml`)."""

from notices import wording
from notices.texts import Texts
from taishi.core.records import Level, Threat


def meaning(texts: Texts, threat: Threat) -> str:
    """What the class is."""
    return texts.say(f"advice.{threat}.meaning")


def told(texts: Texts, threat: Threat, level: Level) -> str:
    """What this level of the class means."""
    return texts.say(f"advice.{threat}.{level}.told")


def steps(texts: Texts, threat: Threat, level: Level) -> str:
    """What to do, in its order: `一是…；二是…`; one step alone has no numeral."""
    each = texts.steps(f"advice.{threat}.{level}.steps")
    if len(each) == 1:
        return each[0]
    return "；".join(f"{wording.numeral(n)}是{step}" for n, step in enumerate(each, 1))
