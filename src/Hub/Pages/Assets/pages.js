// Two comforts on top of pages that work without them: times in the reader's zone, and a list that stays fresh.
"use strict";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});

/** A bare clock would lie where the reader's date is not the page's UTC date. */
function clockOf(time) {
  return time.getDate() === time.getUTCDate() ? clock.format(time) : dayAndClock.format(time);
}

function localise(root) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const time = new Date(element.dateTime);
    const utc = element.title || element.textContent;
    if (element.dataset.local === "title") {
      element.title = `${whole.format(time)} (${utc})`;
    } else {
      element.title = utc;
      element.textContent = element.dataset.local === "whole" ? whole.format(time) : clockOf(time);
    }
    delete element.dataset.local;
  }
}

/** Replaces what is in the live part by what the server shows now; says so when the server is gone. */
function keepFresh(live) {
  const connection = document.getElementById("connection");
  const everyMs = Number(live.dataset.refreshSeconds) * 1000;
  const patienceMs = 8000;
  let lastPicture = new Date();
  let isBusy = false;

  function show(fresh) {
    const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    live.replaceChildren(...fresh.childNodes);
    localise(live);
    if (focused) {
      live.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    lastPicture = new Date();
    live.classList.remove("stale");
    connection.textContent = "";
  }

  async function refresh() {
    if (isBusy || document.hidden) {
      return;
    }
    isBusy = true;
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(patienceMs), headers: { Accept: "text/html" } });
      if (!answer.ok) {
        throw new Error(`status ${answer.status}`);
      }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
      if (fresh) {
        show(fresh);
      } else {
        location.reload(); // signed out meanwhile
      }
    } catch {
      live.classList.add("stale");
      const text = `Connection lost. Last picture ${clock.format(lastPicture)}. Trying again by itself.`;
      if (connection.textContent !== text) {
        connection.textContent = text;
      }
    } finally {
      isBusy = false;
    }
  }

  setInterval(refresh, everyMs);
  document.addEventListener("visibilitychange", refresh);
}

localise(document);
const live = document.getElementById("live");
if (live) {
  keepFresh(live);
}
