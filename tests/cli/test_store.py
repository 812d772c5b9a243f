"""`taishi store kibana`: a file that Kibana's import can follow from line to line."""

import json
from collections.abc import Callable

import pytest

from tests.cli.ran import Ran

Run = Callable[..., Ran]


def objects(ran: Ran) -> list[dict]:
    assert ran.status == 0
    return [json.loads(line) for line in ran.out.splitlines()]


def test_every_reference_leads_to_a_line_before_it(taishi: Run) -> None:
    seen: set[tuple[str, str]] = set()
    for one in objects(taishi("store", "kibana")):
        assert {(ref["type"], ref["id"]) for ref in one["references"]} <= seen
        assert (one["type"], one["id"]) not in seen
        seen.add((one["type"], one["id"]))
    assert {of for of, _ in seen} == {"index-pattern", "search", "lens", "dashboard"}


def test_what_an_object_calls_by_name_is_among_its_references(taishi: Run) -> None:
    for one in objects(taishi("store", "kibana")):
        told = one["attributes"]
        names = {ref["name"] for ref in one["references"]}
        if one["type"] == "dashboard":
            panels = json.loads(told["panelsJSON"])
            assert {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels} == names
        elif one["type"] == "search":
            source = json.loads(told["kibanaSavedObjectMeta"]["searchSourceJSON"])
            pills = {pill["meta"]["indexRefName"] for pill in source["filter"]}
            assert {source["indexRefName"], *pills} == names
        elif one["type"] == "lens":
            state = told["state"]
            layers = {
                f"indexpattern-datasource-layer-{x}" for x in state["datasourceStates"]["formBased"]["layers"]
            }
            assert layers | {pill["meta"]["index"] for pill in state["filters"]} == names


def test_no_panel_lies_on_another(taishi: Run) -> None:
    for one in objects(taishi("store", "kibana")):
        if one["type"] == "dashboard":
            taken: set[tuple[int, int]] = set()
            for panel in json.loads(one["attributes"]["panelsJSON"]):
                at = panel["gridData"]
                cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
                assert not cells & taken
                assert max(x for x, _ in cells) < 48
                taken |= cells


@pytest.mark.parametrize(("lang", "title"), [("zh", "city · 态势总览"), ("en", "city · Overview")])
def test_titles_and_names_are_as_asked(taishi: Run, lang: str, title: str) -> None:
    made = objects(taishi("store", "kibana", "--prefix", "city", "--lang", lang))
    assert title in {one["attributes"]["title"] for one in made}
    assert all(one["id"].startswith("city-") for one in made)
    views = [one["attributes"]["title"] for one in made if one["type"] == "index-pattern"]
    assert "city-flow" in views
    assert all(name.startswith("city-") for title in views for name in title.split(","))
