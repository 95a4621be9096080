// Tells the LMS that the registration is over (Dynamic Registration 1.0 §3.8). Any origin may
// hear it: it says nothing but that.
document.getElementById("done").addEventListener("click", () => {
  (window.opener ?? window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
});
