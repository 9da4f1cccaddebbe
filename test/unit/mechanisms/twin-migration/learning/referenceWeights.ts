import type { DenseNetwork } from "../../../../../learning/reinforcement/networks/DenseNetwork.ts";

/** Names of layers by those of the reference networks. */
const ENCODER = { wv: "users", ws: "servers", w1: "first", w2: "second" } as const;
export const ACTOR_NAMES: Readonly<Record<string, string>> = {
  ...ENCODER,
  ...{ a: "user", b: "server", p: "pair", o: "score", skip: "skip", stay: "stay" },
  ...{
    q1: "level/hidden",
    q2: "level",
    e1: "tier/0/hidden",
    e2: "tier/0",
    c1: "tier/1/hidden",
    c2: "tier/1",
  },
};
export const CRITIC_NAMES: Readonly<Record<string, string>> = {
  ...ENCODER,
  ...{
    zv: "user",
    zm: "chosen",
    pp: "pair",
    q: "level",
    t: "message",
    sm: "server",
    sa: "tier/0",
    sc: "tier/1",
  },
  ...{ si: "incoming", v1: "value/own", v2: "value/chosen", v3: "value", v4: "value/around" },
  ...{ m1: "server value/hidden", m2: "server value" },
};

/** Gives a network the weights of a reference network. */
export function setWeights(
  network: DenseNetwork,
  names: Readonly<Record<string, string>>,
  weights: ReadonlyMap<string, Float64Array>,
): void {
  for (const [name, values] of weights) {
    const [layer, bias] = name.split(".") as [string, string?];
    const place = bias === undefined ? network.weights(names[layer]!) : network.bias(names[layer]!);
    if (place.length !== values.length) throw new Error(`${name} has ${values.length} weights`);
    place.set(values);
  }
}
