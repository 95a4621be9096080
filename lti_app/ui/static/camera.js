// Photos and files of an answer: looked at before they are sent, taken out again, made small where
// the network is slow, and taken with this computer's camera. Without this script the field picks
// and sends files, and the server makes them small.
"use strict";

const LONGEST_SIDE_PX = 2000;

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 1_500_000) return file;
    const blob = await drawn(picture, picture.width * scale, picture.height * scale);
    return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // The server says in words what is wrong with it.
  }
}

function drawn(picture, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

function made(tag, className, words = "") {
  const one = document.createElement(tag);
  one.className = className;
  one.textContent = words;
  if (tag === "button") one.type = "button";
  return one;
}

for (const frame of document.querySelectorAll("[data-camera]")) {
  const words = frame.dataset;
  const input = frame.querySelector("input[type=file]");
  const said = frame.querySelector(".files-said");
  const most = Number(words.most);
  const list = made("ul", "photos");
  list.setAttribute("aria-label", words.wordsPreview);
  said.before(list);
  let picked = [];

  const show = () => {
    const sent = new DataTransfer();
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    list.replaceChildren();
    picked.forEach((file, place) => {
      sent.items.add(file);
      const name = `${words.wordsPhoto} ${place + 1}`;
      const line = made("li", "");
      if (file.type.startsWith("image/")) {
        const image = document.createElement("img");
        image.src = URL.createObjectURL(file);
        image.alt = name;
        line.append(image);
      } else {
        line.append(made("span", "file-name", file.name));
      }
      const out = made("button", "btn btn-outline-secondary", words.wordsRemove);
      out.setAttribute("aria-label", `${words.wordsRemove}: ${name}`);
      out.addEventListener("click", () => {
        picked.splice(place, 1);
        said.textContent = "";
        show();
        input.focus();
      });
      line.append(out);
      list.append(line);
    });
    input.files = sent.files;
  };
  const add = async (files) => {
    said.textContent = "";
    for (const file of files) {
      const one = await smaller(file);
      if (one.size > Number(words.mostBytes)) said.textContent = words.wordsLarge;
      else if (picked.length >= most) said.textContent = words.wordsMany;
      else picked.push(one);
    }
    show();
  };
  // What is added joins what was picked before: a field on its own would forget it.
  input.addEventListener("change", () => add([...input.files]));
  camera(frame, input, said, add);
}

function camera(frame, input, said, add) {
  // A telephone's own field opens its camera; elsewhere, and where the page may, ours does.
  if (!navigator.mediaDevices?.getUserMedia || matchMedia("(pointer: coarse)").matches) return;
  if (document.featurePolicy && !document.featurePolicy.allowsFeature("camera")) return;
  const words = frame.dataset;
  const open = made("button", "btn btn-outline-primary", words.wordsCamera);
  const row = made("div", "post-row camera-row");
  row.append(open);
  input.after(row);
  open.addEventListener("click", async () => {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
    } catch {
      said.textContent = words.wordsRefused;
      return;
    }
    const video = made("video", "camera");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    const snap = made("button", "btn btn-primary", words.wordsSnap);
    const stop = made("button", "btn btn-outline-secondary", words.wordsStop);
    const close = () => {
      for (const track of stream.getTracks()) track.stop();
      video.remove();
      row.replaceChildren(open);
      open.focus();
    };
    snap.addEventListener("click", async () => {
      const blob = await drawn(video, video.videoWidth, video.videoHeight);
      close();
      await add([new File([blob], "photo.jpg", { type: "image/jpeg" })]);
    });
    stop.addEventListener("click", close);
    row.replaceChildren(snap, stop);
    row.before(video);
    await video.play();
    snap.focus();
  });
}
