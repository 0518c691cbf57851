// Keeps what is typed, at each pause: sends the form to the address in `data-keep`, and says in its own
// `role=status` whether it was kept. It reads and changes nothing else; without it every button works as with it.
"use strict";

for (const form of document.querySelectorAll("form[data-keep]")) {
  const status = form.querySelector("[role='status']");
  const pause = 1000;
  let timer = 0;
  let running = new AbortController();
  let sent = false;

  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  const keep = async () => {
    running.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.dataset.keep, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        redirect: "error",
        signal: running.signal,
      });
      const kept = answer.status === 204;
      say(kept ? form.dataset.kept : form.dataset.notKept);
      // The page hides itself when nobody is there (look.css); whoever types is there.
      if (kept) document.getAnimations().forEach((hiding) => (hiding.currentTime = 0));
    } catch (error) {
      if (error.name !== "AbortError") say(form.dataset.notKept);
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    if (!sent) timer = setTimeout(keep, pause);
  });
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(timer);
    running.abort();
  });
}
