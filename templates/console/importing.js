// Follows how far a list is taken over. Without it the page is loaded anew every few seconds.
(() => {
  "use strict";
  const EVERY = 1e3;
  const here = document.getElementById("progress");
  const look = async () => {
    try {
      const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(10 * EVERY) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("progress");
      // Whoever was signed out finds no progress there: the page as a whole says so.
      if (!fresh || !("underWay" in fresh.dataset)) return location.reload();
      const bar = here.querySelector("progress");
      bar.value = fresh.querySelector("progress").value;
      here.querySelector("label").textContent = fresh.querySelector("label").textContent;
      const shown = here.querySelectorAll("dd");
      fresh.querySelectorAll("dd").forEach((each, at) => { shown[at].textContent = each.textContent; });
    } catch {
      // The network is away: the next look may find it again.
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
})();
