"""`taishi flows` as it is started."""

import json
import subprocess
import sys

_COUNT = """
import sys
from taishi.cli import main

status = main(["flows", sys.argv[1], "--json"])
loaded = sys.modules.keys() & {"numba", "pyarrow", "sensors.pcap.dissectors.http"}
print(status, sorted(loaded), file=sys.stderr)
"""


def test_counting_starts_without_what_it_does_not_use(frames, tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(frames.capture([(0, frames.datagram(b"q")), (1, frames.datagram(b"q"))]))
    subprocess.run([sys.executable, "-m", "sensors.pcap.compiled"], check=True)
    ran = subprocess.run(
        [sys.executable, "-c", _COUNT, str(path)], capture_output=True, text=True, check=True
    )
    assert ran.stderr == "0 []\n"
    assert json.loads(ran.stdout)["flows"] == 1
