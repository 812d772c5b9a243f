"""DOCX becomes PDF by LibreOffice, in a room of its own: private profile, private fonts, bounded time.

Papers name the official fonts (方正小标宋简体, 仿宋_GB2312 …), which are rarely installed on a server. Which
installed font stands in for each is said here, not left to chance, and the result tells.
"""

import ctypes
import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape
from zipfile import ZipFile, is_zipfile

from pypdf import PdfWriter

from taishi.core.problems import Problem

#: Official fonts and what may stand in for them, best first. A trailing `:black` or `:bold` asks for that
#: weight. Arphic's and cwTeX's fonts are left out on purpose: they draw rare characters blank. What
#: FandolFang lacks (堃喆䶮㛃镕祎), the next in its line draws.
FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "方正小标宋简体": ("FZXiaoBiaoSong-B05S", "Noto Serif CJK SC:black", "Source Han Serif SC:bold"),
    "仿宋_GB2312": ("仿宋", "FangSong", "FandolFang", "LXGW WenKai", "Noto Serif CJK SC"),
    "楷体_GB2312": ("楷体", "KaiTi", "LXGW WenKai", "FandolKai", "Noto Serif CJK SC"),
    "黑体": ("SimHei", "Noto Sans CJK SC", "Source Han Sans SC", "FandolHei"),
    "宋体": ("SimSun", "Noto Serif CJK SC", "Source Han Serif SC", "FandolSong"),
}
#: What `scripts/get-fonts` fetched comes first.
_FONT_FOLDERS = (
    str(Path(__file__).parent / "fonts"),
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
)
TIMEOUT_S = 120.0
#: So many papers by one start of LibreOffice: it keeps what it has set, and a start costs as much as five
#: letters.
BATCH = 10


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


def stand_ins() -> tuple[Substitution, ...]:
    """Official fonts that are missing here, and what stands in for each. Raises Problem where none can."""
    with TemporaryDirectory() as room:
        return _substitutions(_environment(Path(room)))


def to_pdf(docx: bytes) -> bytes:
    """The DOCX as PDF. Raises Problem where LibreOffice or a Chinese font is missing, or it fails."""
    return convert(docx).content


def convert(docx: bytes, *, timeout_s: float = TIMEOUT_S) -> Pdf:
    """The DOCX as PDF, with the fonts that stood in for others. Raises Problem as `to_pdf`."""
    return convert_all([docx], timeout_s=timeout_s)[0]


def convert_all(papers: Iterable[bytes], *, timeout_s: float = TIMEOUT_S) -> list[Pdf]:
    """Many papers, in their order. Raises Problem as `to_pdf`."""
    return list(convert_each(papers, timeout_s=timeout_s))


def convert_each(papers: Iterable[bytes], *, timeout_s: float = TIMEOUT_S) -> Iterator[Pdf]:
    """Many papers one after the other, in their order, `BATCH` of them taken at a time and set by one start
    of LibreOffice.

    `timeout_s`: for a start and each ten papers. Each PDF tells in its properties (keywords) which fonts
    stood in for others. Raises Problem as `to_pdf`.
    """
    program = office()
    if program is None:
        raise Problem("PDF: LibreOffice is missing; apt-get install libreoffice-writer-nogui fonts-noto-cjk")
    with TemporaryDirectory(prefix="taishi-office-") as name:
        room = Path(name)
        environment = _environment(room)
        substituted = _substitutions(environment)
        waiting = iter(papers)
        while batch := list(islice(waiting, BATCH)):
            _give_back()
            yield from _set(program, room, environment, substituted, batch, timeout_s)


def _give_back() -> None:
    """Memory that making papers has used, back to the system before LibreOffice starts: 70 MB for twenty
    letters. Where the C library is not glibc it stays."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _set(
    program: Path,
    room: Path,
    environment: Mapping[str, str],
    substituted: Sequence[Substitution],
    papers: Sequence[bytes],
    timeout_s: float,
) -> Iterator[Pdf]:
    files = [room / f"paper-{serial}.docx" for serial, _ in enumerate(papers)]
    for file, docx in zip(files, papers, strict=True):
        if not is_zipfile(BytesIO(docx)):  # LibreOffice would set anything else as plain text
            raise Problem("PDF: the paper is no DOCX file; make it anew")
        file.write_bytes(_for_office(docx))
        file.with_suffix(".pdf").unlink(missing_ok=True)
    _run(program, room, files, environment, timeout_s * (1 + len(papers) // 10))
    for file, docx in zip(files, papers, strict=True):
        yield _finished(file.with_suffix(".pdf"), _named(docx, substituted))


def _for_office(docx: bytes) -> bytes:
    """The paper as LibreOffice must read it to set what Word sets: it takes w:overflowPunct (whether a full
    stop may hang over the edge) for its opposite (7.4)."""
    made = BytesIO()
    with ZipFile(BytesIO(docx)) as old, ZipFile(made, "w") as new:
        for part in old.infolist():
            said = old.read(part)
            if part.filename == "word/document.xml":
                said = said.replace(b'<w:overflowPunct w:val="0"/>', b'<w:overflowPunct w:val="1"/>')
            new.writestr(part, said)
    return made.getvalue()


def _named(docx: bytes, substituted: Sequence[Substitution]) -> tuple[Substitution, ...]:
    """Those whose wanted font the paper names at all."""
    with ZipFile(BytesIO(docx)) as parts:
        said = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".xml"))
    return tuple(each for each in substituted if each.wanted.encode() in said)


def _finished(pdf: Path, substituted: tuple[Substitution, ...]) -> Pdf:
    """With a line in its properties on every font that stood in for another."""
    writer = PdfWriter(clone_from=pdf)
    said = "；".join(f"{each.wanted} → {each.used}" for each in substituted)
    writer.add_metadata({"/Keywords": f"字体替代：{said}" if said else "字体无替代"})
    made = BytesIO()
    writer.write(made)
    return Pdf(made.getvalue(), substituted)


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
    heavy = next((each.partition(":")[2] for each in others if ":" in each), "")
    weight = f'<edit name="weight" mode="assign"><const>{heavy}</const></edit>' if heavy else ""
    return (
        f'<match target="pattern"><test name="family"><string>{escape(wanted)}</string></test>'
        f'<edit name="family" mode="append" binding="strong">{names}</edit>'
        f"{weight}</match>"
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


def _run(
    program: Path, room: Path, papers: Sequence[Path], environment: Mapping[str, str], timeout_s: float
) -> None:
    """One start of LibreOffice. Its launcher starts a child, so it has a process group that we end whole."""
    process = subprocess.Popen(  # noqa: S603 - fixed program and arguments
        [
            str(program),
            f"-env:UserInstallation={(room / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
            *("--convert-to", "pdf:writer_pdf_Export", "--outdir", str(room)),
            *(str(paper) for paper in papers),
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
    if process.returncode or not all(paper.with_suffix(".pdf").is_file() for paper in papers):
        raise Problem(
            f"PDF: LibreOffice failed ({said.strip()[-200:] or process.returncode}); see its message"
        )
