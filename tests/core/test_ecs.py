"""The columns are those of the Elastic Common Schema, as published."""

from pathlib import Path

import pyarrow as pa
import yaml

from taishi.core import ecs

TYPES = {
    "keyword": pa.string(),
    "wildcard": pa.string(),
    "match_only_text": pa.string(),
    "ip": pa.string(),
    "long": pa.int64(),
    "date": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
}
#: Not ECS: Winlogbeat's names, which every Windows tool knows; and our own.
OWN = ("taishi.", "winlog.")


def test_names_and_types_are_those_of_the_pinned_release(corpus: Path) -> None:
    assert (corpus / "ecs" / "version").read_text("utf-8").strip() == ecs.ECS_VERSION
    published = yaml.safe_load((corpus / "ecs" / "ecs_flat.yml").read_text("utf-8"))
    for name, column in ecs.column_types().items():
        if not name.startswith(OWN):
            scalar = column.value_type if pa.types.is_list(column) else column
            assert TYPES[published[name]["type"]] == scalar, name


def test_every_kind_ends_with_the_raw_record() -> None:
    for kind in ecs.KINDS:
        assert ecs.schema(kind).names[-2:] == ["taishi.extra", "event.original"]
        assert len(set(ecs.schema(kind).names)) == len(ecs.schema(kind).names)
