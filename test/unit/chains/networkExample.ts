import type { NetworkFile } from "../../../chains/networks/networkFile.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const place = (name: string, chainId: number) => ({
  name,
  chainId,
  url: `http://127.0.0.1:${chainId}`,
  fromBlock: 0,
  finality: { confirmations: 0 },
  proofs: "checkpoint" as const,
});

/** A network file of four chains that do not run. */
export function networkExample(): NetworkFile {
  const subchain = {
    gateway: address("1"),
    verifier: address("9"),
    registry: address("2"),
    applications: { tasks: address("3") },
    meters: { "aoi-contract": address("4") },
  };
  return {
    version: 3,
    main: {
      ...place("main", 31_401),
      role: "main",
      contracts: {
        gateway: address("1"),
        verifier: address("9"),
        applications: { tasks: address("2") },
        escrow: address("3"),
        policies: { "aoi-contract": address("4") },
        token: address("5"),
      },
    },
    relay: {
      ...place("relay", 31_402),
      role: "relay",
      contracts: {
        gateway: address("1"),
        verifier: address("9"),
        applications: { tasks: address("2") },
        policies: { "aoi-contract": address("4") },
      },
    },
    subchains: [
      { ...place("virtual", 31_403), role: "virtual", contracts: subchain },
      { ...place("physical", 31_404), role: "physical", contracts: subchain },
    ],
    storage: { url: "http://127.0.0.1:9210" },
    aggregators: [
      { address: address("6"), url: "http://127.0.0.1:9212" },
      { address: address("7"), url: "http://127.0.0.1:9213" },
    ],
    validators: [{ address: address("8"), url: "http://127.0.0.1:9211" }],
  };
}
