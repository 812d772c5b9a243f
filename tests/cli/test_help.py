"""Every command and act can at least say how it is used: no option of one collides with another's."""

import argparse
from collections.abc import Iterator

from taishi.cli.main import parser


def parsers(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield of
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


def test_each_act_tells_its_options() -> None:
    found = list(parsers(parser()))
    assert len(found) > 60
    assert all(one.format_help() for one in found)
