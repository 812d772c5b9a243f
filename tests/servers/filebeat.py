"""Elastic's own Filebeat for tests, as scripts/get-filebeat built it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).parent.parent / ".servers" / "filebeat"

#: What stands around the inputs: what a unit's administrator sets, and nothing of the test's own but haste.
_SETTINGS = """
filebeat.inputs: {inputs}
filebeat.modules: {modules}
output.elasticsearch:
  hosts: ["{address}"]
  api_key: "any:{token}"
  ssl.certificate_authorities: ["{authority}"]
  compression_level: 5
  backoff.max: 2s
logging.level: info
"""


def built() -> list[Path]:
    """The program of every version that is there."""
    return sorted(HOME.glob("filebeat-*")) if HOME.is_dir() else []


@contextmanager
def running(
    program: Path, folder: Path, inputs: str = "[]", modules: str = "[]", **about: object
) -> Iterator[Path]:
    """Filebeat over inputs and modules; gives the file it tells what it does. `about`: address, token,
    authority.
    """
    folder.mkdir(exist_ok=True)
    (folder / "module").symlink_to(HOME / program.name.replace("filebeat", "module"))
    settings, told = folder / "filebeat.yml", folder / "log"
    settings.write_text(_SETTINGS.format(inputs=inputs, modules=modules, **about))
    settings.chmod(0o600)
    command = [str(program), "-e", "-c", str(settings), "--path.home", str(folder)]
    with told.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield told
        finally:
            process.terminate()
            process.wait(30)
