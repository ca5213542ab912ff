/** Numbers of the float types in which safetensors files hold weights, as float32; little-endian bytes, of any alignment. */
export const floatTypes: Readonly<Record<string, (bytes: Uint8Array) => Float32Array>> = {
  F32: (bytes) => new Float32Array(copied(bytes)),
  F64: (bytes) => Float32Array.from(new Float64Array(copied(bytes))),
  // Bfloat16 is the upper half of float32.
  BF16: (bytes) =>
    new Float32Array(Uint32Array.from(new Uint16Array(copied(bytes)), (half) => half << 16).buffer),
  F16: (bytes) => Float32Array.from(new Uint16Array(copied(bytes)), float16),
};

/** A buffer of its own, since a view of Node's pool need not start at a multiple of the element's size. */
function copied(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** The number that 16 bits are: sign, 5 bits of exponent, 10 of fraction. @see IEEE 754, binary16. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, (bits & 1023) / 1024];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}
