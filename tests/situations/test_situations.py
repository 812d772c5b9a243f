"""What is said of traffic made by hand: attacks, infections, weaknesses, and what only looks like them.

Each function of the folders `compromised`, `attempted`, `risk` and `benign` makes one situation after the
protocol's specification or a published analysis. The worst class of all verdicts must be the folder's; of
benign ones nothing may be said at medium level or higher.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

from taishi.app.analysis import Options, analyze
from tests.situations.wire import RANDOM, Wire

HERE = Path(__file__).parent


def situations():
    """Class, name and maker of each."""
    for threat in ("compromised", "attempted", "risk", "benign"):
        for module in pkgutil.iter_modules([str(HERE / threat)]):
            made = importlib.import_module(f"tests.situations.{threat}.{module.name}")
            for name, maker in inspect.getmembers(made, inspect.isfunction):
                if maker.__module__ == made.__name__:
                    yield pytest.param(threat, maker, id=f"{threat}-{module.name}-{name}")


@pytest.mark.parametrize(("threat", "maker"), list(situations()))
def test_the_class_is_right(threat, maker, tmp_path):
    RANDOM.seed(5)
    wire, capture = Wire(), tmp_path / "made.pcap"
    maker(wire)
    capture.write_bytes(wire.pcap())
    verdicts = analyze([capture], Options()).verdicts
    told = [(one.threat, one.level, [reason.rule for reason in one.because]) for one in verdicts]
    if threat == "benign":
        assert not [one for one in told if one[1] != "low"]
    else:
        assert told, "nothing was said"
        assert told[0][0] == threat
