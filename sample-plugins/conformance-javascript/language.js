// What JavaScript has of its own, in the engine QuickJS: no console, no crypto, and numbers of 53
// bits.

// The answer of a function of `language` that the engine does not have.
export const UNSUPPORTED = Symbol("unsupported");

// A whole number of the contract has 64 bits, one of JavaScript is exact up to 53.
export const isExact = Number.isSafeInteger;

export class NumberTooLarge extends Error {}

export function exact(number) {
  if (!isExact(number)) throw new NumberTooLarge(`${number} may not be exact`);
  return number;
}

export function fail() {
  throw new Error("asked to fail");
}

export const print = () => UNSUPPORTED;
export const printError = () => UNSUPPORTED;
export const clock = () => Date.now();
export const random = () => UNSUPPORTED;
export const number = () => Math.random();
