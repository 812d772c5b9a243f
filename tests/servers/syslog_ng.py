"""Debian's syslog-ng for tests, as scripts/get-syslog-ng unpacked it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.app.running import free_port

HOME = Path(__file__).parent.parent / ".servers" / "syslog-ng"

#: syslog-ng's own `elasticsearch-http()`; the id keeps lines apart that are alike.
_SETTINGS = """
@version: {version}
@include "{home}/usr/share/syslog-ng/include/scl/elasticsearch/elastic-http.conf"
options {{ keep-hostname(yes); use-uniqid(yes); }};
source lines {{ network(transport("tcp") ip("127.0.0.1") port({port}) log-iw-size(20000)); }};
destination taishi {{
  elasticsearch-http(
    url("{address}/_bulk") index("syslog") type("") custom_id("${{UNIQID}}") user("any") password("{token}")
    batch-timeout(500) retries(100000) time-reopen(1)
    disk-buffer(reliable(yes) disk-buf-size(104857600) mem-buf-size(10485760) dir("{folder}"))
  );
}};
log {{ source(lines); destination(taishi); flags(flow-control); }};
"""


def unpacked() -> bool:
    return (HOME / "usr/sbin/syslog-ng").is_file()


@contextmanager
def running(folder: Path, address: str, token: str) -> Iterator[int]:
    """Its port for lines."""
    folder.mkdir()
    (modules,) = [path for path in (HOME / "usr/lib/syslog-ng").iterdir() if path.is_dir()]
    port, settings = free_port(), folder / "syslog-ng.conf"
    about = {"address": address, "token": token, "folder": folder, "port": port, "home": HOME}
    settings.write_text(_SETTINGS.format(version=modules.name, **about))
    own = [f"--cfgfile={settings}", f"--persist-file={folder / 'persist'}", f"--control={folder / 'control'}"]
    command = [str(HOME / "usr/sbin/syslog-ng"), "-F", "--no-caps", f"--module-path={modules}", *own]
    libraries = [str(path) for path in (HOME / "usr/lib/syslog-ng", *(HOME / "usr/lib").glob("*-linux-gnu"))]
    libraries += [str(path) for path in (HOME / "lib").glob("*-linux-gnu")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--pidfile={folder / 'pid'}"],
            stdout=log,
            stderr=log,
            env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)},
        )
        try:
            yield port
        finally:
            process.terminate()
            process.wait(60)
