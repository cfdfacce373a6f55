// Made by `raisfast plugin build`: `Math.random`, seeded in each instance.
//
// The engine's own generator is seeded while the plugin is built. Every instance is a copy of that
// moment, and all would draw the same numbers, after each start of the server again.

import { newId } from "raisfast:plugin-wit/identifiers";

const drawnWhileBuilding = Math.random;
let isInstance = false;
// The state of sfc32, from the first draw on.
let state;

// Hooks are called in instances only; while the plugin is built, there is no host to ask.
export function beginCall() {
  isInstance = true;
}

function seeded() {
  const words = [newId(), newId()].map((id) => {
    const digits = id.replaceAll("-", "");
    // The first half is mostly the time.
    return [parseInt(digits.slice(16, 24), 16), parseInt(digits.slice(24), 16)];
  });
  state = Int32Array.from(words.flat());
  for (let mixed = 0; mixed < 15; mixed++) next();
}

// 32 random bits.
function next() {
  const [a, b, c, counter] = state;
  const sum = (a + b + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
  state[3] = (counter + 1) | 0;
  return sum >>> 0;
}

Math.random = function random() {
  if (!isInstance) return drawnWhileBuilding();
  if (state === undefined) seeded();
  return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
};
