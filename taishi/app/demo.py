"""The sample week in a data directory: made once, registered, laid into the inbox for the real sensors."""

import shutil
from datetime import datetime, time, timedelta
from pathlib import Path

from taishi.app.desk import Desk
from taishi.app.roles import SYSTEM
from taishi.core.clock import ZONE
from taishi.core.indicators import IntelSource
from taishi.sample.feed import NAME_OF_SOURCE, write_feed
from taishi.sample.week import make_week

_START = "demo.start"


def prepare(data: Path, desk: Desk) -> Path | None:
    """Lays the sample week into the inbox, None where an earlier start did so already.

    The week is the seven whole days before the first start, so that pages show it by default; its
    content comes from a fixed seed.
    """
    if desk.state.setting(_START) is not None:
        return None
    start = week_start(desk.clock.now())
    week = make_week(data / "sample", start=start)
    desk.register.take(desk.register.preview(week.register), SYSTEM, week.register.name)
    _know(data / "sample-feed", desk, start)
    inbox = data / "inbox" / "sample"
    inbox.mkdir(parents=True, exist_ok=True)
    for path in (*week.logs, week.pcap):
        shutil.copy2(path, inbox / path.name)
    desk.state.set_setting(_START, start.isoformat())
    return inbox


def _know(folder: Path, desk: Desk, start: datetime) -> None:
    """The sample's own feed as a source like any other; what a broken start left is taken."""
    feed = write_feed(folder, start)
    known = [one.source for one in desk.intel.sources() if one.source.name == NAME_OF_SOURCE]
    source = IntelSource("", NAME_OF_SOURCE, "misp-feed", str(feed.resolve()), start)
    desk.intel.sync(known[0] if known else desk.intel.add(source, SYSTEM))


def week_start(now: datetime) -> datetime:
    """Midnight in Asia/Shanghai, seven days before today's."""
    today = now.astimezone(ZONE).date()
    return datetime.combine(today - timedelta(days=7), time(), tzinfo=ZONE)
