import { bddPacketFunctions } from "../../../engine/sets/bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "../../../engine/sets/intervals/interval-packet-functions.ts";
import { describePacketFunctions } from "./packet-functions-contract.ts";
import { describePacketSets } from "./packet-sets-contract.ts";
import { describeAgreement } from "./two-implementations.ts";

describePacketSets("intervalPacketFunctions as sets", () => intervalPacketFunctions());

describePacketFunctions("intervalPacketFunctions", () => intervalPacketFunctions());

describeAgreement(
  "intervalPacketFunctions and bddPacketFunctions",
  () => intervalPacketFunctions(),
  () => bddPacketFunctions(),
);
