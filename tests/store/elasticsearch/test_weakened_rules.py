"""What a rule is weakened to holds wherever the rule does: random rules, random events, no server."""

import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.types import SigmaCIDRExpression, SigmaString, SpecialChars

from detections.engine.load import RulePack
from detections.engine.sigma import SigmaEngine
from detections.queries.weakened import Weak, both, weakened
from taishi.core.ecs import Kind
from taishi.core.event import BatchBuilder, Event, Json, Row
from taishi.store.elasticsearch.documents import document
from taishi.store.elasticsearch.pieces import KEYWORD_UNITS
from taishi.store.elasticsearch.rule_names import RuleNames
from tests.detections.engine.conformance.driver import WHEN, batches, engine_hits
from tests.detections.engine.test_against_reference import (
    ENDS,
    FIELDS,
    Rule,
    Seen,
    drawn_detection,
    drawn_event,
    pack_of,
    scalars,
)

campaign = settings(
    max_examples=int(os.environ.get("TAISHI_SOAK") or "60"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

#: What rules, stores and Lucene fold, cut, quote or split otherwise than one expects.
LETTERS = 'aſsKkİiß\t\u3000 "\\<>/:&|(){}[]!^~+-=\u2013*?…'
#: Whole numbers as a source may spell them.
SPELLED = ("+05", "5e0", "50e-1", "05.0", "-0", "-05", "0x0F", "5.00", "1e16")
#: Names as rules ask them, and as sources have them.
ASKED = (*FIELDS, "FG", "a", "a.b.c", "ab.c", "Ä", 'q"q', "process.name", "source.ip")
GIVEN = ("F", "F G", "a", "a b", "Ä", 'q"q', "process", "process.name")

odd_texts = st.text(LETTERS, max_size=4)
odd_values: st.SearchStrategy[Json] = st.recursive(
    odd_texts | scalars | st.sampled_from(SPELLED),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("b", "c", "b.c", "name")), inner, max_size=2)
    ),
    max_leaves=4,
)
odd_events = st.dictionaries(st.sampled_from(GIVEN), odd_values, min_size=1, max_size=4)
_said = odd_texts.map(lambda text: re.sub(r"[\\*?]", r"\\\g<0>", text)) | st.sampled_from(("a*s", "*", "s?"))
_texts = st.tuples(st.sampled_from((*ENDS, "|cased", "|windash|contains")), _said)
_plain = st.tuples(st.just(""), st.sampled_from((0, 5, 15, -5, 1.5, 10**16, True, "")))


@st.composite
def odd_detection(draw: st.DrawFn) -> Rule:
    asked = draw(st.lists(st.tuples(st.sampled_from(ASKED), _texts | _plain), min_size=2, max_size=2))
    (one, first), (other, second) = [(field + chain, value) for field, (chain, value) in asked]
    condition = draw(st.sampled_from(("s", "s or t", "s and t", "s and not t")))
    return {"s": {one: first}, "t": {other: second}, "condition": condition}


rule_sets = st.lists(drawn_detection() | odd_detection(), min_size=1, max_size=6)
event_sets = st.lists(drawn_event() | odd_events, min_size=1, max_size=12)


@campaign
@given(rule_sets, event_sets)
def test_whatever_a_rule_hits_fulfils_what_it_is_weakened_to(rules: list[Rule], seen: list[Seen]) -> None:
    pack = pack_of(rules)
    asked = weakened_by_title(pack, "other")
    found = engine_hits(pack, seen, tables=False)
    documents = [searched(event) for batch in batches(seen) for event in batch.events()]
    for event, titles, fields in zip(seen, found, documents, strict=True):
        for title in titles:
            assert holds(asked[title], fields), f"{rules[int(title[5:])]} on {event}: {asked[title]}"


@pytest.mark.parametrize(
    ("kind", "asked", "columns", "own"),
    [
        ("other", {"FG": "spaced"}, {}, {"F G": "spaced"}),
        ("windows", {"Data": "secret"}, {}, {"Data": {"#text": ["secret"]}}),
        ("other", {"a.b.c|contains": "x y"}, {}, {"a": [{"b": {"c": "wx yz"}}]}),
        ("other", {"F|contains": "sudo"}, {}, {"F": "\u017fudo"}),
        ("other", {"F": 5}, {}, {"F": "+05.0"}),
        ("other", {"F|contains": "two\u3000words"}, {}, {"F": "these two\u3000words"}),
        ("other", {"source.ip": "local"}, {"source.ip": "LOCAL"}, {}),
        ("dns", {"dns.answers.data|endswith": "end"}, {"dns.answers.data": ["x" * 30_000 + "END"]}, {}),
    ],
)
def test_what_a_document_says_otherwise_is_found(
    kind: Kind, asked: Rule, columns: Row, own: Mapping[str, Json]
) -> None:
    pack = pack_of([{"s": asked, "condition": "s"}], {"product": "taishi", "category": kind})
    builder = BatchBuilder(kind, "-", "-")
    builder.add(0, {"@timestamp": WHEN, **columns}, own)
    batch = builder.take()
    assert batch is not None
    assert list(SigmaEngine(pack.plan).match(batch)), "the engine itself does not hit"
    weak = weakened_by_title(pack, kind)["rule 0"]
    assert weak is not True
    assert [holds(weak, searched(event)) for event in batch.events()] == [True]


def weakened_by_title(pack: RulePack, kind: Kind) -> Mapping[str, Weak]:
    atoms = pack.plan.atoms
    return {
        pack.rules[one.rule].title: both(
            weakened(part, atoms, kind, RuleNames()) for part in (*one.gate, one.condition)
        )
        for one in pack.plan.variants
        if kind in one.kinds
    }


def searched(event: Event) -> Mapping[str, Sequence[str]]:
    """The terms of a document by field, as Elasticsearch has them."""
    fields: dict[str, list[str]] = {}
    for name, value in msgspec.json.decode(document(event, 1)).items():
        whole = [str(one) for one in (value if isinstance(value, list) else [value])]
        terms = [one for one in whole if len(one.encode("utf-16-le")) <= 2 * KEYWORD_UNITS]
        fields[f"{name}.exact"] = terms
        fields[name] = fields[f"{name}.caseless"] = [_small(term) for term in terms]
    return fields


def _small(text: str) -> str:
    """Lucene's lower case: a letter stays one letter."""
    return "".join("i" if one == "\u0130" else one.lower() for one in text)


def holds(weak: Weak, fields: Mapping[str, Sequence[str]]) -> bool:
    if isinstance(weak, bool):
        return weak
    if isinstance(weak, ConditionFieldEqualsValueExpression):
        terms = fields.get(weak.field, ())
        if isinstance(weak.value, SigmaCIDRExpression):
            return any(_within(term, weak.value.cidr) for term in terms)
        assert isinstance(weak.value, SigmaString)
        pattern = _pattern(weak.value)
        return any(pattern.fullmatch(term) for term in terms)
    assert isinstance(weak, (ConditionAND, ConditionOR))
    link = all if isinstance(weak, ConditionAND) else any
    return link(holds(part, fields) for part in weak.args)


def _pattern(value: SigmaString) -> "re.Pattern[str]":
    wild = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
    return re.compile("".join(re.escape(p) if isinstance(p, str) else wild[p] for p in value.s), re.DOTALL)


def _within(term: str, network: str) -> bool:
    try:
        return ip_address(term) in ip_network(network, strict=False)
    except ValueError:
        return False
