// Warns two minutes before the sign-in ends, and leaves the page when it has ended, so that nobody reads on. Typing counts as
// being there. The server decides: this script only asks it.
(() => {
  const warning = document.querySelector("#sign-off");
  if (!warning) return;
  const { ask, stay, out } = warning.dataset;
  const WARN = 120;
  let typed = false, timer;
  addEventListener("input", () => (typed = true), true);

  const left = async () => {
    try {
      const answer = await fetch(ask, { cache: "no-store", redirect: "manual" });
      if (answer.type === "opaqueredirect") return 0; // Signed out already.
      return answer.ok ? Number(await answer.text()) : null;
    } catch {
      return null; // The desk is away for a moment: the next look will tell.
    }
  };
  const press = async () => {
    typed = false;
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    try {
      await fetch(stay, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
    } catch {
      // As above.
    }
  };
  const look = async () => {
    if (typed) await press();
    const seconds = await left();
    if (seconds !== null && seconds <= 0) {
      location.assign(`${out}?next=${encodeURIComponent(location.pathname)}`);
      return;
    }
    warning.hidden = seconds === null || seconds > WARN;
    wait(seconds ?? 30);
  };
  const wait = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, 1000 * (seconds > WARN ? seconds - WARN + 1 : Math.min(seconds + 1, 30)));
  };
  warning.querySelector("button").addEventListener("click", async () => {
    await press();
    await look();
  });
  addEventListener("pageshow", ({ persisted }) => persisted && look());
  wait(Number(warning.dataset.left));
})();
