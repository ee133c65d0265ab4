// Puts a text on the clipboard, and says so. Without it the text is there to be selected.
(() => {
  "use strict";
  const said = document.getElementById("copied");
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copies);
      try {
        await navigator.clipboard.writeText(text.value);
        said.textContent = "";
        said.textContent = button.dataset.said;
      } catch {
        // No permission, or no secure context: the reader copies what is selected.
        text.focus();
        text.select();
        said.textContent = button.dataset.selected;
      }
    });
  }
  document.documentElement.classList.add("has-script");
})();
