"""The report as one page that needs nothing else: no script, its few styles inside, the chart as SVG."""

from collections.abc import Iterator, Sequence
from html import escape

from taishi.app.reports.papers.content import Chart, Content, Grid, Section

_STYLE = """
body{font:16px/1.7 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif;color:#1c2430;
max-width:860px;margin:40px auto;padding:0 24px}h1{font-size:28px;text-align:center;margin:0}
.bureau,.span,.facts{text-align:center;color:#5a6676;margin:4px 0}h2{font-size:19px;margin:32px 0 8px;
border-bottom:1px solid #d5dbe3;padding-bottom:4px}table{border-collapse:collapse;width:100%;margin:8px 0}
th,td{border:1px solid #d5dbe3;padding:6px 10px;text-align:left}td.n,th.n{text-align:right;
font-variant-numeric:tabular-nums}thead th{background:#f2f5f9}tr.total td{font-weight:700;background:#fafbfd}
svg{width:100%;height:auto}svg text{font-size:11px;fill:#5a6676}@media print{body{margin:0}}
"""
_WIDE, _HIGH, _LEFT, _TOP, _FOOT = 820, 260, 44, 26, 34


def html(content: Content) -> bytes:
    """UTF-8."""
    body = "".join(_section(n, one, content) for n, one in enumerate(content.sections, 1))
    facts = " · ".join(map(escape, content.facts))
    page = (
        f'<!doctype html><html lang="{"zh-CN" if content.language == "zh" else "en"}"><meta charset="utf-8">'
        f"<title>{escape(content.title)} {escape(content.span)}</title><style>{_STYLE}</style>"
        f'<p class="bureau">{escape(content.bureau)}</p><h1>{escape(content.title)}</h1>'
        f'<p class="span">{escape(content.span)}</p><p class="facts">{facts}</p>{body}</html>\n'
    )
    return page.encode()


def _section(number: int, section: Section, content: Content) -> str:
    numeral = f"{'一二三四五六七八九十'[number - 1]}、" if content.language == "zh" else f"{number}. "
    parts = [f"<h2>{numeral}{escape(section.title)}</h2>"]
    parts += [f"<p>{escape(text)}</p>" for text in section.paragraphs]
    if section.grid is not None:
        parts.append(_grid(section.grid))
    if section.chart is not None:
        parts.append(_chart(section.chart))
    return "".join(parts)


def _grid(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{escape(word)}</th>' for word in grid.head)
    rows = "".join(
        f"<tr{' class=total' if grid.total and n == len(grid.rows) else ''}>{_cells(row)}</tr>"
        for n, row in enumerate(grid.rows, 1)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Sequence[str | int | float]) -> str:
    shown = (
        f"<td>{escape(cell)}</td>" if isinstance(cell, str) else f'<td class="n">{cell:,}</td>'
        for cell in row
    )
    return "".join(shown)


def _chart(chart: Chart) -> str:
    most = max([1, *(bar.count for bar in chart.bars), *(bar.before or 0 for bar in chart.bars)])
    key = escape(chart.now) + (f" ▮ / {escape(chart.before)} —" if chart.before else " ▮")
    drawn = "".join([*_scale(most), *_bars(chart, most), _line(chart, most)])
    title = f'<text x="{_LEFT}" y="14">{escape(chart.title)}（{key}）</text>'
    label = f'role="img" aria-label="{escape(chart.title)}"'
    return f'<svg viewBox="0 0 {_WIDE} {_HIGH}" {label}>{title}{drawn}</svg>'


def _height(n: int, most: int) -> float:
    return (_HIGH - _TOP - _FOOT) * n / most


def _middle(place: int, bars: int) -> float:
    return _LEFT + (_WIDE - _LEFT) * (place + 0.5) / bars


def _scale(most: int) -> Iterator[str]:
    for n in sorted({0, most // 2, most}):
        y = _HIGH - _FOOT - _height(n, most)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDE}" stroke="#e3e8ee"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{n:,}</text>'


def _bars(chart: Chart, most: int) -> Iterator[str]:
    wide = (_WIDE - _LEFT) / len(chart.bars) * 0.6
    every = -(-len(chart.bars) // 14)
    for place, bar in enumerate(chart.bars):
        middle, high = _middle(place, len(chart.bars)), _height(bar.count, most)
        yield (
            f'<rect x="{middle - wide / 2:.1f}" y="{_HIGH - _FOOT - high:.1f}" width="{wide:.1f}"'
            f' height="{high:.1f}" fill="#2f6fdb"><title>{bar.label} {bar.count:,}</title></rect>'
        )
        if place % every == 0:
            yield f'<text x="{middle:.1f}" y="{_HIGH - _FOOT + 18}" text-anchor="middle">{bar.label}</text>'


def _line(chart: Chart, most: int) -> str:
    points = [
        f"{_middle(place, len(chart.bars)):.1f},{_HIGH - _FOOT - _height(bar.before, most):.1f}"
        for place, bar in enumerate(chart.bars)
        if bar.before is not None
    ]
    if not chart.before or not points:
        return ""
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="#8a94a3" stroke-width="1.5"/>'
