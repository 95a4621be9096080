// LTI Platform Storage 0.1: the LMS's page keeps a value for us while a launch is under way.
const PATIENCE_MS = 3000; // Canvas's mobile apps offer the storage and never answer

const platform = window.parent !== window ? window.parent : window.opener;

function answered(message, to, origin) {
  return new Promise((resolve, reject) => {
    const id = crypto.randomUUID?.() ?? String(Math.random());
    const hear = ({ data, origin: from }) => {
      if (data?.message_id !== id || data.subject !== `${message.subject}.response`) return;
      if (origin !== "*" && from !== origin) return;
      stop();
      if (data.error) reject(new Error(data.error.code));
      else resolve(data);
    };
    const stop = () => {
      clearTimeout(timer);
      window.removeEventListener("message", hear);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error("no answer"));
    }, PATIENCE_MS);
    window.addEventListener("message", hear);
    to.postMessage({ ...message, message_id: id }, origin);
  });
}

async function ask(message, frame, origin) {
  if (!platform) throw new Error("no platform");
  const { supported_messages: known } = await answered({ subject: "lti.capabilities" }, platform, "*");
  const able = known?.find(({ subject }) => subject === message.subject);
  if (!able) throw new Error("not supported");
  const named = able.frame ?? frame;
  const to = named === "_parent" ? platform : platform.frames[named];
  if (!to) throw new Error("no such frame");
  return answered(message, to, origin);
}

export const put = ({ frame, origin, key, value }) =>
  ask({ subject: "lti.put_data", key, value }, frame, origin);

export const get = async ({ frame, origin, key }) =>
  (await ask({ subject: "lti.get_data", key }, frame, origin)).value;
