// Leave this site: blank the page at once and put the leave address in place of this entry in the tab's history.
// Shift three times in a row within five seconds does the same. It stores nothing.
(() => {
  const form = document.querySelector(".ask");
  const link = document.querySelector(".leave");
  let presses = [];
  const leave = () => {
    document.documentElement.hidden = true;
    document.title = "";
    location.replace(link.href);
  };
  link.onclick = (event) => {
    event.preventDefault();
    leave();
  };
  onkeydown = ({ key, repeat, target, timeStamp }) => {
    if (repeat) return;
    const typing = target.closest("input, textarea");
    presses = key === "Shift" && !typing ? [...presses.slice(-2), timeStamp] : [];
    if (timeStamp - presses.at(-3) < 5000) leave();
  };
  onpagehide = () => form?.reset();
  onpageshow = ({ persisted }) => {
    if (persisted) form ? location.replace(location.pathname) : location.reload();
  };
})();
