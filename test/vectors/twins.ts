/** Of twin migration: the money of a migration, reputation, and what is signed and hashed. */
import { computeAddress, SigningKey, TypedDataEncoder } from "ethers";

import { address, coder, digest, draw, hash, range } from "./definitions.ts";

const MILLION = 1_000_000n;

/** A migration to be settled, micro-$ and ms. Of a completed one `ends`, zero of who did not sign. */
interface Settle {
  name: string;
  theta: bigint;
  kilobytes: bigint;
  bond?: bigint;
  outcome: "completed" | "failed" | "expired" | "cancelled";
  startMs?: bigint;
  /** Of vehicle, old host, new host. */
  ends?: [bigint, bigint, bigint];
  deadlineMs?: bigint;
  lateBasisPoints?: bigint;
  slashBasisPoints?: bigint;
}

/** As the schema of kind `settle` says it. */
function settled(asked: Settle) {
  const { theta, kilobytes, outcome, startMs = 0n, ends = [0n, 0n, 0n], deadlineMs = 6000n } = asked;
  const { lateBasisPoints = 1000n, slashBasisPoints = 1000n } = asked;
  const product = theta * kilobytes;
  const escrow = product / 1000n + (product % 1000n === 0n ? 0n : 1n);
  const bond = outcome === "cancelled" ? 0n : (asked.bond ?? escrow);
  const signed = ends.filter((end) => end !== 0n);
  // Of each the number of those before it says its place.
  const place = (end: bigint, i: number) =>
    signed.filter((other, j) => other < end || (other === end && j < i)).length;
  const median = signed.find((end, i) => place(end, i) === Math.floor(signed.length / 2)) ?? startMs;
  const spread =
    signed.length < 2
      ? 0n
      : signed.reduce((most, a) => signed.reduce((so, b) => (a - b > so ? a - b : so), most), 0n);
  const late = median - startMs > deadlineMs;
  const kept = outcome === "completed" && late ? (escrow * lateBasisPoints) / 10_000n : 0n;
  const slashed = outcome === "failed" || outcome === "expired" ? (bond * slashBasisPoints) / 10_000n : 0n;
  return {
    name: asked.name,
    theta,
    kilobytes,
    bond,
    completed: Number(outcome === "completed"),
    cancelled: Number(outcome === "cancelled"),
    startMs,
    ends,
    deadlineMs,
    lateBasisPoints,
    slashBasisPoints,
    escrow,
    latencyMs: median - startMs,
    spreadMs: spread,
    disputed: Number(outcome === "completed" && spread > 1000n),
    late: Number(outcome === "completed" && late),
    toProvider: outcome === "completed" ? escrow - kept : 0n,
    refund: outcome === "completed" ? kept : escrow,
    bondReturned: bond - slashed,
    bondSlashed: slashed,
  };
}

function settles() {
  const base = { theta: 412_000n, kilobytes: 30_000n };
  const start = 1_800_000_000_000n;
  const all = (latency: bigint): [bigint, bigint, bigint] => [
    start + latency,
    start + latency,
    start + latency,
  ];
  const cases: Settle[] = [
    { name: "in time", ...base, outcome: "completed", startMs: start, ends: all(2400n) },
    { name: "to the limit", ...base, outcome: "completed", startMs: start, ends: all(6000n) },
    { name: "late by 1 ms", ...base, outcome: "completed", startMs: start, ends: all(6001n) },
    { name: "at once", ...base, outcome: "completed", startMs: start, ends: all(0n) },
    { name: "failed", ...base, outcome: "failed" },
    {
      name: "expired, a small bond",
      theta: 333_333n,
      kilobytes: 12_345n,
      bond: 1_000_001n,
      outcome: "expired",
    },
    { name: "cancelled", theta: 401_001n, kilobytes: 10_101n, outcome: "cancelled" },
    { name: "another share slashed", ...base, bond: 5_000_001n, outcome: "failed", slashBasisPoints: 2500n },
    {
      name: "another deadline and share kept back",
      theta: 401_001n,
      kilobytes: 10_101n,
      bond: 5_000_000n,
      outcome: "completed",
      startMs: start,
      ends: all(3100n),
      deadlineMs: 3000n,
      lateBasisPoints: 2000n,
    },
    {
      name: "median of three",
      theta: 377_777n,
      kilobytes: 20_003n,
      outcome: "completed",
      startMs: start,
      ends: [start + 7300n, start + 6900n, start + 7010n],
    },
    {
      name: "of two the later, a second apart",
      ...base,
      outcome: "completed",
      startMs: start,
      ends: [start + 4200n, start + 3200n, 0n],
    },
    {
      name: "disputed by 1 ms",
      ...base,
      outcome: "completed",
      startMs: start,
      ends: [start + 4200n, 0n, start + 3199n],
    },
    { name: "the largest", theta: 500_000n, kilobytes: 1_000_000_000n, outcome: "expired" },
    { name: "the smallest", theta: 300_000n, kilobytes: 1n, outcome: "failed" },
  ];
  for (const index of range(60)) {
    const outcome = (["completed", "completed", "failed", "expired", "cancelled"] as const)[
      Number(draw("outcome", index, 5n))
    ]!;
    const ends = range(3).map(
      (i) => start + draw(`end ${i}`, index, index % 3 === 0 ? 9000n : 900n) + draw("base", index, 6500n),
    ) as [bigint, bigint, bigint];
    if (index % 4 === 1) ends[1] = 0n;
    if (index % 4 === 2) ends[2] = 0n;
    cases.push({
      name: `drawn ${index}`,
      theta: 300_000n + draw("theta", index, 200_001n),
      kilobytes: 1n + draw("size", index, 60_000n),
      outcome,
      ...(outcome === "completed" ? { startMs: start, ends } : {}),
      ...(index % 5 === 0 ? { bond: draw("bond", index, 30_000_000n) } : {}),
    });
  }
  return cases.map(settled);
}

