(() => {
  // The first 32 bits of the fractional part of a root.
  const fraction = (root) => ((root % 1) * 0x100000000) | 0;
  const initial = [];
  const constants = new Int32Array(64);
  for (let candidate = 2, found = 0; found < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) {
        prime = false;
        break;
      }
    }
    if (prime) {
      if (found < 8) initial.push(fraction(Math.sqrt(candidate)));
      constants[found++] = fraction(Math.cbrt(candidate));
    }
  }
  const words = new Int32Array(64);

  return (text) => {
    // The text is ASCII: a character is a byte.
    const length = text.length;
    const bytes = new Uint8Array(((length + 8) >> 6 << 6) + 64);
    for (let index = 0; index < length; index++) bytes[index] = text.charCodeAt(index);
    bytes[length] = 0x80;
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 8, Math.floor(length / 0x20000000));
    view.setUint32(bytes.length - 4, (length * 8) >>> 0);

    const state = Int32Array.from(initial);
    for (let position = 0; position < bytes.length; position += 64) {
      for (let index = 0; index < 16; index++) words[index] = view.getInt32(position + index * 4);
      for (let index = 16; index < 64; index++) {
        const x = words[index - 15], y = words[index - 2];
        words[index] = words[index - 16] + words[index - 7]
          + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3)
          + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let index = 0; index < 64; index++) {
        const first = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7))
          + (g ^ e & (f ^ g)) + constants[index] + words[index];
        const second = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10))
          + (a & b | c & (a | b));
        h = g; g = f; f = e; e = d + first | 0;
        d = c; c = b; b = a; a = first + second | 0;
      }
      state[0] += a; state[1] += b; state[2] += c; state[3] += d;
      state[4] += e; state[5] += f; state[6] += g; state[7] += h;
    }
    return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  };
})()
