// The window of the sign-in at its end. Where the browser still knows who opened it, it says so at
// once and goes; else the iframe finds out by asking, and the window has a button.
document.getElementById("close").addEventListener("click", () => window.close());
if (document.querySelector("script[data-done]") && window.opener) {
  window.opener.postMessage({ pathways: "done" }, window.location.origin);
  window.close();
}
