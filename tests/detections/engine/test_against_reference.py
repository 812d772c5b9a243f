"""The engine against the plain matcher: the same hits for random small rules on random small events.

TAISHI_SOAK says how many examples (`scripts/soak` sets it); each is one to three rules on up to a dozen events.
"""

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taishi.core.event import Json
from tests.detections.engine import reference
from tests.detections.engine.conformance.driver import as_yaml, judged, rule_document

EXAMPLES = int(os.environ.get("TAISHI_SOAK", "150"))
campaign = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

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
wild = st.lists(st.sampled_from([*LETTERS, "*", "?", "\\*", "\\?", "\\\\"]), min_size=1, max_size=5).map("".join)
numbers = st.sampled_from(NUMBERS)
scalars: st.SearchStrategy[Json] = st.one_of(
    plain, plain, numbers, st.booleans(), st.none(), st.sampled_from([*ADDRESSES, *TIMES, *NUMERIC, *WORDS])
)
values = st.one_of(scalars, scalars, scalars, st.lists(scalars, max_size=3))


@st.composite
def drawn_event(draw: st.DrawFn) -> dict[str, Json]:
    event: dict[str, Json] = {name: draw(values) for name in ("F", "G") if draw(st.booleans())}
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


def _with(names: Sequence[str], value: st.SearchStrategy[object], ends: Sequence[str] = ("",)) -> st.SearchStrategy[
    tuple[str, object]
]:
    """Modifier chains beginning with one of `names` and perhaps going on with one of `ends`, and their values."""
    chains = [name + end for name in names for end in ends]
    return st.tuples(st.sampled_from(chains), value)


ENDS = ("", "|contains", "|startswith", "|endswith")
long = st.text("abÄ势", min_size=2, max_size=5)
ITEMS = st.one_of(
    _with(("", "|cased", "|neq"), _several(wild), ENDS),
    _with(("|contains", "|startswith", "|endswith"), st.lists(wild, min_size=2, max_size=3), ("|all", "|all|cased")),
    _with(("|windash",), _several(wild), ENDS),
    _with(("|re", "|re|i", "|re|m", "|re|i|m|s"), _several(st.sampled_from(REGULAR))),
    _with(("|cidr",), _several(st.sampled_from(NETWORKS))),
    _with(("", "|neq", "|lt", "|lte", "|gt", "|gte"), _several(numbers)),
    _with(("|minute", "|hour", "|day", "|week", "|month", "|year"), st.sampled_from((2, 3, 4, 10, 12, 2026))),
    _with(("|base64", "|base64offset", "|wide|base64offset", "|utf16be|base64"), long, ("|contains",)),
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
atoms = st.sampled_from([*NAMES, "1 of sel*", "all of sel_*", "1 of them", "all of them", "1 of *_c", "1 of _*"])
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
def drawn_detection(draw: st.DrawFn) -> dict[str, object]:
    found: dict[str, object] = {name: draw(selections) for name in NAMES}
    found["condition"] = draw(conditions | st.lists(conditions, min_size=2, max_size=2))
    return found


detections = st.lists(drawn_detection(), min_size=1, max_size=3)
events = st.lists(drawn_event(), min_size=1, max_size=12)


def engine_hits(rules: list[dict[str, object]], seen: list[dict[str, Json]], sizes: Sequence[int] = ()) -> list[set[str]]:
    documents = [rule_document(rule, f"rule {number}") for number, rule in enumerate(rules)]
    found = judged({"rules.yml": as_yaml(*documents)}, seen, sizes)
    assert not found.refused, f"refused: {found.refused}"
    return found.hits


@campaign
@given(detections, events)
def test_the_engine_finds_what_the_reference_finds(
    rules: list[dict[str, object]], seen: list[dict[str, Json]]
) -> None:
    judges = [reference.parse(rule) for rule in rules]
    expected = [{f"rule {number}" for number, judge in enumerate(judges) if judge(event)} for event in seen]
    found = engine_hits(rules, seen)
    wrong = [(event, got, want) for event, got, want in zip(seen, found, expected, strict=True) if got != want]
    assert not wrong, f"event, engine, reference: {wrong[:2]}"


@campaign
@given(detections, events, st.lists(st.integers(1, 5), max_size=12), st.randoms(use_true_random=False))
def test_the_same_hits_whatever_the_batches_and_their_order(
    rules: list[dict[str, object]], seen: list[dict[str, Json]], sizes: list[int], chance: object
) -> None:
    twice = seen + seen  # what was seen before must change nothing
    order = list(range(len(twice)))
    chance.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives random.Random
    mixed = engine_hits(rules, [twice[at] for at in order], sizes)
    again = [set[str]() for _ in twice]
    for place, at in enumerate(order):
        again[at] = mixed[place]
    alone = [engine_hits(rules, [event])[0] for event in seen[:3]]
    together = engine_hits(rules, twice)
    assert again == together
    assert together[: len(alone)] == alone
    assert together[len(seen) :] == together[: len(seen)]


def test_hits_are_frequent_enough_to_mean_something() -> None:
    """A matcher that never hits would agree with an engine that never does."""
    hits: list[bool] = []

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(drawn_detection(), events)
    def count(rule: dict[str, object], seen: list[dict[str, Json]]) -> None:
        judge = reference.parse(rule)
        hits.extend(judge(event) for event in seen)

    count()
    assert 0.1 < sum(hits) / len(hits) < 0.9