/** As the schema of kind `reputation` says it. */
function reputation(name: string, epochs: readonly (readonly [bigint, bigint])[], decayPpm = 980_000n) {
  let ok = 0n;
  let bad = 0n;
  for (const [good, wrong] of epochs) {
    ok = (ok * decayPpm) / MILLION + MILLION * good;
    bad = (bad * decayPpm) / MILLION + MILLION * wrong;
  }
  const ppm = (MILLION * (MILLION + ok)) / (2n * MILLION + ok + bad);
  return {
    name,
    good: epochs.map(([good]) => good),
    wrong: epochs.map(([, wrong]) => wrong),
    decayPpm,
    ok,
    bad,
    ppm,
  };
}

function reputations() {
  const drawn = range(12).map((index) =>
    reputation(
      `drawn ${index}`,
      range(1 + index * 4).map(
        (e) => [draw(`ok ${index}`, e, 9n), draw(`bad ${index}`, e, e % 3 === 0 ? 3n : 1n)] as const,
      ),
    ),
  );
  return [
    reputation("nothing", [[0n, 0n]]),
    reputation("three epochs", [
      [10n, 0n],
      [3n, 2n],
      [0n, 1n],
    ]),
    reputation(
      "faster decay",
      [
        [3n, 1n],
        [2n, 2n],
      ],
      950_000n,
    ),
    reputation("forgotten", [[5n, 7n], ...range(1200).map(() => [0n, 0n] as const)]),
    ...drawn,
  ];
}

const COMPLETION = [
  ["migration", "uint256"],
  ["vehicle", "address"],
  ["source", "address"],
  ["destination", "address"],
  ["stateHash", "bytes32"],
  ["startMs", "uint64"],
  ["endMs", "uint64"],
] as const;
const HAND_OVER = [
  ["migration", "uint256"],
  ["vehicle", "address"],
  ["source", "address"],
  ["sourceChain", "uint64"],
  ["destination", "address"],
  ["destinationChain", "uint64"],
  ["until", "uint48"],
] as const;

/** What is signed: in the domain of the contract that a test puts at `contract` on chain `chainId`. */
function signatures() {
  const key = new SigningKey(digest("vehicle of the vectors"));
  const vehicle = computeAddress(key);
  const domain = { name: "Freshet", version: "1", chainId: 1001n, verifyingContract: address("contract") };
  const sign = (primaryType: string, fields: readonly (readonly [string, string])[], value: object) => {
    const types = { [primaryType]: fields.map(([name, type]) => ({ name, type })) };
    const signed = TypedDataEncoder.hash(domain, types, value);
    const { r, yParityAndS } = key.sign(signed);
    const values = fields.map(([name]) => (value as Record<string, unknown>)[name]);
    const encoded = coder.encode(
      fields.map(([, type]) => type),
      values,
    );
    return { encoded, digest: signed, r, yParityAndS };
  };
  const source = address("old host");
  const destination = address("new host");
  const startMs = 1_800_000_000_000n;
  return {
    vehicle,
    contract: domain.verifyingContract,
    chainId: domain.chainId,
    completion: sign("Completion", COMPLETION, {
      migration: 7n,
      vehicle,
      source,
      destination,
      stateHash: digest("state"),
      startMs,
      endMs: startMs + 2400n,
    }),
    handOver: sign("HandOver", HAND_OVER, {
      migration: 7n,
      vehicle,
      source,
      sourceChain: 1003n,
      destination,
      destinationChain: 1004n,
      until: 1_800_000_060n,
    }),
  };
}

function synchronization() {
  const types = ["address", "address", "uint32", "uint16", "uint64", "bytes32"];
  const values = [
    address("vehicle"),
    address("server"),
    18_000_000n,
    42n,
    1_800_000_042_000n,
    digest("state"),
  ];
  return { encoded: coder.encode(types, values), leaf: hash(types, values) };
}

/** How long each state of a migration waits before others can end it, and a stake after its last epoch, seconds. */
function waits() {
  return [0n, 1n, 8n, 32n, 48n, 600n, 3_600n, 7_919n, 21_600n].map((messageSeconds) => {
    const [answer, dispute] = [17n + messageSeconds, 100n + messageSeconds];
    return {
      name: `messages take ${messageSeconds} s`,
      messageSeconds,
      requested: answer,
      accepted: answer,
      attested: dispute,
      disputed: dispute,
      stake: answer + answer + dispute + dispute,
    };
  });
}

export function twins(): object {
  return {
    settles: settles(),
    reputations: reputations(),
    waits: waits(),
    signatures: signatures(),
    synchronization: synchronization(),
  };
}
