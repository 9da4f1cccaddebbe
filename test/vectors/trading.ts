/** Of model trading: the logarithm, ages on the trade's clock, pay, offers and signatures of sales. */
import { computeAddress, SigningKey, TypedDataEncoder } from "ethers";

import { address, coder, digest, draw, hash, range, tree } from "./definitions.ts";

const ONE = 10n ** 18n;
/** Bits of the fixed point in which the exact logarithm is computed: so many more that rounding does not show. */
const EXACT_BITS = 512n;

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

/** ⌊2 artanh(numerator / denominator) · 2^bits⌋, too low by less than a few hundred units. */
function twiceArtanh(numerator: bigint, denominator: bigint, bits: bigint): bigint {
  const z = (numerator << bits) / denominator;
  const square = (z * z) >> bits;
  let total = 0n;
  for (let term = z, odd = 1n; term !== 0n; term = (term * square) >> bits, odd += 2n) total += term / odd;
  return 2n * total;
}

/** ln(1 + x / 10^18) · 2^bits: k ln 2 + 2 artanh((m − 1) / (m + 1)), with 1 + x / 10^18 = 2^k m and m in [1, 2). */
function logarithm(x: bigint, bits: bigint, ln2: bigint): bigint {
  let k = 0n;
  while (ONE << (k + 1n) <= x + ONE) k += 1n;
  const power = ONE << k;
  return k * ln2 + twiceArtanh(x + ONE - power, x + ONE + power, bits);
}

/** ln 2 = 2 artanh(1/3). */
const EXACT_LN2 = twiceArtanh(1n, 3n, EXACT_BITS);
const LN2 = EXACT_LN2 >> (EXACT_BITS - 128n);

const ln = (x: bigint): bigint => logarithm(x, 128n, LN2);
const exactLn = (x: bigint): bigint => logarithm(x, EXACT_BITS, EXACT_LN2) >> (EXACT_BITS - 128n);

function logarithms() {
  const xs = [0n, 1n, 2n, 999_999_999n, ONE / 10n, ONE - 1n, ONE, ONE + 1n, 3n * ONE - 1n, 3n * ONE];
  for (const bits of [20n, 40n, 70n, 100n, 112n, 126n]) xs.push((1n << bits) - 1n, 1n << bits);
  xs.push((1n << 127n) - 1n);
  for (const index of range(60)) xs.push(draw("ln", index, 1n << (1n + draw("ln bits", index, 112n))));
  return xs.map((x) => ({ x, ln: ln(x), exact: exactLn(x) }));
}

/** A round as a worker and the chain saw it; times of the sale are Unix ms, the others Unix seconds. */
interface Round {
  openedAt: bigint;
  /** Block time of the commit; 0 for one who did not reveal. */
  committedAt: bigint;
  /** Of a co-signed sale; 0 for one without a signature. */
  generatedAtMs: bigint;
  receivedAtMs: bigint;
  samples: bigint;
}
interface Traded {
  name: string;
  periodMs: bigint;
  startSlackMs: bigint;
  price: bigint;
  rounds: Round[];
}

/** What the meter answers of one worker, were it alone in its task. */
function work({ periodMs, price, rounds }: Traded) {
  let clock = 0n;
  const sales: { begun: bigint; received: bigint; samples: bigint }[] = [];
  rounds.forEach((round, index) => {
    if (index > 0) clock += min(1000n * (round.openedAt - rounds[index - 1]!.openedAt), periodMs);
    if (round.committedAt === 0n) return;
    const cosigned = round.generatedAtMs !== 0n;
    const at = (time: bigint) => clock + min(max(time - 1000n * round.openedAt, 0n), periodMs);
    const received = at(cosigned ? round.receivedAtMs : 1000n * round.committedAt + 1000n);
    sales.push({
      begun: at(cosigned ? round.generatedAtMs : 1000n * round.openedAt),
      received: max(received, sales.at(-1)?.received ?? 0n),
      samples: round.samples,
    });
  });
  const [first, last] = [sales[0], sales.at(-1)];
  // The age rises from its value at a receipt to what it is just before the next: a trapezium each.
  const ageMs2 = sum(
    sales.slice(1).map(({ received }, index) => {
      const before = sales[index]!;
      return (received - before.received) * (before.received - before.begun + (received - before.begun));
    }),
  );
  return {
    price,
    samples: sum(sales.map(({ samples }) => samples)),
    sales: BigInt(sales.length),
    rounds: BigInt(rounds.length),
    firstDelayMs: first === undefined ? 0n : first.received - first.begun,
    spanMs: first === undefined ? 0n : last!.received - first.received,
    ageMs2,
  };
}

type Work = ReturnType<typeof work>;
const WORK =
  "tuple(uint128 price,uint64 samples,uint16 sales,uint16 rounds,uint40 firstDelayMs,uint40 spanMs,uint96 ageMs2)";

