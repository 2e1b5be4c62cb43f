// Looks for news every two seconds and puts them in place without losing the reader's.
"use strict";
(() => {
  const every = 2000;
  const parts = ["timelines", "counts"];
  if (!document.getElementById("timelines")) return;

  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch("/", { cache: "no-store" });
        const news = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of parts) {
          const old = document.getElementById(id);
          const fresh = news.getElementById(id);
          if (fresh && old && fresh.innerHTML !== old.innerHTML) old.replaceWith(fresh);
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
