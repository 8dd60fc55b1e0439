import type { PfConfiguration, PfRule, PfRules, PfTable } from "../../model/pf-rule.ts";
import { configurationText, tableText } from "../../parser/pf/configuration-text.ts";
import { readPf } from "../../parser/pf/read.ts";
import type { Setting } from "./corpora.ts";
import { exceptions } from "./exceptions.ts";

/** How often which exception was made. */
export type ExceptionCounts = Map<string, number>;

/**
 * Reads what pfctl prints for `configuration` once more.
 *
 * Macros are left out: nothing needs them. Options stand last, so that they change no rule.
 *
 * @returns what is not the same
 */
export function roundTrip(
  configuration: PfConfiguration,
  setting: Setting,
  counts: ExceptionCounts,
): string | undefined {
  const kept = withoutExceptions(configuration, setting, counts);
  const text = printed(kept);
  const { main, stderr } = readPf(
    { file: "printed", text, optimize: "none", ...setting },
    setting.environment,
  );
  if (!main.accepted) {
    const line = stderr.map((it) => /^printed:(\d+):/.exec(it)?.[1]).find((it) => it !== undefined);
    const about = line === undefined ? "" : ` (${text.split("\n")[Number(line) - 1]})`;
    return `rejected: ${stderr[0]}${about}`;
  }
  const again = printed(main);
  if (again === text) return undefined;
  const ours = text.split("\n");
  const theirs = again.split("\n");
  const at = ours.findIndex((line, index) => line !== theirs[index]);
  return `${JSON.stringify(ours[at])} became ${JSON.stringify(theirs[at])}`;
}

function printed(configuration: PfConfiguration): string {
  const tables: string[] = [];
  const options: string[] = [];
  for (const it of configuration.printed) {
    if (typeof it !== "string") tables.push(tableText(it));
    else if (isOption(it)) options.push(it);
  }
  const rules = configurationText({ ...configuration, printed: [] }, { numbers: false });
  return [...tables, ...rules, ...options].map((line) => `${line}\n`).join("");
}

/** Macros may be called `set`, too. */
function isOption(line: string): boolean {
  return line.startsWith("set ") && !line.startsWith("set = ");
}

function withoutExceptions(
  configuration: PfConfiguration,
  { environment: { interfaces } }: Setting,
  counts: ExceptionCounts,
): PfConfiguration {
  const counted = (reason: string | undefined): boolean => {
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return reason !== undefined;
  };
  // the queues are one tree: all of them or none
  const { queues } = configuration;
  const isInterface = (name: string): boolean => interfaces.some((it) => it.name === name);
  const whole =
    !counted(exceptions.ofQueues(queues, isInterface)) &&
    !queues.some((it) => counted(exceptions.ofQueue(it)));
  const keep = (it: string | PfTable): boolean => {
    if (typeof it !== "string") return !counted(exceptions.ofTable(it));
    return !(isOption(it) && counted(exceptions.ofOption(it)));
  };
  const pruning = new Pruning(configuration, (rule) => {
    const queue = rule.set?.queue ?? "";
    if (!whole && queue !== "") return !counted(exceptions.queueTaken);
    return !counted(exceptions.ofRule(rule));
  });
  const rulesets = pruning.run(() => counted(exceptions.namelessAnchor));
  return {
    ...configuration,
    printed: configuration.printed.filter(keep),
    queues: whole ? queues : [],
    rulesets,
  };
}

/** Takes rules out, and anchors that cannot be read without them, in the order of printing. */
class Pruning {
  readonly #configuration: PfConfiguration;
  readonly #keep: (rule: PfRule) => boolean;
  readonly #made = new Map<string, PfRules>();
  #nameless: () => void = () => undefined;

  constructor(configuration: PfConfiguration, keep: (rule: PfRule) => boolean) {
    this.#configuration = configuration;
    this.#keep = keep;
  }

  run(nameless: () => void): ReadonlyMap<string, PfRules> {
    this.#nameless = nameless;
    this.#prune(this.#configuration.anchor);
    return this.#made;
  }

  #prune(path: string): void {
    const made: PfRule[] = [];
    this.#made.set(path, { rules: made, tables: [] });
    for (const rule of this.#configuration.rulesets.get(path)?.rules ?? []) {
      if (this.#keep(rule) && this.#isReadable(rule)) made.push(rule);
    }
  }

  #isReadable({ anchor }: PfRule): boolean {
    if (anchor === undefined) return true;
    const isFirst = anchor.inline && !this.#made.has(anchor.path);
    if (isFirst) this.#prune(anchor.path);
    if (anchor.name !== "") return true;
    if (isFirst && (this.#made.get(anchor.path)?.rules.length ?? 0) > 0) return true;
    this.#nameless();
    return false;
  }
}
