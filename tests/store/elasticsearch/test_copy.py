"""Events from the embedded store to the real server and back."""

from contextlib import closing

import pytest
from rows import numbered

from taishi.app.store_copy import copy_events
from taishi.core.ports import Query
from taishi.store import open_event_store


@pytest.mark.elasticsearch
def test_there_and_back_again_they_are_the_same(uri, tmp_path):
    one, two = f"embedded:{tmp_path / 'one'}", f"embedded:{tmp_path / 'two'}"
    with closing(open_event_store(one)) as store:
        store.write([numbered(1500), numbered(700, "dns"), numbered(3, "windows")])
    out = copy_events(one, uri, lambda _: None)
    back = copy_events(uri, two, lambda _: None)
    assert (out.stored, out.agree, back.stored, back.agree) == (2203, True, 2203, True)
    with closing(open_event_store(one)) as first, closing(open_event_store(two)) as second:
        asked = Query(limit=3000, newest_first=False)
        assert second.search(asked).events == first.search(asked).events
