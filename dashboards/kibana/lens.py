"""A panel as the state of Kibana's Lens: one layer of columns over one data view."""

from dashboards.kibana.board import Measure, Panel
from dashboards.kibana.columns import counted
from taishi.core.event import Json
from taishi.core.text import Language

LAYER = "layer"
#: Kinds of drawings, in Lens's own words.
TYPES = {"number": "lnsMetric", "time": "lnsXY", "table": "lnsDatatable"}
#: Groups in a table, and lines over time.
_ROWS, _LINES = 20, 8
_TIME = "time"


def columns(panel: Panel, language: Language) -> dict[str, Json]:
    """By their own name, groups before measures, as Lens wants them."""
    made: dict[str, Json] = {}
    size = _LINES if panel.shape == "time" else _ROWS
    for number, column in enumerate(panel.by):
        made[f"by{number}"] = _group(panel, column, size)
    if panel.shape == "time":
        made[_TIME] = _over_time()
    for number, measure in enumerate(panel.measures):
        made[f"measure{number}"] = _measure(panel, measure, language)
    return made


def drawing(panel: Panel) -> dict[str, Json]:
    """How the columns are drawn."""
    groups = [f"by{number}" for number in range(len(panel.by))]
    measures: list[Json] = [f"measure{number}" for number in range(len(panel.measures))]
    base: dict[str, Json] = {"layerId": LAYER, "layerType": "data"}
    if panel.shape == "number":
        return {**base, "metricAccessor": measures[0]}
    if panel.shape == "table":
        shown: list[Json] = [{"columnId": one} for one in [*groups, *measures]]
        return {**base, "columns": shown, "paging": {"enabled": True, "size": 10}}
    layer = {**base, "accessors": measures, "seriesType": "bar_stacked", "xAccessor": _TIME}
    if groups:
        layer["splitAccessor"] = groups[0]
    return {
        "preferredSeriesType": "bar_stacked",
        "legend": {"isVisible": True, "position": "right"},
        "valueLabels": "hide",
        "layers": [layer],
    }


def _group(panel: Panel, column: str, size: int) -> Json:
    """The largest groups, by the first measure."""
    field = counted(panel.kind, column)
    return {
        "label": column,
        "customLabel": True,
        "operationType": "terms",
        "sourceField": field.name,
        "dataType": field.sort,
        "isBucketed": True,
        "scale": "ordinal",
        "params": {
            "size": size,
            "orderBy": {"type": "column", "columnId": "measure0"},
            "orderDirection": "desc",
            "otherBucket": False,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
        },
    }


def _over_time() -> Json:
    return {
        "label": "@timestamp",
        "operationType": "date_histogram",
        "sourceField": "@timestamp",
        "dataType": "date",
        "isBucketed": True,
        "scale": "interval",
        "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
    }


def _measure(panel: Panel, measure: Measure, language: Language) -> Json:
    params: dict[str, Json] = {"emptyAsNull": False}
    if measure.bytes:
        params["format"] = {"id": "bytes", "params": {"decimals": 1}}
    column = measure.column
    return {
        "label": measure.label.to(language),
        "customLabel": True,
        "operationType": measure.of,
        "sourceField": counted(panel.kind, column).name if column else "___records___",
        "dataType": "number",
        "isBucketed": False,
        "scale": "ratio",
        "params": params,
    }
