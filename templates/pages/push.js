// Shows what is sent to this browser, and opens the page that it tells of. It keeps nothing.
"use strict";

const own = () => new URL("subscriptions/push", self.registration.scope).href;

const plain = (subscription) => {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, keys };
};

const read = (data) => {
  try {
    return data.json();
  } catch {
    return {};
  }
};

// Every message has to be shown, also one that cannot be read: browsers take the permission back else.
self.addEventListener("push", (event) => {
  const told = event.data ? read(event.data) : {};
  const options = {
    body: told.body || "",
    lang: told.lang || "",
    dir: "auto",
    tag: told.tag || "",
    renotify: Boolean(told.tag),
    icon: new URL("favicon.svg", self.registration.scope).href,
    data: { url: told.url || self.registration.scope },
  };
  event.waitUntil(self.registration.showNotification(told.title || location.host, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data.url, self.registration.scope);
  const open = async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => page.url === wanted.href);
    return there ? there.focus() : self.clients.openWindow(wanted.href);
  };
  event.waitUntil(open());
});

// The push service gave it another address: the old one's secret says that it is the same browser.
self.addEventListener("pushsubscriptionchange", (event) => {
  const move = async () => {
    const old = event.oldSubscription;
    if (!old) return;
    const next =
      event.newSubscription ||
      (await self.registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: old.options.applicationServerKey,
      }));
    await fetch(own(), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...plain(old), do: "move", to: plain(next) }),
    });
  };
  event.waitUntil(move());
});
