// A click on a time or a password copies it in full.
document.addEventListener("click", async (event) => {
  const shown = event.target.closest("[data-copy]");
  if (!shown || event.target.closest("a, button") || !navigator.clipboard) return;
  await navigator.clipboard.writeText(shown.dataset.copy);
  shown.classList.add("copied");
  setTimeout(() => shown.classList.remove("copied"), 1200);
});
