"""系统 → 处置策略: what is done by class and level, as a table and as the text that is edited."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from dashboards.frame import Frame, frame
from dashboards.system_tab import tab_page
from dashboards.troubles import words_of
from notices.measures import TARGET_NAMES, WEEKDAY_NAMES, WHEN_NAMES, default_text, read_policy
from taishi.app.measures.trial import Trial, tried
from taishi.app.roles import ADMIN, require
from taishi.core.problems import Problem
from taishi.core.records import LEVELS, THREATS

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

PATH = "/system/policy"
#: What a trial tells beside the letters, in this order: fields of `taishi.app.measures.trial.Given`.
MEASURED = ("alerts", "told", "summary", "waiting", "ownerless", "blocks")


@router.get(PATH)
def show(seen: Seen) -> HTMLResponse:
    return _page(seen, seen.desk.settings.policy_text())


@router.post(PATH)
def save(seen: Seen, text: Words = "", why: Words = "") -> Response:
    """What is no policy comes back as it was typed, with what is wrong with it."""
    require(seen.desk.state, seen.person, *ADMIN)
    text = text.replace("\r\n", "\n")
    try:
        seen.desk.settings.set_policy(text, seen.person.id, why)
    except Problem as problem:
        return _page(seen, text, words_of(problem, seen.language))
    return seen.done(PATH, "saved")


@router.post(f"{PATH}/trial")
def try_out(seen: Seen, text: Words = "") -> HTMLResponse:
    """What the text would have sent over the window of the page; nothing is set."""
    require(seen.desk.state, seen.person, *ADMIN)
    text = text.replace("\r\n", "\n")
    now = seen.desk.settings.policy()
    try:
        trial = tried(seen.desk.state, seen.span.window, now, read_policy(text, "policy"))
    except Problem as problem:
        return _page(seen, text, words_of(problem, seen.language))
    return _page(seen, text, trial=trial)


def _page(seen: Frame, text: str, wrong: str = "", trial: Trial | None = None) -> HTMLResponse:
    """The table is of the policy that counts, whatever the text says."""
    return tab_page(
        seen,
        "policy",
        policy=seen.desk.settings.policy(),
        text=text,
        wrong=wrong,
        trial=trial,
        measured=MEASURED,
        default=default_text(),
        types=seen.desk.letters.types(),
        threats=THREATS,
        levels=LEVELS,
        when_names=WHEN_NAMES,
        target_names=TARGET_NAMES,
        weekday_names=WEEKDAY_NAMES,
        path=PATH,
    )
