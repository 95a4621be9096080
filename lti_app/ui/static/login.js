// Leave the login with the platform's page, where a cookie may not last; then go on either way.
import { put } from "./platform_storage.js";

const { dataset } = document.getElementById("login");
await put(dataset).catch(() => {});
window.location.replace(dataset.to);
