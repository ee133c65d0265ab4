// For other sites: <script async src="https://.../embed/banner.js"></script>
// A line on top of the page while something is wrong. No cookie, no style attribute, no HTML from text.
(() => {
  const own = document.currentScript, closes = {{ closes|tojson }};
  if (!own || !own.src) return;
  const lang = (own.dataset.lang || document.documentElement.lang).toLowerCase();
  const add = (to, tag, css, text) => {
    const made = document.createElement(tag);
    made.style.cssText = css;
    if (text) made.textContent = text;
    to.append(made);
    return made;
  };
  const show = (locale, title, url, close) => {
    const box = document.createElement("div");
    box.setAttribute("role", "status");
    box.lang = locale;
    box.dir = "auto";
    box.style.cssText = "all:initial;box-sizing:border-box;display:flex;gap:1em;align-items:center;justify-content:center;padding:.5em 1em;background:#8c1116;color:#fff;font:1rem/1.4 system-ui,sans-serif";
    document.body.prepend(box);
    // A live region speaks of what changes in it, so it has to be there first.
    setTimeout(() => {
      const link = add(box, "a", "color:#fff;text-decoration:underline", title);
      link.href = url;
      const button = add(box, "button", "all:revert;font:inherit;color:#fff;background:none;border:1px solid #fff;border-radius:.25em;min-width:2em;min-height:2em", "\u00d7");
      button.type = "button";
      button.setAttribute("aria-label", close);
      button.onclick = () => box.remove();
    }, 100);
  };
  fetch(new URL("../status.json", own.src), {credentials: "omit", cache: "no-cache"})
    .then((answer) => answer.json())
    .then(({indicator, title, url}) => {
      if (!["minor", "major", "critical"].includes(indicator)) return;
      const named = (asked) => Object.keys(title).find((each) => each.toLowerCase() === asked);
      const locale = named(lang) || named(lang.split("-")[0]) || {{ default|tojson }};
      const now = () => show(locale, title[locale], url[locale], closes[locale]);
      document.body ? now() : addEventListener("DOMContentLoaded", now);
    })
    .catch(() => {});
})();
