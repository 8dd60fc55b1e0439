/**
 * How deep pfctl thinks it is in bodies of inline anchors: an error abandons the bodies that are
 * open without stepping out of them (pfctl's `asd` and `astack`).
 */
export class Nesting {
  /** Of each body, the name that pfctl gives its anchor until the anchor rule is made. */
  readonly #names: string[] = [];
  /** By depth: a body was read and its anchor rule is not made yet. */
  readonly #waiting: boolean[] = [];

  get depth(): number {
    return this.#names.length;
  }

  /** Characters of the path that pfctl sees names of anchors behind; `root` outside of bodies. */
  pathLength(root: string): number {
    return (this.#names.at(-1) ?? root).length;
  }

  enter(brace: number): void {
    this.#names.push(`_${brace}`);
    this.#waiting[this.depth] = true;
  }

  leave(): void {
    this.#names.pop();
  }

  /** Of a body whose anchor rule was given up: pfctl takes the next anchor rule for that one. */
  get isWaiting(): boolean {
    return this.#waiting[this.depth + 1] === true;
  }

  /** An anchor rule is made. */
  made(): void {
    this.#waiting[this.depth + 1] = false;
  }

  clear(): void {
    this.#names.length = 0;
    this.#waiting.length = 0;
  }
}
