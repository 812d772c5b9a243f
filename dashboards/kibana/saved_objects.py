"""Kibana's saved objects as its import takes them: one JSON object a line.

Each says by which release its form was last changed (`typeMigrationVersion`); a later Kibana brings it up.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import msgspec

from dashboards.kibana import boards
from dashboards.kibana.board import Board, Panel, Search
from dashboards.kibana.columns import asked
from dashboards.kibana.filters import pill
from dashboards.kibana.lens import LAYER, TYPES, columns, drawing
from dashboards.words import say
from taishi.core import ecs
from taishi.core.discover import discover
from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.core.text import Language
from taishi.store.elasticsearch.templates import stream

Object = dict[str, Json]
#: Of 48 columns and as many rows as it takes: width, height.
_SIZES = {"number": (12, 6), "time": (48, 12), "table": (24, 14), "search": (48, 16)}
_WIDTH = 48
_EMPTY: Object = {"query": "", "language": "kuery"}
_SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"


def known_boards() -> list[Board]:
    """Every dashboard there is, by name."""
    return sorted(cast(Iterable[Board], discover(boards, "BOARD")), key=lambda board: board.name)


@dataclass(frozen=True)
class Kibana:
    """The objects for the store whose streams begin with `prefix`."""

    prefix: str
    language: Language

    def ndjson(self) -> bytes:
        return b"".join(msgspec.json.encode(one) + b"\n" for one in self.objects())

    def objects(self) -> Iterator[Object]:
        """Whatever is referred to comes before what refers to it. Ids stay, so importing again replaces."""
        yield from (self._view(kind) for kind in (None, *ecs.KINDS))
        for board in known_boards():
            yield from (self._search(board, one) for one in board.searches)
            yield from (self._panel(board, one) for one in board.panels)
            yield self._board(board)

    def _view(self, kind: Kind | None) -> Object:
        names = [stream(self.prefix, one) for one in ([kind] if kind else ecs.KINDS)]
        name = say(f"kind.{kind}" if kind else "all_kinds", self.language)
        attributes: Object = {
            "title": ",".join(names),
            "name": f"{self.prefix} · {name}",
            "timeFieldName": "@timestamp",
        }
        return _object("index-pattern", "8.0.0", self._view_id(kind), attributes, [])

    def _view_id(self, kind: Kind | None) -> str:
        return stream(self.prefix, kind) if kind else f"{self.prefix}-all"

    def _search(self, board: Board, search: Search) -> Object:
        refs = [_reference("index-pattern", self._view_id(search.kind), f"{_SOURCE}.index")]
        pills: list[Json] = []
        for number, one in enumerate(search.filters):
            name = f"{_SOURCE}.filter[{number}].meta.index"
            refs.append(_reference("index-pattern", self._view_id(search.kind), name))
            pills.append(pill(search.kind, one, {"indexRefName": name}))
        source: Object = {"query": _EMPTY, "filter": pills, "indexRefName": f"{_SOURCE}.index"}
        attributes: Object = {
            "title": search.title.to(self.language),
            "description": "",
            "columns": [asked(search.kind, column) for column in search.columns],
            "sort": [["@timestamp", "desc"]],
            "kibanaSavedObjectMeta": {"searchSourceJSON": _text(source)},
        }
        return _object("search", "8.0.0", self._id(board, search), attributes, refs)

    def _panel(self, board: Board, panel: Panel) -> Object:
        view = self._view_id(panel.kind)
        refs = [_reference("index-pattern", view, f"indexpattern-datasource-layer-{LAYER}")]
        pills: list[Json] = []
        for number, one in enumerate(panel.filters):
            refs.append(_reference("index-pattern", view, f"filter-{number}"))
            pills.append(pill(panel.kind, one, {"index": f"filter-{number}"}))
        made = columns(panel, self.language)
        layer: Object = {"columns": made, "columnOrder": list(made), "incompleteColumns": {}}
        state: Object = {
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
            "visualization": drawing(panel),
            "query": _EMPTY,
            "filters": pills,
            "internalReferences": [],
            "adHocDataViews": {},
        }
        attributes: Object = {
            "title": panel.title.to(self.language),
            "description": "",
            "visualizationType": TYPES[panel.shape],
            "state": state,
        }
        return _object("lens", "8.9.0", self._id(board, panel), attributes, refs)

    def _board(self, board: Board) -> Object:
        tiles: list[Json] = []
        refs = []
        shapes = [*(one.shape for one in board.panels), *("search" for _ in board.searches)]
        parts: list[Panel | Search] = [*board.panels, *board.searches]
        for number, (part, place) in enumerate(zip(parts, _places(shapes), strict=True), 1):
            of = "search" if isinstance(part, Search) else "lens"
            refs.append(_reference(of, self._id(board, part), f"{number}:panel_{number}"))
            tiles.append(_tile(str(number), of, place))
        attributes: Object = {
            "title": f"{self.prefix} · {board.title.to(self.language)}",
            "description": board.says.to(self.language),
            "panelsJSON": _text(tiles),
            "optionsJSON": _text({"useMargins": True, "hidePanelTitles": False}),
            "timeRestore": True,
            "timeFrom": "now-24h",
            "timeTo": "now",
            "refreshInterval": {"pause": True, "value": 60_000},
            "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": _EMPTY, "filter": []})},
        }
        return _object("dashboard", "8.9.0", f"{self.prefix}-{board.name}", attributes, refs)

    def _id(self, board: Board, part: Panel | Search) -> str:
        return f"{self.prefix}-{board.name}-{part.name}"


def _places(shapes: Iterable[str]) -> Iterator[dict[str, Json]]:
    """From left to right, a new row where the next one has no room."""
    x = y = deepest = 0
    for shape in shapes:
        width, height = _SIZES[shape]
        if x + width > _WIDTH:
            x, y, deepest = 0, y + deepest, 0
        yield {"x": x, "y": y, "w": width, "h": height}
        x, deepest = x + width, max(deepest, height)


def _tile(name: str, of: str, place: dict[str, Json]) -> Json:
    return {
        "type": of,
        "panelIndex": name,
        "panelRefName": f"panel_{name}",
        "gridData": {**place, "i": name},
        "embeddableConfig": {"enhancements": {}},
    }


def _object(of: str, release: str, name: str, attributes: Object, references: list[Json]) -> Object:
    return {
        "type": of,
        "id": name,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": "8.8.0",
        "typeMigrationVersion": release,
    }


def _reference(of: str, to: str, name: str) -> Json:
    return {"type": of, "id": to, "name": name}


def _text(value: Json) -> str:
    return msgspec.json.encode(value).decode()