function ages() {
  const start = 1_800_000_000n;
  const base = { periodMs: 60_000n, startSlackMs: 5_000n, price: 7n * ONE };
  const missed = { committedAt: 0n, generatedAtMs: 0n, receivedAtMs: 0n, samples: 0n };
  const signed = (openedAt: bigint, begunMs: bigint, receivedMs: bigint, samples = 100n): Round => ({
    openedAt,
    committedAt: openedAt + receivedMs / 1000n + 2n,
    generatedAtMs: 1000n * openedAt + begunMs,
    receivedAtMs: 1000n * openedAt + receivedMs,
    samples,
  });
  const unsigned = (openedAt: bigint, after: bigint, samples = 100n): Round => ({
    openedAt,
    committedAt: openedAt + after,
    generatedAtMs: 0n,
    receivedAtMs: 0n,
    samples,
  });
  const cases: Traded[] = [
    { name: "no sale", ...base, rounds: [{ openedAt: start, ...missed }] },
    { name: "one co-signed sale", ...base, rounds: [signed(start, 37n, 12_345n)] },
    { name: "one without a signature", ...base, rounds: [unsigned(start, 12n)] },
    {
      name: "every round, as planned",
      ...base,
      rounds: range(5).map((round) => signed(start + 60n * BigInt(round), 0n, 10_000n)),
    },
    {
      name: "rounds that open late age nobody",
      ...base,
      rounds: range(5).map((round) => signed(start + 100n * BigInt(round), 0n, 10_000n)),
    },
    {
      name: "rounds that open early",
      ...base,
      rounds: range(5).map((round) => signed(start + 20n * BigInt(round), 3n, 10_001n)),
    },
    {
      name: "two missed",
      ...base,
      rounds: [
        signed(start, 1n, 9_000n),
        { openedAt: start + 60n, ...missed },
        { openedAt: start + 120n, ...missed },
        signed(start + 180n, 5_000n, 9_000n),
      ],
    },
    {
      name: "later than a period",
      ...base,
      rounds: [signed(start, 0n, 59_999n), signed(start + 400n, 0n, 300_000n), signed(start + 900n, 9n, 10n)],
    },
    {
      name: "received before the one before",
      ...base,
      rounds: [signed(start, 0n, 3_500n), unsigned(start + 2n, 0n), unsigned(start + 4n, 60n)],
    },
    {
      name: "committed before its opening by a clock that is behind",
      ...base,
      rounds: [unsigned(start, -2n)],
    },
    {
      name: "no time between the first and the last",
      ...base,
      rounds: [signed(start, 0n, 2_000n), signed(start + 1n, 500n, 1_000n)],
    },
    {
      name: "the longest period",
      ...base,
      periodMs: 2n ** 32n - 1n,
      rounds: [
        unsigned(start, 4_000_000n, 2n ** 32n - 1n),
        signed(start + 30_000_000n, 0n, 2n ** 31n, 2n ** 32n - 1n),
      ],
    },
  ];
  for (const index of range(30)) {
    const stream = `trade ${index}`;
    const periodMs = 2_000n + draw(stream, 0, 100_000n);
    const startSlackMs = draw(stream, 1, periodMs);
    let openedAt = start;
    const rounds = range(1 + Number(draw(stream, 2, 9n))).map((round): Round => {
      if (round > 0) openedAt += 1n + draw(stream, 10 * round, periodMs / 500n);
      const samples = draw(stream, 10 * round + 1, 2n ** 32n - 1n) + 1n;
      const kind = draw(stream, 10 * round + 2, 4n);
      if (kind === 0n) return { openedAt, ...missed };
      if (kind === 1n) return unsigned(openedAt, draw(stream, 10 * round + 3, 200n), samples);
      const begunMs = draw(stream, 10 * round + 4, startSlackMs + 1n);
      return signed(openedAt, begunMs, begunMs + draw(stream, 10 * round + 5, 2n * periodMs), samples);
    });
    cases.push({
      name: `random ${index}`,
      periodMs,
      startSlackMs,
      price: 1n + draw(stream, 3, 1n << 90n),
      rounds,
    });
  }
  return cases.map((traded) => {
    const done = work(traded);
    return { ...traded, ...done, rounds: traded.rounds, work: coder.encode([WORK], [done]) };
  });
}

interface Paid {
  name: string;
  terms: {
    periodMs: bigint;
    leastTheta: bigint;
    mostOmega: bigint;
    maxSamples: bigint;
    scale: bigint;
    dataWeight: bigint;
    cap: bigint;
  };
  work: Work;
  /** Undefined when nothing was attested. */
  score: { omegaPpb: bigint; thetaPpb: bigint } | undefined;
  accepted: bigint;
  counted: bigint;
}

