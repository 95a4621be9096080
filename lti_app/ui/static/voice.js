// What a student tells their teacher is sent without leaving the page: what they have half-written
// elsewhere on it stays. Where that fails, the form is sent as any other.
const form = document.querySelector(".voice-box form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  let sent = false;
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { "X-Pathways-Stays": "1" },
    });
    sent = answer.status === 204;
  } catch { /* no network: the browser says so when the form is sent */ }
  button.disabled = false;
  if (!sent) { form.submit(); return; }
  form.reset();
  form.querySelector("[role=status]").textContent = form.dataset.thanks;
});
