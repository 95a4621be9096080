// Closes the iframe in which Classroom shows us, by the message that it waits for; it says nothing
// else, and only Classroom's own pages hear it.
for (const button of document.querySelectorAll("[data-close-classroom]")) {
  if (window.parent === window) continue;
  const close = () => {
    for (const origin of button.dataset.origins.split(" ")) {
      window.parent.postMessage({ type: "Classroom", action: "closeIframe" }, origin);
    }
  };
  button.hidden = false;
  button.addEventListener("click", close);
  if (button.dataset.closeClassroom === "now") close();
}
