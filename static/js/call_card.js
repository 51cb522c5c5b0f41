// The open call card says at once that the client changed or took back the request. It reloads nothing: a note may be
// half written.
(() => {
  const told = document.querySelector("#changed");
  const { changes, timesSent } = told.dataset;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(changes, { cache: "no-store" });
      if (answer.ok) told.hidden = (await answer.text()) === timesSent;
    } catch {
      // The desk is away for a moment: the next look will tell.
    }
  }, 3000);
})();
