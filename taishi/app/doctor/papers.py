"""What letters need: LibreOffice, fonts, a seal that is still good."""

from collections.abc import Iterable
from datetime import timedelta

from taishi.app.doctor.finding import Finding, Grade, Ground, desk_of
from taishi.app.seal import CERTIFICATE, FOLDER
from taishi.core.problems import Problem
from taishi.core.text import Text
from taishi.kit.documents import office, stand_ins

#: A seal that ends sooner is told.
SOON = timedelta(days=60)


class Papers:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "papers"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        yield _office()
        yield _seal(ground)


def _office() -> Finding:
    if office() is None:
        return Finding(
            Papers.name,
            "warn",
            Text(
                "未安装 LibreOffice，函件只能出 DOCX，不能出 PDF",
                "no LibreOffice: letters as DOCX only, not PDF",
            ),
            Text("apt-get install libreoffice-writer-nogui", "apt-get install libreoffice-writer-nogui"),
        )
    try:
        others = stand_ins()
    except Problem as problem:
        return Finding(Papers.name, "fail", Text(f"字体：{problem}", f"fonts: {problem}"))
    if not others:
        return Finding(
            Papers.name, "ok", Text("LibreOffice 与公文字体齐备", "LibreOffice and the official fonts")
        )
    names = "、".join(f"{one.wanted}→{one.used}" for one in others)
    return Finding(
        Papers.name,
        "warn",
        Text(f"公文字体由其他字体代替：{names}", f"official fonts are stood in for: {names}"),
        Text("安装单位已获授权的公文字体", "install the official fonts that the bureau has a licence for"),
        evidence={one.wanted: one.used for one in others},
    )


def _seal(ground: Ground) -> Finding:
    desk = desk_of(ground)
    if not (ground.data / FOLDER / CERTIFICATE).is_file():
        said = Text("系统签章尚未生成，首次发函时生成", "no seal yet; the first letter makes it")
        return Finding(Papers.name, "ok", said, clauses=("C10",))
    end = desk.seal.valid_until
    grade: Grade = "fail" if end <= ground.now else "warn" if end - ground.now < SOON else "ok"
    return Finding(
        Papers.name,
        grade,
        Text(f"系统签章证书有效至 {end:%Y-%m-%d}", f"the seal's certificate ends on {end:%Y-%m-%d}"),
        None if grade == "ok" else Text("换新证书（docs/letters.md）", "give it a new one (docs/letters.md)"),
        ("C10",),
        {"end": end},
    )


CHECK = Papers()
