// The interfaces `identifiers`, `clock`, `deliveries`, `refusals` and `http`.

// ANCHOR: imports
import * as clock from "raisfast:plugin-wit/clock";
import * as deliveries from "raisfast:plugin-wit/deliveries";
import * as hostApi from "raisfast:plugin-wit/host-api";
import * as http from "raisfast:plugin-wit/http";
import * as identifiers from "raisfast:plugin-wit/identifiers";
import * as refusals from "raisfast:plugin-wit/refusals";
// ANCHOR_END: imports

// ANCHOR: new-id
function newId() {
  hostApi.setData("last-import", identifiers.newId());
}
// ANCHOR_END: new-id

// ANCHOR: now
function now() {
  hostApi.setData("last-run", clock.now());
}
// ANCHOR_END: now

// ANCHOR: unix-milliseconds
function unixMilliseconds() {
  const begun = clock.unixMilliseconds();
  const posts = hostApi.dbQuery("SELECT slug FROM posts", null);
  const took = clock.unixMilliseconds() - begun;
  hostApi.log("debug", `${posts.length} characters in ${took} ms`);
}
// ANCHOR_END: unix-milliseconds

// ANCHOR: current
function current() {
  const delivery = deliveries.current();
  if (delivery == null) return;
  const done = `done:${delivery.id}`;
  if (hostApi.getData(done) != null) return;
  const body = JSON.stringify({ id: delivery.id, text: "a new post" });
  if (hostApi.httpPost("https://hooks.example.com/raisfast", body) == null) {
    throw new Error("tried again later");
  }
  hostApi.setData(done, delivery.createdAt);
}
// ANCHOR_END: current

// ANCHOR: refuse
function refuse() {
  const title = "Hi";
  if ([...title].length < 3) {
    refusals.refuse("/title", "A title has at least three letters.");
  }
}
// ANCHOR_END: refuse

// ANCHOR: send
// The engine has no TextEncoder; this does for ASCII.
const ascii = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function send() {
  try {
    const answer = http.send({
      method: "post",
      url: "https://api.example.com/v1/notes",
      headers: [
        ["authorization", "Bearer …"],
        ["content-type", "application/json"],
      ],
      body: ascii(JSON.stringify({ text: "a new post" })),
      timeoutMs: 2000,
    });
    if (answer.status >= 200 && answer.status < 300) {
      const location = answer.headers.find(([name]) => name === "location");
      hostApi.setData("note", location?.[1] ?? "");
    } else {
      hostApi.log("warn", `status ${answer.status}`);
    }
  } catch (error) {
    if (error.payload?.tag === "timeout") {
      hostApi.log("info", "later, then");
    } else {
      hostApi.log("error", error.payload?.val ?? String(error));
    }
  }
}
// ANCHOR_END: send

export const otherExamples = {
  "new-id": newId,
  now,
  "unix-milliseconds": unixMilliseconds,
  current,
  refuse,
  send,
};
