// Without a cookie: fetch the login from the platform's page, or offer a tab of our own.
import { get } from "./platform_storage.js";

const form = document.getElementById("finish");
const stored = await get(form.dataset).catch(() => null);
if (typeof stored === "string" && stored) {
  form.elements.stored.value = stored;
  form.submit();
} else {
  form.hidden = true;
  document.getElementById("new-tab").hidden = false;
}
