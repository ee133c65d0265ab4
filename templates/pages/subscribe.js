// Lets a browser ask for messages, and says whether it gets them. Without it nothing is shown of that.
(() => {
  "use strict";
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!able) return;

  const plain = (subscription) => {
    const { endpoint, keys } = subscription.toJSON();
    return { endpoint, keys };
  };

  const post = async (address, body) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw answer.status;
    return answer.json();
  };

  const bytes = (text) => {
    const known = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(known, (letter) => letter.charCodeAt(0));
  };

  const prepare = (place) => {
    const told = place.dataset;
    const part = (name) => place.querySelector(`[data-do="${name}"]`);
    const said = place.querySelector(".said");
    const choose = place.querySelector(".choose");
    const here = () => navigator.serviceWorker.getRegistration(told.worker);

    const show = (on, manage) => {
      part("start").hidden = on && !told.incident;
      part("stop").hidden = !on;
      part("manage").hidden = !manage;
      if (manage) part("manage").href = manage;
      if (choose) choose.hidden = on;
    };

    const current = async () => {
      const registration = await here();
      return registration ? registration.pushManager.getSubscription() : null;
    };

    const look = async () => {
      const subscription = await current();
      const known = subscription && (await post(told.own, { ...plain(subscription), do: "look" }));
      const on = Boolean(known && known.state === "active");
      show(on, on && new URL(known.manage, new URL(told.own, document.baseURI)).href);
      return on;
    };

    const chosen = () => {
      if (told.incident) return { locale: told.locale, incident: told.incident };
      const checked = (name) =>
        [...place.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
      return {
        locale: place.querySelector('[name="locale"]').value,
        everything: checked("scope")[0] !== "some",
        components: checked("component"),
        kinds: checked("kind"),
      };
    };

    const subscribe = async () => {
      await navigator.serviceWorker.register(told.worker);
      const registration = await navigator.serviceWorker.ready;
      const options = { userVisibleOnly: true, applicationServerKey: bytes(told.key) };
      try {
        return await registration.pushManager.subscribe(options);
      } catch (problem) {
        // It has one with another key, from before ours was changed.
        const old = await registration.pushManager.getSubscription();
        if (!old) throw problem;
        await old.unsubscribe();
        return registration.pushManager.subscribe(options);
      }
    };

    const start = async () => {
      if ((await Notification.requestPermission()) !== "granted") return told.denied;
      const subscription = await subscribe();
      await post(told.ask, { ...plain(subscription), choices: chosen() });
      await look();
      return told.incident ? told.one : told.on;
    };

    const stop = async () => {
      const subscription = await current();
      if (subscription) {
        await post(told.own, { ...plain(subscription), do: "stop" });
        await subscription.unsubscribe();
      }
      show(false, "");
      part("start").focus();
      return told.off;
    };

    const when = (name, act) =>
      part(name).addEventListener("click", async () => {
        said.textContent = "";
        part(name).disabled = true;
        let result;
        try {
          result = await act();
        } catch {
          result = told.failed;
        }
        part(name).disabled = false;
        said.textContent = result;
      });

    when("start", start);
    when("stop", stop);
    place.hidden = false;
    const way = place.closest(".way");
    if (way) way.hidden = false;
    look()
      .then((on) => on && !told.incident && (said.textContent = told.on))
      .catch(() => show(false, ""));
  };

  for (const place of document.querySelectorAll(".push")) prepare(place);
})();
