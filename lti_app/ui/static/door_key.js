// The window of the sign-in, before it goes to Google: hand a key to the iframe that opened it, if
// that is a page of our own. Google's pages may cut the two apart afterwards.
const PATIENCE_MS = 3000;
const { dataset } = document.getElementById("key");

const alone = () => {
  document.getElementById("key").hidden = true;
  document.getElementById("alone").hidden = false;
};
if (window.opener) {
  const timer = setTimeout(alone, PATIENCE_MS);
  window.addEventListener("message", ({ data, origin }) => {
    if (origin !== window.location.origin || data?.pathways !== "kept") return;
    clearTimeout(timer);
    window.location.replace(dataset.to);
  });
  window.opener.postMessage({ pathways: "key", key: dataset.key }, window.location.origin);
} else {
  alone();
}
