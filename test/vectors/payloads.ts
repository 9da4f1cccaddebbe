/** Payloads of the messages between the chains: abi.encode(MessageKind, body). */
import { address, coder, digest, range } from "./definitions.ts";
import { price } from "./price.ts";

const SCHEDULE = "tuple(uint64,uint64,uint32,uint32,uint32,uint32,uint32)";
const TERMS = `tuple(bytes32,bytes32,bytes4,uint16,uint32,uint32,uint16,uint16,uint32,uint32,uint16,uint8,${SCHEDULE},uint64[],address[])`;

export function payloads() {
  const terms = {
    specDigest: digest("specification"),
    initialModel: digest("model"),
    mechanism: digest("freshet.mechanism.aoi-contract").slice(0, 10),
    rounds: 12n,
    targetScorePpb: 900_000_000n,
    quorumPpb: 750_000_000n,
    minUpdates: 3n,
    attestations: 2n,
    maxWorkers: 300n,
    maxSamples: 10_000n,
    workersPerRound: 40n,
    sampling: 1n,
    schedule: {
      startTime: 1_800_000_100n,
      deadline: 1_800_090_000n,
      epochSeconds: 3_600n,
      commitSeconds: 120n,
      revealSeconds: 60n,
      reportSeconds: 90n,
      claimSeconds: 86_400n,
    },
    subchains: [31_402n, 31_403n],
    aggregators: range(3).map((index) => address(`aggregator ${index}`)),
  };
  const menu = price([200n, 100n, 20n], [600n, 300n, 200n], 3_600n);
  const mechanismTerms = coder.encode(
    ["tuple(uint96,tuple(uint32,uint96,uint96)[])"],
    [[7n, menu.map(({ period, reward, cost }) => [period, reward, cost])]],
  );
  /** Totals of the AoI contract. */
  const totalsOf = (sums: { coveredSeconds: bigint; ageSquares: bigint }): string =>
    coder.encode(["tuple(uint128,uint128)"], [[sums.coveredSeconds, sums.ageSquares]]);
  const reported = { coveredSeconds: 4_321n, ageSquares: 987_654_321n };
  const settled = { coveredSeconds: 30_000n, ageSquares: 123_456_789_012n };
  const report = {
    chainId: 31_402n,
    task: 5n,
    round: 2n,
    enrolled: 10n,
    committed: 8n,
    revealed: 6n,
    updatesRoot: digest("updates"),
    totals: totalsOf(reported),
  };
  const settlement = {
    chainId: 31_403n,
    task: 5n,
    workers: 10n,
    recordsRoot: digest("records"),
    beacon: digest("beacon"),
    totals: totalsOf(settled),
  };
  const flat = (value: object): unknown[] => Object.values(value);
  const payload = (kind: number, type: string, body: unknown[]): string =>
    coder.encode(["uint8", "bytes"], [kind, coder.encode([type], [body])]);
  const opened = { task: 5n, terms, mechanismTerms };
  const round = { task: 5n, round: 3n, globalModel: digest("model 3"), openedAt: 1_800_000_300n };
  const commits = { chainId: 31_402n, task: 5n, round: 3n, committed: 8n };
  const reveals = { task: 5n, round: 3n };
  const ended = { task: 5n, status: 2n, globalModel: digest("model 12") };
  const rejection = { task: 5n, reason: digest("UnknownPolicy(bytes4)").slice(0, 10) };
  const termsBody = [...flat(terms).slice(0, 12), flat(terms.schedule), terms.subchains, terms.aggregators];
  return {
    taskOpened: {
      ...opened,
      payload: payload(0, `tuple(uint256,${TERMS},bytes)`, [5n, termsBody, mechanismTerms]),
    },
    roundOpened: { ...round, payload: payload(1, "tuple(uint256,uint16,bytes32,uint48)", flat(round)) },
    taskEnded: { ...ended, payload: payload(2, "tuple(uint256,uint8,bytes32)", flat(ended)) },
    roundReported: {
      ...report,
      ...reported,
      payload: payload(3, "tuple(uint64,uint256,uint16,uint32,uint32,uint32,bytes32,bytes)", flat(report)),
    },
    epochSettled: {
      ...settlement,
      ...settled,
      payload: payload(4, "tuple(uint64,uint256,uint32,bytes32,bytes32,bytes)", flat(settlement)),
    },
    taskRejected: { ...rejection, payload: payload(5, "tuple(uint256,bytes)", flat(rejection)) },
    commitsClosed: { ...commits, payload: payload(6, "tuple(uint64,uint256,uint16,uint32)", flat(commits)) },
    revealsOpened: { ...reveals, payload: payload(7, "tuple(uint256,uint16)", flat(reveals)) },
  };
}
