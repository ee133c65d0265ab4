// Comfort for the forms that publish. Everything works without it.
"use strict";

document.documentElement.classList.add("has-script");

// On a phone the menu is wider than the screen: where one is stands in sight.
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A problem is read first.
document.querySelector(".problems")?.focus();

// Components by search: what does not match is hidden, what was chosen stays in sight.
for (const box of document.querySelectorAll("[data-filters]")) {
  const rows = document.querySelectorAll(`#${box.dataset.filters} > li`);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const narrow = () => {
    const asked = plain(box.value).trim();
    for (const row of rows) {
      const chosen = row.querySelector("input:checked");
      row.hidden = !chosen && !plain(row.dataset.name).includes(asked);
    }
  };
  box.addEventListener("input", narrow);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // or it would press the form's first button
    const first = [...rows].find((row) => !row.hidden && !row.querySelector("input:checked"));
    if (!first || !box.value.trim()) return;
    first.querySelector("input[type=checkbox]").click();
    box.value = "";
    narrow();
  });
}

// The preview follows what is typed. It never moves the focus, and an older answer never
// replaces a newer one.
const form = document.querySelector("form[data-preview]");
if (form) {
  const PAUSE = 400;
  let timer = 0;
  let turn = 0;
  let asked = null;

  const take = (page, id) => {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh || old.contains(document.activeElement)) return;
    if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
  };

  // The template that fits what was chosen is proposed, until somebody chooses one.
  const follow = (page) => {
    const mine = form.elements.proposed;
    const fresh = page.querySelector("#sheet [name=proposed]");
    if (!mine || !fresh || mine.value === fresh.value) return;
    const chosen = form.elements.template;
    if (chosen.value === mine.value && chosen !== document.activeElement) {
      chosen.value = fresh.value;
      mine.value = fresh.value;
      take(page, "template-fields");
    }
  };

  const show = async (parts) => {
    const mine = ++turn;
    asked?.abort();
    asked = new AbortController();
    const shown = document.getElementById("preview");
    shown?.classList.add("stale");
    try {
      const sent = new FormData(form);
      sent.set("do", "preview");
      const answer = await fetch(form.dataset.preview, { method: "POST", body: sent, signal: asked.signal, redirect: "error" });
      if (mine !== turn || !(answer.ok || answer.status === 422)) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of parts) take(page, id);
      follow(page);
      for (const hint of page.querySelectorAll("[data-hint]")) {
        const field = document.getElementById(hint.dataset.hint);
        if (field) field.placeholder = hint.textContent;
      }
      shown?.classList.remove("stale");
    } catch (problem) {
      if (problem.name !== "AbortError") shown?.classList.add("stale");
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.dataset.filters) return;
    clearTimeout(timer);
    const parts = event.target.dataset.redraws ? ["preview", event.target.dataset.redraws] : ["preview"];
    timer = setTimeout(() => show(parts), PAUSE);
  });

  // The second press of a hurried finger does nothing; the server would know it anyway.
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    clearTimeout(timer);
    asked?.abort();
  });
  addEventListener("pageshow", () => { sent = false; });
}
