// Photos go in pieces (tus 1.0): what has arrived stays arrived, however often the network goes, and a large one fits.
import { call, read, Refusal } from "./api.js";
import { post } from "./outbox.js";

const PIECE_BYTES = 512 * 1024;
const TUS = { "Tus-Resumable": "1.0.0" };
const COPIES = { tries: 40, pause_ms: 700 }; // a photo proves something once its copies are made

// What is kept of a photo, {id, purpose, captured_at, file}: it goes as the network allows, however late.
export const kept = (photo) => ({ id: photo.id, kind: "report", photo });
export const postPhoto = (photo) => post(kept(photo));

// Takes from an answer how far the upload has come.
async function take(response) {
  await read(response); // throws what went wrong
  return Number(response.headers.get("Upload-Offset"));
}

// Sends a photo, or what of it has not arrived yet; throws like call(). `way` says who sends, where nobody signed in.
export async function upload({ id, purpose, captured_at, file }, way = {}) {
  const said = Object.entries({ id, purpose, captured_at, filetype: file.type }).filter(([, value]) => value);
  const headers = { ...TUS, ...way.extra };
  const extra = { ...headers, "Upload-Length": file.size, "Upload-Metadata": said.map(([key, value]) => `${key} ${btoa(value)}`).join(",") };
  // The same announcement finds the same upload, and tells how far it came.
  let sent = await call("POST", "/v1/photos/tus", { ...way, extra, take });
  while (sent < file.size) {
    const body = file.slice(sent, sent + PIECE_BYTES, "application/offset+octet-stream");
    sent = await call("PATCH", `/v1/photos/tus/${id}`, { ...way, body, extra: { ...headers, "Upload-Offset": sent }, take });
  }
}

// Sends what a photo proves as soon as its copies are made.
export async function onceReady(send) {
  for (let left = COPIES.tries; ; left -= 1) {
    try {
      return await send();
    } catch (error) {
      if (!left || !(error instanceof Refusal) || error.code !== "photo.not_ready") throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, COPIES.pause_ms));
  }
}
