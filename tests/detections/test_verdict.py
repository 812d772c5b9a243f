"""The verdict: worst class, then highest level; every hit counted once, in any order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detections.verdict import QUIET, episodes, judge
from taishi.core.records import LEVELS, THREATS, Evidence, Hit
from taishi.core.text import Text

START = datetime(2026, 3, 2, tzinfo=UTC)


def make_hit(number: int, subject: str, threat: str, level: str, count: int, minute: int, peer: str) -> Hit:
    when = START + timedelta(minutes=minute)
    return Hit(
        id=f"h{number}",
        rule=f"r{number % 3}",
        title=Text("题", "title"),
        kind="sigma",
        threat=threat,
        level=level,
        subject=subject,
        subject_kind="ip",
        first_seen=when,
        last_seen=when,
        count=count,
        summary=Text("述", "summary"),
        evidence=(Evidence(f"e{number}", when, "x"),),
        peers=(peer,),
        attackers=(peer,) if threat == "attempted" else (),
    )


HITS = st.lists(
    st.builds(
        make_hit,
        st.integers(0, 40),
        st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
        st.sampled_from(THREATS),
        st.sampled_from(LEVELS),
        st.integers(1, 9),
        st.integers(0, 999),
        st.sampled_from(["198.51.100.1", "198.51.100.2"]),
    ),
    unique_by=lambda hit: hit.id,
)


@given(HITS)
def test_one_verdict_a_subject_with_its_worst_class_and_level(hits: list[Hit]) -> None:
    verdicts = judge(hits)
    assert sorted(one.subject for one in verdicts) == sorted({hit.subject for hit in hits})
    for verdict in verdicts:
        own = [hit for hit in hits if hit.subject == verdict.subject]
        worst = min(own, key=lambda hit: (THREATS.index(hit.threat), LEVELS.index(hit.level)))
        assert (verdict.threat, verdict.level) == (worst.threat, worst.level)
        assert verdict.count == sum(hit.count for hit in own) == sum(one.count for one in verdict.because)
        assert verdict.first_seen == min(hit.first_seen for hit in own)
        assert verdict.last_seen == max(hit.last_seen for hit in own)
        about = [hit for hit in own if hit.threat == verdict.threat]
        assert set(verdict.peers) == {peer for hit in about for peer in hit.peers}


@given(HITS, st.randoms())
def test_order_and_repetition_change_nothing(hits: list[Hit], random: st.DataObject) -> None:
    shuffled = [*hits, *hits]
    random.shuffle(shuffled)
    assert judge(shuffled) == judge(hits)


@given(HITS)
def test_verdicts_come_worst_first(hits: list[Hit]) -> None:
    badness = [(THREATS.index(one.threat), LEVELS.index(one.level)) for one in judge(hits)]
    assert badness == sorted(badness)


@given(HITS)
def test_episodes_are_cut_at_silences_only(hits: list[Hit]) -> None:
    cut = episodes(hits, timedelta(minutes=60))
    assert sorted(hit.id for matter in cut for hit in matter) == sorted(hit.id for hit in hits)
    for earlier, later in pairwise(cut):
        silence = min(hit.first_seen for hit in later) - max(hit.last_seen for hit in earlier)
        assert silence > timedelta(minutes=60)
    assert len(episodes(hits, QUIET)) == bool(hits)
