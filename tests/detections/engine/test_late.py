"""What is asked late is asked where a rule may still need it, and nowhere else."""

from detections.engine.hopes import ALWAYS, hopeful
from detections.engine.late import Late
from detections.engine.plan import Variant
from detections.engine.rule import All, Atom, Condition, Not, Ref, Some
from detections.engine.signatures import Signatures

IMAGE, LINE, OTHER, WORD = range(4)
ATOMS = (
    Atom(("Image",), "endswith", "\\a.exe"),
    Atom(("CommandLine",), "regex", "b+"),
    Atom(("Port",), "number", 3),
    Atom((), "contains", "word"),
)


def late(*conditions: Condition) -> frozenset[int]:
    variants = [Variant(rule, ("windows",), condition) for rule, condition in enumerate(conditions)]
    return Late(variants, ATOMS, [1.0] * len(ATOMS), Signatures()).numbers


def test_the_best_case_of_a_condition() -> None:
    unknown = {LINE, WORD}
    assert hopeful(All((Ref(IMAGE), Ref(LINE))), unknown) == Ref(IMAGE)
    assert hopeful(All((Ref(IMAGE), Not(Ref(LINE)))), unknown) == Ref(IMAGE)
    assert hopeful(Not(All((Ref(IMAGE), Ref(LINE)))), unknown) == ALWAYS
    assert hopeful(Some((Ref(IMAGE), Ref(WORD))), unknown) == ALWAYS
    assert hopeful(Not(Some((Ref(IMAGE), Ref(LINE)))), unknown) == Not(Ref(IMAGE))


def test_an_expression_waits_for_the_rest_of_its_rule() -> None:
    assert late(All((Ref(IMAGE), Ref(LINE)))) == {LINE}


def test_what_one_rule_needs_in_any_event_is_asked_at_once() -> None:
    assert late(All((Ref(IMAGE), Ref(LINE))), Ref(LINE), All((Ref(IMAGE), Ref(OTHER)))) == {OTHER}
    assert late(Some((Ref(LINE), Ref(WORD)))) == frozenset()
