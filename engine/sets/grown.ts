/**
 * A longer copy of a column, zeros behind. The memory of the old one is let go of at once, not when
 * garbage is collected next: nobody may hold it, since it is empty from then on.
 */
export function grown<Column extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  from: Column,
  to: Column,
): Column {
  to.set(from);
  from.buffer.transfer(0);
  return to;
}
