"""YAML read within bounds: PyYAML by itself overruns its stack on deep nesting and writes out every merge."""

import yaml

from detections.engine.rule import Unsupported

#: How deep a rule may nest; a text below the second size cannot nest deeper than PyYAML can bear.
DEEPEST, _SHALLOW = 24, 5_000
#: Entries of mappings that `<<` may bring into one text.
_MOST_MERGED = 10_000
_MERGE = "tag:yaml.org,2002:merge"


class Loader(yaml.CSafeLoader):
    """Plain values only; merges up to a bound."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """What is merged is merged itself before: so its size is known before it is copied."""
        for key, value in node.value:
            if key.tag == _MERGE:
                for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    self._count(one)
        super().flatten_mapping(node)

    def _count(self, merged: yaml.Node) -> None:
        if isinstance(merged, yaml.MappingNode):
            self.flatten_mapping(merged)
            self._merged += 1 + len(merged.value)
        if self._merged > _MOST_MERGED:
            raise Unsupported(f"{_line(merged)}`<<` brings in more than {_MOST_MERGED} entries")


def check_depth(text: str) -> None:
    """Raises Unsupported for YAML that nests too deep, YAMLError where it is none."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader) if len(text) > _SHALLOW else ():
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Unsupported(f"{_line(event)}nested more than {DEEPEST} deep")


def _line(found: yaml.Node | yaml.Event) -> str:
    return f"line {found.start_mark.line + 1}: " if found.start_mark else ""
