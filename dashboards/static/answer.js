// Keeps what is typed while it is typed, and tells before sending that a file is too large.
const form = document.querySelector("form[data-save]");
let waiting = 0;

async function save() {
  const told = document.querySelector("[data-saved]");
  try {
    const answer = await fetch(form.dataset.save, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(answer.status);
    told.textContent = `${told.dataset.words} ${(await answer.json()).at}`;
  } catch {
    told.textContent = told.dataset.failed;
  }
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(save, 1200);
});
form?.addEventListener("submit", () => clearTimeout(waiting));

for (const one of document.querySelectorAll("form[data-most]")) {
  const chooser = one.querySelector("input[type=file]");
  chooser.addEventListener("change", () => {
    const large = chooser.files[0]?.size > Number(one.dataset.most);
    chooser.setCustomValidity(large ? one.dataset.tooLarge : "");
    chooser.reportValidity();
  });
}
