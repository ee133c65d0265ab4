// Keeps the board true: reads it again, changes what changed, and says what is new.
// It moves no focus, closes nothing that was opened, and empties no field.
(() => {
  "use strict";
  const EVERY = 5e3;
  const UNSEEN = 20e3;
  const SLOWEST = 120e3;
  const PATIENCE = 10e3;
  const MOST_SAID = 4;
  const told = document.getElementById("reading").dataset;
  const lost = document.getElementById("lost");
  const news = document.getElementById("news");
  const readAt = document.getElementById("read-at");
  const title = document.title.replace(/^\(!\) /, "");
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
    timeZone: told.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  let tag;
  let failures = 0;
  let asking = false;
  let timer;

  // Only what differs is touched, node by node, so that focus, what was typed and what was opened
  // stay: they belong to nodes, and these remain.
  const follow = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    children(old, fresh);
  };

  const alike = (old, fresh) => old.nodeName === fresh.nodeName && (old.id || "") === (fresh.id || "");

  const children = (old, fresh) => {
    let here = old.firstChild;
    for (const node of [...fresh.childNodes]) {
      let match = here && alike(here, node) ? here : null;
      for (let next = here; !match && node.id && next; next = next.nextSibling) {
        if (alike(next, node)) match = next;
      }
      if (!match) {
        old.insertBefore(document.importNode(node, true), here);
        continue;
      }
      // What stands in between is gone, unless it comes later: then it is found there again.
      while (here !== match) {
        const gone = here;
        here = here.nextSibling;
        if (gone.id && fresh.querySelector(`:scope > #${CSS.escape(gone.id)}`)) old.append(gone);
        else gone.remove();
      }
      here = match.nextSibling;
      follow(match, node);
    }
    while (here) {
      const gone = here;
      here = here.nextSibling;
      gone.remove();
    }
  };

  const said = (root) => new Map([...root.querySelectorAll("[data-says]")].map((each) => [each.id, each.dataset.says]));

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("board");
    const board = document.getElementById("board");
    const before = said(board);
    const focused = document.activeElement;
    follow(board, fresh);
    // What was moved loses the focus; where it is gone, the reader goes on from the beginning.
    if (focused !== document.activeElement) {
      (focused.isConnected ? focused : document.getElementById("main")).focus({ preventScroll: true });
    }
    const fresher = [...said(board)].filter(([id, words]) => before.get(id) !== words);
    if (fresher.length) news.textContent = fresher.slice(0, MOST_SAID).map(([, words]) => words).join(". ");
    document.title = ("alarm" in board.dataset ? "(!) " : "") + title;
  };

  const complain = (text, link) => {
    const says = lost.firstElementChild;
    lost.hidden = false;
    if (says.textContent.startsWith(text)) return;
    says.textContent = text;
    if (link) {
      const way = document.createElement("a");
      way.href = "/console/";
      way.textContent = link;
      says.append(" ", way);
    }
  };

  const ask = async () => {
    if (asking) return;
    asking = true;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(told.part, { cache: "no-store", headers, redirect: "manual", signal: stop.signal });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        complain(told.out, told.in);
        return; // asked no more: the link leads back
      }
      if (answer.status === 200) {
        show(await answer.text());
        tag = answer.headers.get("ETag");
      } else if (answer.status !== 304) throw answer.status;
      const when = new Date(answer.headers.get("X-Read-At") || Date.now());
      readAt.dateTime = when.toISOString();
      readAt.textContent = clock.format(when);
      lost.hidden = true;
      failures = 0;
    } catch {
      failures += 1;
      if (failures > 1) complain(told.lost.replace("{time}", () => readAt.textContent));
    } finally {
      clearTimeout(limit);
      asking = false;
    }
    later();
  };

  const later = () => {
    clearTimeout(timer);
    const pause = Math.min((document.hidden ? UNSEEN : EVERY) * 2 ** failures, SLOWEST);
    timer = setTimeout(ask, pause * (0.85 + Math.random() * 0.3));
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? later() : ask()));
  later();
})();
