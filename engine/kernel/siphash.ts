const SUM = "somepseudorandomlygeneratedbytes";

/** A SipHash key: bytes 0 … 7 and 8 … 15, each as a little-endian number. */
export interface SipKey {
  readonly low: bigint;
  readonly high: bigint;
}

/** SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits, unsigned. */
export function sipHash24({ low, high }: SipKey, data: Uint8Array): bigint {
  const lanes: Lanes = [low ^ initial(0), high ^ initial(1), low ^ initial(2), high ^ initial(3)];
  const absorb = (word: bigint): void => {
    lanes[3] ^= word;
    rounds(lanes, 2);
    lanes[0] ^= word;
  };
  const whole = data.length & ~7;
  for (let at = 0; at < whole; at += 8) absorb(littleEndian(data.subarray(at, at + 8)));
  absorb(littleEndian(data.subarray(whole)) | (BigInt(data.length & 0xff) << 56n));
  lanes[2] ^= 0xffn;
  rounds(lanes, 4);
  return lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3];
}

type Lanes = [bigint, bigint, bigint, bigint];

/** Lane `index` before the key: eight letters each, read big-endian. */
function initial(index: number): bigint {
  let value = 0n;
  for (let at = index * 8; at < index * 8 + 8; at++) {
    value = (value << 8n) | BigInt(SUM.charCodeAt(at));
  }
  return value;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function rounds(lanes: Lanes, count: number): void {
  let [a, b, c, d] = lanes;
  for (let it = 0; it < count; it++) {
    a = BigInt.asUintN(64, a + b);
    b = rotated(b, 13n) ^ a;
    a = rotated(a, 32n);
    c = BigInt.asUintN(64, c + d);
    d = rotated(d, 16n) ^ c;
    a = BigInt.asUintN(64, a + d);
    d = rotated(d, 21n) ^ a;
    c = BigInt.asUintN(64, c + b);
    b = rotated(b, 17n) ^ c;
    c = rotated(c, 32n);
  }
  lanes[0] = a;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
}

function rotated(value: bigint, bits: bigint): bigint {
  return BigInt.asUintN(64, value << bits) | (value >> (64n - bits));
}