/** ⌊min(cap, ⌊p ω ε ln(1 + ηS) (τ − Δ̂) / θ⌋) · accepted / counted⌋ over one common denominator. */
function pay({ terms, work, score, accepted, counted }: Paid): bigint {
  if (work.sales === 0n || counted === 0n || score === undefined) return 0n;
  const omega = min(score.omegaPpb, terms.mostOmega);
  const theta = max(score.thetaPpb, terms.leastTheta);
  const samples = min(work.samples, counted * terms.maxSamples);
  // Δ̂ = age / (2 span); τ/2 + first delay where there is no span.
  const [age, span] =
    work.spanMs === 0n ? [terms.periodMs + 2n * work.firstDelayMs, 1n] : [work.ageMs2, work.spanMs];
  const fresh = max(2n * span * terms.periodMs - age, 0n);
  const numerator = work.price * omega * terms.scale * ln(samples * terms.dataWeight) * fresh;
  // ω, ε and 1/θ in billionths leave one, ms make seconds, and the logarithm has 128 bits of fraction.
  const value = numerator / (theta * 10n ** 9n * 1000n * 2n * span * (1n << 128n));
  return (min(value, terms.cap) * min(accepted, counted)) / counted;
}

function pays() {
  const terms = {
    periodMs: 60_000n,
    leastTheta: 100_000_000n,
    mostOmega: 2_000_000_000n,
    maxSamples: 10_000n,
    scale: 250_000_000n,
    dataWeight: ONE / 100n,
    cap: 10n ** 24n,
  };
  const done: Work = {
    price: 3n * ONE,
    samples: 500n,
    sales: 5n,
    rounds: 5n,
    firstDelayMs: 10_000n,
    spanMs: 240_000n,
    ageMs2: 240_000n * 80_000n,
  };
  const score = { omegaPpb: 900_000_000n, thetaPpb: 600_000_000n };
  const all = { accepted: 5n, counted: 5n };
  const widest = {
    terms: {
      periodMs: 2n ** 32n - 1n,
      leastTheta: 1n,
      mostOmega: 2_000_000_000n,
      maxSamples: 2n ** 32n - 1n,
      scale: 2n ** 64n - 1n,
      dataWeight: 2n ** 64n - 1n,
      cap: 2n ** 96n - 1n,
    },
    work: {
      price: 2n ** 128n - 1n,
      samples: 2n ** 64n - 1n,
      sales: 2n ** 16n - 1n,
      rounds: 2n ** 16n - 1n,
      firstDelayMs: 0n,
      spanMs: 2n ** 40n - 1n,
      ageMs2: 0n,
    },
    score: { omegaPpb: 2n ** 32n - 1n, thetaPpb: 1n },
    accepted: 2n ** 16n - 1n,
    counted: 2n ** 16n - 1n,
  };
  const cases: Paid[] = [
    { name: "every round, as planned", terms, work: done, score, ...all },
    { name: "no sale", terms, work: { ...done, sales: 0n }, score, ...all },
    { name: "no score", terms, work: done, score: undefined, ...all },
    { name: "no round counts", terms, work: done, score, accepted: 0n, counted: 0n },
    { name: "two of five accepted", terms, work: done, score, accepted: 2n, counted: 5n },
    { name: "one sale", terms, work: { ...done, spanMs: 0n, ageMs2: 0n, sales: 1n }, score, ...all },
    {
      name: "one sale, too late",
      terms,
      work: { ...done, spanMs: 0n, firstDelayMs: 30_000n },
      score,
      ...all,
    },
    {
      name: "one sale, not quite",
      terms,
      work: { ...done, spanMs: 0n, firstDelayMs: 29_999n },
      score,
      ...all,
    },
    { name: "older than the period", terms, work: { ...done, ageMs2: 240_000n * 120_000n }, score, ...all },
    { name: "barely younger", terms, work: { ...done, ageMs2: 240_000n * 120_000n - 1n }, score, ...all },
    { name: "capped", terms: { ...terms, cap: 1_000n }, work: done, score, accepted: 2n, counted: 3n },
    { name: "θ below the least", terms, work: done, score: { ...score, thetaPpb: 1n }, ...all },
    { name: "θ zero", terms, work: done, score: { ...score, thetaPpb: 0n }, ...all },
    {
      name: "ω above the most",
      terms: { ...terms, mostOmega: 500_000_000n },
      work: done,
      score: { ...score, omegaPpb: 2n ** 32n - 1n },
      ...all,
    },
    {
      name: "more samples than the task allows",
      terms,
      work: { ...done, samples: 2n ** 64n - 1n },
      score,
      ...all,
    },
    { name: "more rounds accepted than count", terms, work: done, score, accepted: 9n, counted: 5n },
    { name: "the widest of all", ...widest },
    { name: "the widest of all, of one sale", ...widest, work: { ...widest.work, spanMs: 0n } },
    {
      name: "the widest under the cap",
      ...widest,
      score: { omegaPpb: 1n, thetaPpb: 2n ** 32n - 1n },
      work: { ...widest.work, price: 1n },
    },
  ];
  for (const index of range(60)) {
    const stream = `pay ${index}`;
    const of = (at: number, limit: bigint) => draw(stream, at, limit);
    const periodMs = 1n + of(0, 10n ** 6n);
    const spanMs = of(1, 5n) === 0n ? 0n : 1n + of(2, 10n ** 8n);
    const counted = 1n + of(3, 50n);
    cases.push({
      name: `random ${index}`,
      terms: {
        periodMs,
        leastTheta: 1n + of(4, 10n ** 9n),
        mostOmega: 1n + of(5, 2n * 10n ** 9n),
        maxSamples: 1n + of(6, 10n ** 5n),
        scale: 1n + of(7, 10n ** 12n),
        dataWeight: 1n + of(8, 10n ** 18n),
        cap: 1n + of(9, 1n << (10n + of(10, 86n))),
      },
      work: {
        price: 1n + of(11, 1n << (1n + of(12, 90n))),
        samples: of(13, 10n ** 7n),
        sales: counted,
        rounds: counted,
        firstDelayMs: of(14, periodMs),
        spanMs,
        ageMs2: spanMs * of(15, 2n * periodMs),
      },
      score: { omegaPpb: of(16, 2n * 10n ** 9n), thetaPpb: of(17, 10n ** 9n + 1n) },
      accepted: of(18, counted + 1n),
      counted,
    });
  }
  return cases.map((paid) => ({
    name: paid.name,
    ...paid.terms,
    work: coder.encode([WORK], [paid.work]),
    score:
      paid.score === undefined
        ? "0x"
        : coder.encode(
            ["tuple(uint32,uint32,uint16)"],
            [[paid.score.omegaPpb, paid.score.thetaPpb, paid.accepted]],
          ),
    accepted: paid.accepted,
    counted: paid.counted,
    pay: pay(paid),
  }));
}

