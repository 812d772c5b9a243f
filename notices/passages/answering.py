"""How the unit answers: what it keeps, by when it reports, how it objects; and the letter's last words."""

from collections.abc import Iterator
from datetime import datetime

from notices import calendar, laws, wording
from notices.background import Background
from notices.texts import Texts


def keep_logs(at: datetime, texts: Texts) -> str:
    return texts.say("passages.logs", {"条文": laws.article("logs", at)})


def answer(key: str, deadline: datetime, texts: Texts) -> str:
    """The sentence of that key, which names the deadline as date and hour."""
    return texts.say(key, {"期限": wording.moment(deadline)})


def holidays(at: datetime, deadline: datetime, known: Background) -> Iterator[str]:
    """A remark where a year's holidays are not known yet, so that weekends alone were counted."""
    years = calendar.assumed(at, deadline, known.holidays)
    if years:
        yield known.texts.say("passages.holidays", {"年份": "、".join(f"{year}年" for year in years)})
