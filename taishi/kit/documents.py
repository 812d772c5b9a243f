"""DOCX becomes PDF by LibreOffice, in a room of its own: private profile, private fonts, bounded time.

Papers name the official fonts (方正小标宋简体, 仿宋_GB2312 …), which are rarely installed on a server. Which
installed font stands in for each is said here, not left to chance, and the result tells.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape
from zipfile import is_zipfile

from taishi.core.problems import Problem

#: Official fonts and what may stand in for them, best first. A trailing `:bold` asks for that weight.
FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "方正小标宋简体": ("FZXiaoBiaoSong-B05S", "Noto Serif CJK SC:bold", "Source Han Serif SC:bold"),
    "仿宋_GB2312": ("仿宋", "FangSong", "FandolFang", "Noto Serif CJK SC", "Source Han Serif SC"),
    "楷体_GB2312": ("楷体", "KaiTi", "FandolKai", "AR PL UKai CN", "Noto Serif CJK SC"),
    "黑体": ("SimHei", "FandolHei", "Noto Sans CJK SC", "Source Han Sans SC"),
    "宋体": ("SimSun", "FandolSong", "Noto Serif CJK SC", "Source Han Serif SC"),
}
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Substitution:
    """The font that a paper asks for, and the one that the PDF was set in."""

    wanted: str
    used: str


@dataclass(frozen=True)
class Pdf:
    content: bytes
    substituted: tuple[Substitution, ...]


def office() -> Path | None:
    """LibreOffice's `soffice`, None where it is not installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return Path(found) if found else None


def to_pdf(docx: bytes) -> bytes:
    """The DOCX as PDF. Raises Problem where LibreOffice or a Chinese font is missing, or it fails."""
    return convert(docx).content


def convert(docx: bytes, *, timeout_s: float = TIMEOUT_S) -> Pdf:
    """The DOCX as PDF, with the fonts that stood in for others. Raises Problem as `to_pdf`."""
    program = office()
    if program is None:
        raise Problem("PDF: LibreOffice is missing; apt-get install libreoffice-writer-nogui fonts-noto-cjk")
    if not is_zipfile(BytesIO(docx)):  # LibreOffice would set anything else as plain text
        raise Problem("PDF: the paper is no DOCX file; make it anew")
    with TemporaryDirectory(prefix="taishi-office-") as name:
        room = Path(name)
        environment = _environment(room)
        substituted = _substitutions(environment)
        (room / "paper.docx").write_bytes(docx)
        _run(program, room, environment, timeout_s)
        return Pdf((room / "paper.pdf").read_bytes(), substituted)


def _environment(room: Path) -> dict[str, str]:
    fonts = room / "fonts.conf"
    fonts.write_text(_font_settings(room / "fontcache"), encoding="utf-8")
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(room),
        "LANG": "C.UTF-8",
        "FONTCONFIG_FILE": str(fonts),
        "SAL_USE_VCLPLUGIN": "svp",
    }


def _font_settings(cache: Path) -> str:
    """fontconfig's own file, so that the machine's settings cannot choose other fonts for a paper."""
    folders = "".join(f"<dir>{escape(os.path.expanduser(each))}</dir>" for each in _FONT_FOLDERS)
    rules = "".join(_font_rule(wanted, used) for wanted, used in FALLBACKS.items())
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{folders}<cachedir>{escape(str(cache))}</cachedir>{rules}</fontconfig>"
    )


def _font_rule(wanted: str, others: tuple[str, ...]) -> str:
    """Puts the others right after the wanted family, and asks for their weight where they are chosen."""
    names = "".join(f"<string>{escape(each.partition(':')[0])}</string>" for each in others)
    weight = '<edit name="weight" mode="assign"><const>bold</const></edit>'
    return (
        f'<match target="pattern"><test name="family"><string>{escape(wanted)}</string></test>'
        f'<edit name="family" mode="append" binding="strong">{names}</edit>'
        f"{weight if any(':bold' in each for each in others) else ''}</match>"
    )


def _substitutions(environment: Mapping[str, str]) -> tuple[Substitution, ...]:
    """Asks fontconfig. Raises Problem where it offers something that is not on our list."""
    chosen = {wanted: _matched(wanted, environment) for wanted in FALLBACKS}
    for wanted, families in chosen.items():
        known = {wanted, *(each.partition(":")[0] for each in FALLBACKS[wanted])}
        if not known & set(families):
            raise Problem(f"PDF: no Chinese font for {wanted}; apt-get install fonts-noto-cjk")
    return tuple(
        Substitution(wanted, families[0]) for wanted, families in chosen.items() if wanted not in families
    )


def _matched(family: str, environment: Mapping[str, str]) -> list[str]:
    program = shutil.which("fc-match")
    if program is None:
        raise Problem("PDF: fc-match is missing; apt-get install fontconfig")
    answer = subprocess.run(  # noqa: S603 - fixed program, family from our own table
        [program, "-f", "%{family}", family],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [each.strip() for each in answer.stdout.split(",")]


def _run(program: Path, room: Path, environment: Mapping[str, str], timeout_s: float) -> None:
    """One conversion. Its launcher starts a child, so it has a process group that we end whole."""
    process = subprocess.Popen(  # noqa: S603 - fixed program and arguments
        [
            str(program),
            f"-env:UserInstallation={(room / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
            *("--convert-to", "pdf:writer_pdf_Export", "--outdir", str(room), str(room / "paper.docx")),
        ],
        env=dict(environment),
        cwd=room,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise Problem(f"PDF: LibreOffice gave no answer in {timeout_s:.0f} s; try again") from None
    if process.returncode or not (room / "paper.pdf").is_file():
        raise Problem(
            f"PDF: LibreOffice failed ({said.strip()[-200:] or process.returncode}); see its message"
        )
