/** A name with `*` in it; every other letter stands for itself. */
export interface Glob {
  readonly text: string;
  /** What the last `*` stands for in `name`, empty if there is none; nothing if `name` does not fit. */
  readonly match: (name: string) => string | undefined;
}

export function globOf(text: string): Glob {
  const parts = text.split(/\*+/);
  const escaped = parts.map((part) => part.replaceAll(/[^\w-]/g, "\\$&"));
  const pattern = new RegExp(`^${escaped.join("(.*)")}$`, "s");
  return {
    text,
    match: (name) => {
      const found = pattern.exec(name);
      if (found === null) return undefined;
      return parts.length > 1 ? (found.at(-1) ?? "") : "";
    },
  };
}
