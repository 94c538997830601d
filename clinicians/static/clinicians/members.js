"use strict";
// Gives each list on the page as many inputs for new members as somebody asks for.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".member-another")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const inputs = button.parentElement.querySelectorAll(".member-new");
      const another = inputs[inputs.length - 1].cloneNode(true);
      const input = another.querySelector("input");
      input.value = "";
      button.before(another);
      input.focus();
    });
  }
});
