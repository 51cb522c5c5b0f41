// A preview loads itself again when its file was saved. It asks for a small stamp and holds no connection open.
(() => {
  const { stamp, stampUrl } = document.querySelector(".preview").dataset;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(stampUrl, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== stamp) location.reload();
    } catch {
      // The site is away for a moment: the next look will tell.
    }
  }, 2000);
})();
