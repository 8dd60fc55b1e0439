import { describe, expect, it } from "vitest";
import { check } from "../../../engine/queries/check.ts";
import type { CheckAnswer } from "../../../model/check-answer.ts";
import type { Network, Service, Waiver } from "../../../model/network.ts";
import { outcomeOf } from "../../../report/verdict.ts";
import { NOWHERE, networkOf } from "../../support/network.ts";
import { smallHost } from "../../support/small-host.ts";

const OPTIONS = { attack: 50, seed: 1, budget: 4_000_000 };
const SSH: Service = { kind: "transport", protocol: 6, port: { operator: "=", port: 22 } };
const [HTTP, HTTPS] = [80, 443].map((port): Service => {
  return { kind: "transport", protocol: 6, port: { operator: "=", port } };
}) as [Service, Service];

/** Two routers between the same two wires: fw1 filters, fw2 as it is told. */
function twoRouters(
  rules: readonly string[],
  first: readonly string[] = ["block", "pass proto tcp to 10.2.0.0/24 port 443"],
): Network {
  const routes = [
    ["10.1.0.0/24", "em0"],
    ["10.2.0.0/24", "em1"],
  ] as const;
  const router = (name: string, station: number, own: readonly string[]) =>
    smallHost(name, {
      interfaces: [
        { n: "em0", a: [`10.1.0.${station}/24`] },
        { n: "em1", a: [`10.2.0.${station}/24`] },
      ],
      routes,
      rules: own,
    });
  const hosts = [router("fw1", 1, first), router("fw2", 2, rules)];
  const network = networkOf(hosts, { a: "fw1:em0", b: "fw1:em1", r1: "fw1", r2: "fw2" }, []);
  const end = (host: string, name: string) => ({ host, interface: name, span: NOWHERE });
  const cables = ["em0", "em1"].map((name) => {
    return { name: `wire-${name}`, ends: [end("fw1", name), end("fw2", name)] };
  });
  return { ...network, cables };
}

function answered(network: Network, via: readonly string[]): CheckAnswer {
  const points = via.map((host) => ({ host, span: NOWHERE }));
  const flow = { from: "a", to: "b", services: [HTTPS], required: true, span: NOWHERE };
  const conduits = [points.length === 0 ? flow : { ...flow, via: points }];
  return check({ ...network, conduits }, OPTIONS);
}

describe("way points", () => {
  it("are passed where no other host brings packets of the conduit", () => {
    const { wayPoints } = answered(twoRouters(["block"]), ["fw1"]);
    expect(wayPoints).toMatchObject([{ via: "fw1", verdict: "proved" }]);
  });

  it("are passed by where another host does, and a script shows it", () => {
    const answer = answered(twoRouters(["block", "pass proto tcp to port 443"]), ["fw1"]);
    expect(answer.wayPoints).toMatchObject([{ via: "fw1", verdict: "violated" }]);
    const { traces = [] } = answer.wayPoints[0]?.witness ?? {};
    const hosts = traces.at(-1)?.steps.flatMap((step) => ("host" in step ? [step.host] : []));
    expect(new Set(hosts)).toEqual(new Set(["fw2"]));
    expect(outcomeOf(answer)).toBe("violated");
  });

  it("say nothing of packets that are not the conduit's", () => {
    const { wayPoints } = answered(twoRouters(["block", "pass proto udp"]), ["fw1"]);
    expect(wayPoints).toMatchObject([{ verdict: "proved" }]);
  });
});

describe("required flows of a site", () => {
  it("are told beside the pairs, and a failing one is what the check comes to", () => {
    const works = answered(twoRouters(["block"]), []);
    expect(works.required).toMatchObject([
      { from: "a", to: "b", family: "inet", verdict: "works" },
    ]);
    const network = twoRouters(["block"]);
    const flow = { from: "b", to: "a", services: [SSH], required: true, span: NOWHERE };
    const fails = check({ ...network, conduits: [flow] }, OPTIONS);
    expect(fails.required).toMatchObject([{ verdict: "fails" }]);
    expect(outcomeOf(fails)).toBe("violated");
  });

  it("are undecided where a key that is not read yet could change anything", () => {
    const pending = [{ key: "carp", reason: "not modelled yet", span: NOWHERE }];
    const { required, wayPoints } = answered({ ...twoRouters(["block"]), pending }, ["fw1"]);
    expect([...required, ...wayPoints]).toMatchObject([
      { verdict: "undecided", reasons: [{ text: "`carp`: not modelled yet" }] },
      { verdict: "undecided", reasons: [{ text: "`carp`: not modelled yet" }] },
    ]);
  });

  it("are not answered where the budget was used up", () => {
    const { required, stopped } = check(
      { ...twoRouters(["block"]), conduits: [{ ...FLOW, required: true }] },
      { ...OPTIONS, budget: 10 },
    );
    expect({ required, stopped }).toEqual({ required: [], stopped: "budget" });
  });
});

const FLOW = { from: "a", to: "b", services: [HTTPS], required: false, span: NOWHERE };

/** fw2 lets more through, without states: no answers come back. */
function waived(services: readonly Service[], ports: readonly number[]): CheckAnswer {
  const to = `to 10.2.0.0/24 port { ${ports.join(" ")} } no state`;
  const network = twoRouters(
    ["block", `pass in on em0 proto tcp ${to}`, `pass out on em1 proto tcp ${to}`],
    ["block"],
  );
  const waiver: Waiver = { id: "W1", from: "a", to: "b", services, span: NOWHERE };
  const conduits = [FLOW, { ...FLOW, from: "b", to: "a" }];
  return check({ ...network, conduits, waivers: [waiver] }, OPTIONS);
}

function marksOf({ pairs }: CheckAnswer, from: string, to: string): readonly string[] | undefined {
  return pairs.find((it) => it.from === from && it.to === to)?.waivedBy;
}

describe("waivers", () => {
  it("mark violations that they know", () => {
    const answer = waived([HTTP], [80]);
    expect(marksOf(answer, "a", "b")).toEqual(["W1"]);
    expect(answer.pairs.find((it) => it.from === "a" && it.to === "b")?.verdict).toBe("violated");
    const marked = answer.pairs.filter((it) => it.from === "a" && it.to === "b");
    expect(outcomeOf({ ...answer, pairs: marked, required: [] })).toBe("proved");
  });

  it("mark nothing that is violated otherwise, too", () => {
    expect(marksOf(waived([SSH], [80]), "a", "b")).toBeUndefined();
    expect(marksOf(waived([HTTP], [22, 80]), "a", "b")).toBeUndefined();
  });
});
