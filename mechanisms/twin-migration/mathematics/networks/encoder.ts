import { SERVER_FEATURES, VEHICLE_FEATURES } from "../world/Observer.ts";
import type { Layers } from "./Layers.ts";
import type { Observation } from "./Observation.ts";
import type { Node, Tape } from "./Tape.ts";

/** Layers of an encoder of width H. */
export function encoderLayers(H: number) {
  return [
    { name: "wv", inputs: VEHICLE_FEATURES, outputs: H, bias: true },
    { name: "ws", inputs: SERVER_FEATURES, outputs: H, bias: true },
    { name: "w1", inputs: H, outputs: H, bias: true },
    { name: "w2", inputs: H, outputs: H, bias: true },
  ];
}

/**
 * Two layers of eq. 1 over a residual: H0 = relu(wv x) for vehicles and relu(ws x) for servers, H1 = relu(w1(Â H0)),
 * Z = relu(w2(Â H1)) + H0. [(V + M) · H]
 */
export function encode(tape: Tape, layers: Layers, seen: Observation): Node {
  const nodes = seen.vehicles + seen.servers;
  const Â = tape.leaf(seen.normalized, nodes, nodes);
  const vehicles = tape.leaf(seen.vehicleFeatures, seen.vehicles, VEHICLE_FEATURES);
  const servers = tape.leaf(seen.serverFeatures, seen.servers, SERVER_FEATURES);
  const H0 = tape.stacked(tape.relu(layers.dense("wv", vehicles)), tape.relu(layers.dense("ws", servers)));
  const H1 = tape.relu(layers.dense("w1", tape.product(Â, H0)));
  return tape.sum(tape.relu(layers.dense("w2", tape.product(Â, H1))), H0);
}

/** Rows of vehicles and rows of servers. */
export function splitNodes(tape: Tape, Z: Node, vehicles: number): { vehicles: Node; servers: Node } {
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  return {
    vehicles: tape.gathered(Z, rows(0, vehicles)),
    servers: tape.gathered(Z, rows(vehicles, Z.rows)),
  };
}
