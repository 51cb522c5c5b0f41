// Shows the passkey buttons where scripts run and the browser knows passkeys, and says when one did not work.
(() => {
  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("[data-passkey]")) form.hidden = false;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    for (const words of document.querySelectorAll("[data-passkey-error]")) words.hidden = false;
  });
})();
