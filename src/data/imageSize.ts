/**
 * Height and width that a PNG or JPEG file's header names, before anything is decoded; undefined where there is none.
 *
 * @see PNG, ISO/IEC 15948, section 11.2.2 (IHDR); JPEG, ITU-T T.81, annex B (frame headers).
 */
export function imageSize(content: Uint8Array): [height: number, width: number] | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes[0] !== 0xff)
    return bytes.length >= 24 ? [bytes.readUInt32BE(20), bytes.readUInt32BE(16)] : undefined;
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    // Bytes of 0xff may stand before a marker.
    if (marker === 0xff) at++;
    else if (isFrame(marker)) return [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
    else at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15; among their numbers are those of tables (C4, CC) and one that is reserved (C8). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
