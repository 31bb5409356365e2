"use strict";
(() => {
  const again = document.getElementById("again");
  const terminal = document.getElementById("terminal");
  again.addEventListener("click", () => location.assign(location.pathname));
  // the keys are for the terminal once somebody hears them, and for the last button after the screen has ended
  new MutationObserver((_, connected) => {
    if (!terminal.classList.contains("-connected")) return;
    connected.disconnect();
    terminal.querySelector("textarea").focus();
  }).observe(terminal, { attributes: true, attributeFilter: ["class"] });
  new MutationObserver(() => {
    if (document.body.classList.contains("-closed")) again.focus();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
})();
