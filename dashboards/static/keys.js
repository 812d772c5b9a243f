// Row keys: j and k move, x marks, Enter opens; / goes to the search. The row that is open stays marked.
const rows = () => [...document.querySelectorAll("[data-keys] tbody tr")];
const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
let current = null;

function move(step) {
  const all = rows();
  if (!all.length) return;
  const from = all.indexOf(current ?? all.find((row) => row.ariaCurrent));
  current?.classList.remove("at");
  current = all[Math.max(0, Math.min(all.length - 1, from + step))];
  current.classList.add("at");
  current.scrollIntoView({ block: "nearest" });
}

function showOpen() {
  for (const row of rows()) {
    const link = row.querySelector("a.open");
    const here = link && new URL(link.href).pathname === location.pathname;
    row.toggleAttribute("aria-current", Boolean(here));
    if (here) row.setAttribute("aria-current", "true");
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") document.querySelector("[data-find]")?.focus();
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x" && current) current.querySelector("input[type=checkbox]")?.click();
  else if (event.key === "Enter" && current && event.target === document.body) current.querySelector("a.open")?.click();
  else return;
  event.preventDefault();
});
document.addEventListener("htmx:pushedIntoHistory", showOpen);
