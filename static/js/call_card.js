// The open call card, while somebody looks at it: it says that the client changed the request, holds the call, and keeps
// what is half written. It reloads nothing.
(() => {
  const changed = document.querySelector("#changed");
  const went = document.querySelector("#went");
  const LOOK = 3000, HOLD = 60000, PAUSE_IN_TYPING = 1500;

  const ask = async (address, options) => {
    try {
      return await fetch(address, { cache: "no-store", ...options });
    } catch {
      return null; // The desk is away for a moment: the next time will tell.
    }
  };

  const look = async () => {
    if (document.hidden) return;
    const answer = await ask(changed.dataset.changes);
    if (answer?.ok) changed.hidden = (await answer.text()) === changed.dataset.timesSent;
  };
  setInterval(look, LOOK);
  if (!went) return;

  const hold = async () => {
    if (document.hidden) return;
    const typed = went.elements.note.value;
    const answer = await ask(went.dataset.hold, { method: "POST", body: new URLSearchParams(new FormData(went)), redirect: "error" });
    if (answer?.status === 409) await look();
    document.querySelector("#lost").hidden = answer?.status !== 409 || !changed.hidden;
    if (answer?.ok) document.querySelector("#until").textContent = await answer.text();
    const kept = answer && typed && [200, 409].includes(answer.status);
    document.querySelector("#draft").textContent = kept ? "What you typed is kept." : "";
  };
  setInterval(hold, HOLD);
  document.addEventListener("visibilitychange", hold);
  let pause;
  went.elements.note.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(hold, PAUSE_IN_TYPING);
  });
})();
