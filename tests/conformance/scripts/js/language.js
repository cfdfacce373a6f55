// What JavaScript has of its own, in the engine QuickJS: no `crypto`.

// The answer of a function of `language` that the engine does not have.
export const UNSUPPORTED = Symbol("unsupported");

export function fail() {
  throw new Error("asked to fail");
}

export const print = (line) => console.log(line);
export const printError = (line) => console.error(line);
export const clock = () => Date.now();
export const random = () => UNSUPPORTED;
export const number = () => Math.random();
