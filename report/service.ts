import { ICMP_WORDS } from "../model/icmp-words.ts";
import type { PortTest, Service } from "../model/network.ts";
import { TCP } from "../model/packet.ts";

/** A service as site.yaml writes it: `tcp/443`, `udp/5000-5100`, `icmp6/echoreq`, `proto/47`, `any`. */
export function serviceText(service: Service): string {
  switch (service.kind) {
    case "any":
      return "any";
    case "frames":
      return service.of;
    case "protocol":
      return `proto/${service.protocol}`;
    case "transport": {
      const protocol = service.protocol === TCP ? "tcp" : "udp";
      return service.port === undefined ? protocol : `${protocol}/${portText(service.port)}`;
    }
    case "icmp": {
      const { family, type } = service;
      const protocol = family === "inet" ? "icmp" : "icmp6";
      if (type === undefined) return protocol;
      const word = Object.entries(ICMP_WORDS[family]).find(([, number]) => number === type)?.[0];
      return `${protocol}/${word ?? type}`;
    }
  }
}

function portText(test: PortTest): string {
  return "port" in test ? `${test.port}` : `${test.first}-${test.last}`;
}
