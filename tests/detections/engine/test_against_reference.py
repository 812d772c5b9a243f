"""The engine against the plain matcher: the same hits for random small rules on random small events.

TAISHI_SOAK says how many examples (`scripts/soak` sets it); each is up to six rules on up to a dozen events.
What differs is told as one rule and one event, so only the long campaign takes the time to shrink.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detections.engine.load import RulePack
from taishi.core.event import Json
from tests.detections.engine import reference
from tests.detections.engine.conformance.driver import (
    LOGSOURCE,
    as_yaml,
    engine_hits,
    loaded,
    refusals,
    rule_document,
)

Rule = dict[str, object]
Seen = dict[str, Json]

SOAK = os.environ.get("TAISHI_SOAK")
EXAMPLES = int(SOAK or "80")
PHASES = [Phase.explicit, Phase.generate, *([Phase.shrink] if SOAK else [])]
campaign = settings(
    max_examples=EXAMPLES, phases=PHASES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

FIELDS = ("F", "G", "a.b")
#: Few letters, so that rules hit; those beside a and b are where case, escapes and dashes go wrong.
LETTERS = "abAB.\\-/\u2013Äß势\n"
#: What no id, time or sensor name of ours has, for keywords are sought in those too.
WORDS = ("qz", "QZ", "zzq", "q\\z", "qzq z")
REGULAR = ("a", "b", "^a", "b$", "a.b", "[ab]+", "a|B", "(ab)+", "^$", "a{2}", r"\\", r"\.", "[^a]b?")
NETWORKS = ("192.0.2.0/25", "192.0.2.128/25", "0.0.0.0/0", "2001:db8::/33")
ADDRESSES = ("192.0.2.1", "192.0.2.200", "203.0.113.7", "2001:db8::1", "2001:DB8:8000::1", "192.0.2")
TIMES = ("2026-03-02T03:04:05Z", "2026-03-02T11:04:05+08:00", "2026-12-31T23:59:59", "2026-13-01T00:00:00")
NUMBERS = (0, 1, 2, 16, -1, 1.5, 2**53, 2**53 + 1)
NUMERIC = ("0", "1", "16", "0x10", "1.50", "-1", "9007199254740993", "01", "1_6", "nan")

plain = st.text(LETTERS, max_size=4)
#: Values of rules: letters, wildcards, escapes.
wild = st.lists(st.sampled_from([*LETTERS, "*", "?", "\\*", "\\?", "\\\\"]), min_size=1, max_size=5).map(
    "".join
)
numbers = st.sampled_from(NUMBERS)
scalars: st.SearchStrategy[Json] = st.one_of(
    plain, plain, numbers, st.booleans(), st.none(), st.sampled_from([*ADDRESSES, *TIMES, *NUMERIC, *WORDS])
)
values = st.one_of(scalars, scalars, scalars, st.lists(scalars, max_size=3))


@st.composite
def drawn_event(draw: st.DrawFn) -> Seen:
    event: Seen = {name: draw(values) for name in ("F", "G") if draw(st.booleans())}
    form = draw(st.sampled_from(("", "flat", "nested", "listed")))
    if form == "flat":
        event["a.b"] = draw(values)
    elif form == "nested":
        event["a"] = {"b": draw(values)} if draw(st.booleans()) else {"c": draw(values)}
    elif form == "listed":
        event["a"] = [{"b": draw(scalars)}, {"b": draw(scalars)}]
    return event or {"H": 1}


def _several(one: st.SearchStrategy[str] | st.SearchStrategy[int | float]) -> st.SearchStrategy[object]:
    return one | st.lists(one, min_size=1, max_size=3)


def _with(
    names: Sequence[str], value: st.SearchStrategy[object], ends: Sequence[str] = ("",)
) -> st.SearchStrategy[tuple[str, object]]:
    """Chains of a modifier from `names` and one from `ends`, with values."""
    chains = [name + end for name in names for end in ends]
    return st.tuples(st.sampled_from(chains), value)


ENDS = ("", "|contains", "|startswith", "|endswith")
ITEMS = st.one_of(
    _with(("", "|cased", "|neq"), _several(wild), ENDS),
    _with(
        ("|contains", "|startswith", "|endswith"),
        st.lists(wild, min_size=2, max_size=3),
        ("|all", "|all|cased"),
    ),
    _with(("|windash",), _several(wild), ENDS),
    _with(("|re", "|re|i", "|re|m", "|re|i|m|s"), _several(st.sampled_from(REGULAR))),
    _with(("|cidr",), _several(st.sampled_from(NETWORKS))),
    _with(("", "|neq", "|lt", "|lte", "|gt", "|gte"), _several(numbers)),
    _with(("|minute", "|hour", "|day", "|week", "|month", "|year"), st.sampled_from((2, 3, 4, 10, 12, 2026))),
    _with(("|base64", "|base64offset"), st.text("abÄ势", min_size=2, max_size=5), ("|contains",)),
    _with(("|wide|base64offset", "|utf16be|base64"), st.text("aBc", min_size=2, max_size=5), ("|contains",)),
    _with(("|fieldref",), st.sampled_from(FIELDS), ENDS),
    _with(("|exists",), st.booleans()),
    _with(("",), st.none() | st.just("") | st.booleans()),
)


@st.composite
def drawn_map(draw: st.DrawFn) -> dict[str, object]:
    drawn = draw(st.lists(st.tuples(st.sampled_from(FIELDS), ITEMS), min_size=1, max_size=2))
    return {field + chain: value for field, (chain, value) in drawn}


keywords = st.lists(st.sampled_from([*WORDS, "q*z", "q?q", "z q"]), min_size=1, max_size=2)
selections: st.SearchStrategy[object] = st.one_of(
    drawn_map(), drawn_map(), st.lists(drawn_map(), min_size=1, max_size=2), keywords,
    keywords.map(lambda words: {"|all": [*words, "qz"]}),
)  # fmt: skip
NAMES = ("sel_a", "sel_b", "filter_c", "_d")
atoms = st.sampled_from(
    [*NAMES, "1 of sel*", "all of sel_*", "1 of them", "all of them", "1 of *_c", "1 of _*"]
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map("not {}".format),
        inner.map("({})".format),
        inner.map("not ({})".format),
        st.tuples(inner, inner).map(" and ".join),
        st.tuples(inner, inner).map(" or ".join),
    ),
    max_leaves=5,
)


@st.composite
def drawn_detection(draw: st.DrawFn) -> Rule:
    found: Rule = {name: draw(selections) for name in NAMES}
    found["condition"] = draw(conditions | st.lists(conditions, min_size=2, max_size=2))
    return found


rule_sets = st.lists(drawn_detection(), min_size=1, max_size=6)
events = st.lists(drawn_event(), min_size=1, max_size=12)


def pack_of(rules: list[Rule], source: Mapping[str, str] = LOGSOURCE) -> RulePack:
    documents = [
        {**rule_document(rule, f"rule {number}"), "logsource": dict(source)}
        for number, rule in enumerate(rules)
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.yml").write_text(as_yaml(*documents), "utf-8")
        pack = loaded([Path(folder)])
    assert not pack.refused, f"refused: {refusals(pack)}"
    return pack


@campaign
@given(rule_sets, events)
def test_the_engine_finds_what_the_reference_finds(rules: list[Rule], seen: list[Seen]) -> None:
    found = engine_hits(pack_of(rules), seen)
    for number, rule in enumerate(rules):
        judge = reference.parse(rule)
        for event, titles in zip(seen, found, strict=True):
            hit = f"rule {number}" in titles
            assert hit is judge(event), (
                f"{'hit' if hit else 'missed'}: {rule} on {event}{_blame(rule, event)}"
            )


def _blame(rule: Rule, event: Seen) -> str:
    """Which selections the two see otherwise, where one of them can be told."""
    names = [name for name in rule if name != "condition"]
    alone = [{"s": rule[name], "condition": "s"} for name in names]
    hits = engine_hits(pack_of(alone), [event])[0]
    wrong = [
        name
        for number, (name, one) in enumerate(zip(names, alone, strict=True))
        if (f"rule {number}" in hits) is not reference.parse(one)(event)
    ]
    return f" (because of {[{name: rule[name]} for name in wrong]})" if wrong else ""


@settings(campaign, max_examples=max(1, EXAMPLES // 2))
@given(rule_sets, events, st.lists(st.integers(1, 5), max_size=12), st.randoms(use_true_random=False))
def test_the_same_hits_whatever_the_batches_and_their_order(
    rules: list[Rule], seen: list[Seen], sizes: list[int], chance: Random
) -> None:
    pack, twice = pack_of(rules), seen + seen  # what was seen before must change nothing
    together = engine_hits(pack, twice)
    assert together[len(seen) :] == together[: len(seen)]
    order = list(range(len(twice)))
    chance.shuffle(order)
    mixed = engine_hits(pack, [twice[at] for at in order], sizes)
    assert mixed == [together[at] for at in order]
    assert engine_hits(pack, twice, [1] * len(twice)) == together


def test_hits_are_frequent_enough_to_mean_something() -> None:
    """A matcher that never hits would agree with an engine that never does."""
    hits: list[bool] = []

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(drawn_detection(), events)
    def count(rule: Rule, seen: list[Seen]) -> None:
        judge = reference.parse(rule)
        hits.extend(judge(event) for event in seen)

    count()
    assert 0.1 < sum(hits) / len(hits) < 0.9
