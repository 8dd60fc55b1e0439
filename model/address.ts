import type { Family } from "./packet.ts";

/** A network: the first `length` bits of `value`; the others are zero. */
export interface Prefix {
  readonly family: Family;
  readonly value: bigint;
  /** 0 … 32 for inet, 0 … 128 for inet6. */
  readonly length: number;
}

/** Addresses `first` … `last`, both included. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** One address of a family. */
export interface Address {
  readonly family: Family;
  readonly value: bigint;
}
