"use strict";
(() => {
  const again = document.getElementById("again");
  again.addEventListener("click", () => location.assign(location.pathname));
  // the terminal is made after the page has loaded, and the last button after the screen has ended
  const waiting = setInterval(() => {
    const input = document.querySelector("#terminal textarea");
    if (input) { input.focus(); clearInterval(waiting); }
  }, 100);
  new MutationObserver(() => {
    if (document.body.classList.contains("-closed")) again.focus();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
})();
