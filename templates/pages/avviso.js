// Keeps an open page honest: says when there is news, and when what it shows is old.
// It never reloads, moves no focus, and needs nothing but /status.json.
(() => {
  "use strict";
  const EVERY = 60e3;
  const SLOWEST = 600e3;
  const PATIENCE = 10e3;
  const OLD = 300e3;
  const live = document.getElementById("live");
  const told = live.dataset;
  const [news, old] = live.children;
  const stamp = document.querySelector(".verdict time");
  const language = document.documentElement.lang;
  let shown = told.version;
  let when = stamp && stamp.textContent;
  let current = true;
  let failures = 0;
  let asked = Date.now();
  let state;
  let tag;
  let timer;

  const say = (place, said) => {
    if (place.textContent !== said) place.textContent = said;
  };

  const later = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    const pause = Math.min(EVERY * 2 ** failures, SLOWEST) * (0.75 + Math.random() / 2);
    timer = setTimeout(ask, Math.max(0, asked + pause - Date.now()));
  };

  const ask = async () => {
    asked = Date.now();
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(told.status, { cache: "no-store", headers, signal: stop.signal });
      if (answer.status === 200) {
        state = await answer.json();
        tag = answer.headers.get("ETag");
      } else if (answer.status !== 304) throw answer.status;
      hear(Date.parse(answer.headers.get("Date")) || Date.now());
      failures = 0;
    } catch {
      failures += 1;
      if (failures > 1) isOld();
    }
    clearTimeout(limit);
    later();
  };

  const hear = (now) => {
    const same = shown ? shown === state.version : told.mark === state.entries[told.entry];
    if (!same) {
      current = false;
      const link = news.firstChild || news.appendChild(document.createElement("a"));
      link.href = told.home;
      link.textContent = told.news.replace("{title}", () => state.title[language]);
    }
    shown = state.version;
    if (current) {
      when = state.checked[language];
      if (stamp) {
        stamp.textContent = when;
        stamp.dateTime = state.checked_at;
      }
    }
    if (current && now - Date.parse(state.checked_at) > OLD) isOld();
    else say(old, "");
  };

  const isOld = () => when && say(old, told.old.replace("{when}", () => when));

  document.addEventListener("visibilitychange", later);
  later();
})();
