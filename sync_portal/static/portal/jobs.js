// The page of a job while it runs: what changes is fetched and put in place. Without this, there is
// the link to refresh.
"use strict";
{
  const EVERY = 2000; // milliseconds
  const GONE = [403, 404]; // whatever else goes wrong may pass
  const isRunning = (page) => page.querySelector("[data-running]") !== null;

  // What somebody is in with the keyboard stays, and buttons are not changed under the pointer.
  const mayChange = (part, fresh) =>
    !part.contains(document.activeElement) && (part.dataset.live === "" || !isRunning(fresh));

  // What is the same is left alone: it would be read out again. Answers whether all of it is shown.
  const show = (fresh) => {
    let isWhole = true;
    for (const part of document.querySelectorAll("[data-live]")) {
      const now = fresh.getElementById(part.id);
      if (!now || now.innerHTML === part.innerHTML) continue;
      if (mayChange(part, fresh)) part.replaceChildren(...now.childNodes);
      else isWhole = false;
    }
    return isWhole;
  };

  let isWhole = false;
  const refresh = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href);
        if (answer.redirected || GONE.includes(answer.status)) return; // logged out, or no such job
        if (answer.ok) {
          isWhole = show(new DOMParser().parseFromString(await answer.text(), "text/html"));
        }
      } catch {
        // The portal does not answer: ask again.
      }
    }
    if (!isWhole || isRunning(document)) setTimeout(refresh, EVERY);
  };

  setTimeout(refresh, EVERY);
}