function offers() {
  return [1, 2, 3, 5, 8, 256].map((count) => {
    const made = range(count)
      .map((index) => ({
        worker: address(`MU ${index} of ${count}`),
        price: 1n + draw(`prices of ${count}`, index, ONE),
      }))
      .sort((a, b) => (BigInt(a.worker) < BigInt(b.worker) ? -1 : 1));
    const leaves = made.map(({ worker, price }) => hash(["address", "uint128"], [worker, price]));
    const depth = Math.ceil(Math.log2(count));
    const taken = Number(draw("taken of", count, BigInt(count)));
    const { root, branch } = tree(leaves, depth, taken);
    const choice = coder.encode(["tuple(uint16,uint128,bytes32[])"], [[taken, made[taken]!.price, branch]]);
    return {
      workers: made.map(({ worker }) => worker),
      prices: made.map(({ price }) => price),
      root,
      taken,
      branch,
      choice,
    };
  });
}

function sales() {
  const types = {
    Sale: [
      { name: "chainId", type: "uint64" },
      { name: "task", type: "uint256" },
      { name: "round", type: "uint16" },
      { name: "worker", type: "address" },
      { name: "commitment", type: "bytes32" },
      { name: "generatedAtMs", type: "uint64" },
      { name: "receivedAtMs", type: "uint64" },
      { name: "samples", type: "uint32" },
    ],
  };
  const key = new SigningKey(digest("cosigner"));
  return range(4).map((index) => {
    const stream = `sale ${index}`;
    const chainId = 1003n + draw(stream, 0, 2n);
    const subchain = address("learning subchain");
    const sale = {
      chainId,
      task: 1n + draw(stream, 1, 2n ** 64n),
      round: draw(stream, 2, 4096n),
      worker: address(`worker ${index}`),
      commitment: digest(`commitment ${index}`),
      generatedAtMs: 1_800_000_000_000n + draw(stream, 3, 10_000n),
      receivedAtMs: 1_800_000_010_000n + draw(stream, 4, 10_000n),
      samples: 1n + draw(stream, 5, 2n ** 32n - 1n),
    };
    const domain = { name: "Freshet", version: "1", chainId, verifyingContract: subchain };
    const hashed = TypedDataEncoder.hash(domain, types, sale);
    const { r, yParityAndS } = key.sign(hashed);
    const evidence = coder.encode(
      ["uint64", "uint64", "bytes32", "bytes32"],
      [sale.generatedAtMs, sale.receivedAtMs, r, yParityAndS],
    );
    return { ...sale, subchain, cosigner: computeAddress(key), digest: hashed, r, yParityAndS, evidence };
  });
}

export function trading() {
  return { logarithms: logarithms(), ages: ages(), pays: pays(), offers: offers(), sales: sales() };
}
