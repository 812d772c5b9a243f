// Draws the trend from its own table, so that picture and table can never differ; then folds the table.
const root = getComputedStyle(document.documentElement);
const colour = (name) => root.getPropertyValue(name).trim();

function read(table) {
  const rows = [...table.tBodies[0].rows];
  const numbers = (column) => rows.map((row) => Number(row.cells[column].textContent));
  const heads = [...table.tHead.rows[0].cells];
  return {
    days: rows.map((row) => row.cells[0].textContent.trim()),
    links: rows.map((row) => row.cells[0].querySelector("a").href),
    series: heads.flatMap((head, column) =>
      head.dataset.series ? [{ key: head.dataset.series, name: head.textContent.trim(), data: numbers(column) }] : [],
    ),
    before: rows[0]?.querySelector("[data-before]") ? numbers(heads.length - 1) : null,
    beforeName: table.dataset.before,
  };
}

function options(told, unit, font) {
  const axis = { axisLine: { lineStyle: { color: colour("--line-2") } }, axisTick: { show: false } };
  const label = { color: colour("--ink-3"), fontSize: 12 };
  const bars = told.series.map(({ key, name, data }) => ({
    type: "bar", stack: "all", name, data, barMaxWidth: 24, itemStyle: { color: colour(`--series-${key}`) },
  }));
  const line = { type: "line", name: told.beforeName, data: told.before, showSymbol: false,
    lineStyle: { width: 1, color: colour("--series-before") }, itemStyle: { color: colour("--series-before") } };
  const legend = bars.map(({ name }) => ({ name, icon: "roundRect" }));
  if (told.before) legend.push({ name: told.beforeName, icon: "path://M0 5h12v1H0z" });
  return {
    animation: false,
    textStyle: { fontFamily: font },
    grid: { left: 4, right: 8, top: 40, bottom: 4, containLabel: true },
    legend: { right: 0, top: 0, data: legend, itemWidth: 12, itemHeight: 12, textStyle: { color: colour("--ink-2") } },
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: colour("--panel"),
      borderColor: colour("--line-2"), textStyle: { color: colour("--ink"), fontFamily: font } },
    xAxis: { type: "category", data: told.days, ...axis,
      axisLabel: { ...label, formatter: (day) => day.slice(5), hideOverlap: true } },
    yAxis: { type: "value", name: unit, nameTextStyle: { ...label, align: "left", padding: [0, 0, 0, -12] }, min: 0, minInterval: 1, axisLabel: label,
      splitLine: { lineStyle: { color: colour("--line") } } },
    series: told.before ? [...bars, line] : bars,
  };
}

function draw(place) {
  const table = document.getElementById(place.dataset.chart);
  if (!table || !globalThis.echarts) return;
  const told = read(table);
  place.hidden = false;
  table.closest("details").open = false;
  const chart = globalThis.echarts.init(place);
  chart.setOption(options(told, place.dataset.unit, getComputedStyle(document.body).fontFamily));
  chart.on("click", ({ dataIndex }) => location.assign(told.links[dataIndex]));
  new ResizeObserver(() => chart.resize()).observe(place);
}

addEventListener("load", () => document.querySelectorAll("[data-chart]").forEach(draw));
