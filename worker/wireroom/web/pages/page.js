// Looks for news every three seconds and puts them in place without losing the reader's.
"use strict";
(() => {
  const every = 3000;
  const parts = ["parts", "standing", "log", "one"].filter((id) => document.getElementById(id));
  if (!parts.length) return;
  const known = Object.fromEntries(parts.map((id) => [id, document.getElementById(id).innerHTML]));

  // Where the keyboard is, said so that it can be found again in the news.
  function focused(old) {
    const here = document.activeElement;
    if (!here || !old.contains(here)) return "";
    const details = here.closest("details");
    if (details) return `#${details.id} > summary`;
    return here.hasAttribute("href") ? `a[href="${CSS.escape(here.getAttribute("href"))}"]` : "";
  }

  function place(id, fresh) {
    const old = document.getElementById(id);
    for (const details of old.querySelectorAll("details[open]")) {
      const same = fresh.querySelector(`#${details.id}`);
      if (same) same.open = true;
    }
    const mark = focused(old);
    old.replaceWith(fresh);
    if (mark) fresh.querySelector(mark)?.focus({ preventScroll: true });
  }

  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) throw new Error(answer.statusText);
        const news = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of parts) {
          const fresh = news.getElementById(id);
          const text = fresh && fresh.innerHTML;
          if (!fresh || text === known[id]) continue;
          known[id] = text;
          place(id, fresh);
        }
        document.body.classList.remove("away");
      } catch {
        document.body.classList.add("away");
      }
    }
    setTimeout(look, every);
  }
  setTimeout(look, every);
})();
