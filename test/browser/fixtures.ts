import type { AuditView } from "../../dashboard/api/AuditView.ts";
import type { CompareView } from "../../dashboard/api/CompareView.ts";
import type { FreshnessView, WorkerFreshness } from "../../dashboard/api/FreshnessView.ts";
import type {
  MarketReplay,
  MarketsView,
  TradeMarketView,
  TwinMarketView,
  TwinMigration,
  TwinServer,
} from "../../dashboard/api/MarketView.ts";
import type { MessageCounts, MessageLine, MessageRow } from "../../dashboard/api/MessageRow.ts";
import type { MoneyView } from "../../dashboard/api/MoneyView.ts";
import type { ChainView, NetworkView, RouteView } from "../../dashboard/api/NetworkView.ts";
import type { StatementsView, StatementView } from "../../dashboard/api/StatementView.ts";
import type { TaskLive, WorkerView } from "../../dashboard/api/TaskLive.ts";
import type { TaskRow } from "../../dashboard/api/TaskRow.ts";
import type { Place } from "../../dashboard/api/values.ts";

/** When everything here is, Unix seconds: a minute after an epoch began. */
export const NOW = 1_796_000_060;
/** When the epoch of the first task began. */
export const START = NOW - 60;
export const TOKEN = 10n ** 18n;
const EPOCH = 60;

/** A hash that looks like one, and is told from the others by its number. */
export function hash(n: number): string {
  return `0x${(BigInt(n + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n).toString(16).padEnd(64, "7").slice(0, 64)}`;
}

/** An address likewise. */
export function address(n: number): string {
  return hash(n + 7000).slice(0, 42);
}

export function place(chain: string, n: number, at = NOW): Place {
  return { chain, block: 100 + n, transaction: hash(n), at };
}

const CHAINS: readonly (readonly [string, ChainView["role"], number])[] = [
  ["main", "main", 31401],
  ["relay", "relay", 31402],
  ["virtual", "virtual", 31403],
  ["physical", "physical", 31404],
];

export function chain(name: string, role: ChainView["role"], chainId: number): ChainView {
  return {
    name,
    role,
    chainId,
    url: `http://127.0.0.1:${chainId - 22200}`,
    connection: "following",
    since: NOW - 300,
    trouble: null,
    head: { number: 1204, hash: hash(1), at: NOW - 1 },
    final: { number: 1203, hash: hash(2), at: NOW - 2 },
    readUpTo: 1204,
    finality: "final after 1 confirmation",
    blockSeconds: 1,
    clockLagSeconds: 0,
    endpoints: [
      {
        url: `http://127.0.0.1:${chainId - 22200}`,
        state: "up",
        lagging: false,
        head: 1204,
        latencyMilliseconds: 2.4,
        trouble: null,
      },
    ],
    contracts: [
      { name: "gateway", address: address(chainId) },
      { name: "tasks", address: address(chainId + 1) },
    ],
    frozen: null,
    replaced: [],
  };
}

export function network(): NetworkView {
  const route = (origin: string, destination: string, n: number): RouteView => ({
    origin,
    destination,
    state: "open",
    since: place(destination, n, NOW - 900),
    by: null,
    verifier: address(n),
    proofs: "checkpoint",
    validators: { threshold: 2, addresses: [address(90), address(91), address(92)] },
    scheduled: null,
    limit: null,
    messages: { sent: 40 + n, delivered: 40 + n, open: 0, stuck: 0 },
  });
  const routes = [
    route("main", "relay", 1),
    route("relay", "main", 2),
    route("virtual", "relay", 3),
    route("relay", "virtual", 4),
    route("physical", "relay", 5),
    {
      ...route("relay", "physical", 6),
      state: "paused" as const,
      by: address(99),
      messages: { sent: 9, delivered: 7, open: 0, stuck: 2 },
    },
  ];
  return {
    server: {
      version: "0.1.0",
      startedAt: NOW - 3600,
      now: NOW,
      allowsAudits: true,
      allowsReExecution: true,
      viewers: 1,
      mostViewers: 100,
    },
    chains: CHAINS.map(([name, role, id]) => chain(name, role, id)),
    routes,
    storage: ["http://127.0.0.1:9210"],
    aggregators: [{ address: address(80), url: "http://127.0.0.1:9301" }],
    validators: [
      { address: address(90), url: "http://127.0.0.1:9220" },
      { address: address(91), url: "http://127.0.0.1:9220" },
    ],
    mechanisms: ["aoi-contract", "model-trading"],
    markets: ["twin-migration"],
    totals: {
      tasks: 4,
      open: 1,
      workers: 56,
      funded: String(1101n * TOKEN),
      paid: String((6246n * TOKEN) / 10n),
      refunded: String((1094n * TOKEN) / 10n),
    },
  };
}

export function taskRow(id: number, change: Partial<TaskRow> = {}): TaskRow {
  return {
    taskId: String(id),
    name: `digits ${id}`,
    mechanism: "aoi-contract",
    publisher: address(1),
    publishedAt: START - 20,
    status: "Open",
    phase: { name: "committing", round: 4 },
    rounds: { finalized: 3, most: 6 },
    score: 0.9432,
    measure: "accuracy",
    workers: 20,
    subchains: ["virtual", "physical"],
    escrow: { funded: String(367n * TOKEN), paid: "0", refunded: "0", held: String(367n * TOKEN) },
    outcome: null,
    ...change,
  };
}

/** An open one, one that is over, one that expired, and one of another mechanism. */
export function taskRows(): TaskRow[] {
  const over = {
    paid: String((3123n * TOKEN) / 10n),
    refunded: String((547n * TOKEN) / 10n),
    held: "0",
    funded: String(367n * TOKEN),
  };
  return [
    taskRow(4),
    taskRow(3, {
      status: "Expired",
      phase: { name: "refunding", round: null },
      rounds: { finalized: 0, most: 6 },
      score: null,
      workers: 0,
      outcome: {
        ok: false,
        text: "the task expired at its deadline, with 0 of 6 rounds (no worker enrolled)",
        next: "Look at what aggregators and workers say; allow more deadlineSeconds if they were only slow.",
      },
    }),
    taskRow(2, {
      name: null,
      mechanism: "model-trading",
      status: "Completed",
      phase: { name: "ended", round: null },
      score: 0.91,
      escrow: over,
      outcome: { ok: true, text: "training ended after 6 rounds", next: null },
    }),
    taskRow(1, {
      status: "Completed",
      phase: { name: "ended", round: null },
      rounds: { finalized: 6, most: 6 },
      score: 0.9561,
      escrow: over,
      outcome: { ok: true, text: "training ended after 6 rounds", next: null },
    }),
  ];
}

function worker(n: number, paid: boolean): WorkerView {
  const physical = n % 2 === 0;
  return {
    worker: address(200 + n),
    chain: physical ? "physical" : "virtual",
    space: physical ? "physical" : "virtual",
    index: Math.floor(n / 2),
    enrolledAt: START - 10,
    facts: { item: (n % 10) + 1, coveredSeconds: 60 },
    shown: [
      { header: "item", text: String((n % 10) + 1) },
      { header: "fresh", text: "60/60 s" },
    ],
    standing: { word: "fresh", holds: n % 7 !== 3 },
    lastRefreshAt: NOW - (n % 9),
    refreshes: 4,
    committedRounds: [1, 2, 3],
    revealedRounds: [1, 2, 3],
    acceptedRounds: [1, 2, 3],
    paid: paid ? { amount: String(9n * TOKEN + BigInt(n) * 10n ** 17n), at: NOW - 3 } : null,
  };
}

export function taskLive(id: string, workers = 20): TaskLive {
  const row = taskRows().find(({ taskId }) => taskId === id) ?? taskRow(Number(id));
  const scores = [0.8911, 0.9294, 0.9432];
  const none = row.status === "Expired";
  const over = row.status === "Completed";
  return {
    row,
    deadline: row.status === "Open" ? { at: NOW + 42, next: "updates are revealed" } : null,
    schedule: {
      startTime: START,
      deadline: START + 240,
      epochSeconds: EPOCH,
      commitSeconds: 6,
      revealSeconds: 4,
      reportSeconds: 8,
      claimSeconds: 600,
    },
    terms: {
      specDigest: hash(50),
      initialModel: hash(51),
      targetScore: 0.95,
      quorum: 0.9,
      minUpdates: 2,
      maxWorkers: 100,
      attestations: 2,
      aggregators: [address(80), address(81)],
    },
    offer: {
      text: "a menu of 3 items",
      table: {
        columns: [
          { header: "item", align: "right" },
          { header: "θ", align: "right" },
          { header: "reward", align: "right" },
        ],
        rows: [
          ["1", "60 s", "9.9400"],
          ["2", "30 s", "12.8000"],
          ["3", "20 s", "14.3400"],
        ],
      },
    },
    curve: none ? [] : scores.map((score, i) => ({ round: i + 1, score, at: START + 10 * (i + 1) })),
    rounds: none
      ? []
      : [1, 2, 3, 4].map((round) => ({
          round,
          state: round < 4 ? ("finalized" as const) : ("open" as const),
          openedAt: START + 10 * (round - 1),
          finalizedAt: round < 4 ? START + 10 * round : null,
          score: scores[round - 1] ?? null,
          globalModel: round < 4 ? hash(60 + round) : null,
          subchains: ["virtual", "physical"].map((name) => ({
            chain: name,
            committed: round < 4 ? 10 : 7,
            revealed: round < 4 ? 10 : 0,
            accepted: round < 4 ? 10 : null,
            reported: round < 4 ? 10 : null,
            closedAt: round < 4 ? START + 10 * round - 3 : null,
            abandoned: false,
          })),
          attested:
            round < 4
              ? [80, 81].map((n) => ({ aggregator: address(n), aggregateHash: hash(70 + round) }))
              : [],
        })),
    workers: none ? [] : Array.from({ length: workers }, (_, n) => worker(n, over)),
    missing:
      row.status === "Open"
        ? [200, 202, 204].map((n) => ({
            who: { kind: "worker" as const, address: address(n), chain: "physical" },
            what: "commits to an update of round 4",
            until: NOW + 42,
          }))
        : [],
    aggregators: [80, 81].map((n) => ({ address: address(n), attestedRounds: 3, lastRound: 3 })),
    log: [
      { at: START - 20, chain: "main", text: "the task was published", block: 90, transaction: hash(500) },
      { at: START - 18, chain: "physical", text: "the task arrived", block: 92, transaction: hash(501) },
      {
        at: START + 30,
        chain: "main",
        text: "round 3 is final: 94.32 %",
        block: 120,
        transaction: hash(502),
      },
    ],
    refusal: null,
    held: null,
    due: row.status === "Open" ? String(180n * TOKEN) : null,
  };
}

/** Workers of whom some were late, one never refreshed, and most had no gap. */
export function freshness(taskId: string, workers: number): FreshnessView {
  const end = START + EPOCH;
  return {
    taskId,
    epoch: { start: START, end },
    asOf: end,
    workers: Array.from({ length: workers }, (_, n): WorkerFreshness => {
      const theta = [60, 30, 20, 15, 12, 10][n % 6]!;
      const late = n % 5 === 4 ? 3 : 0;
      const refreshes: number[] = [];
      for (let at = START + late; at < end && n % 23 !== 22; at += theta + late) refreshes.push(at);
      const covered = refreshes.map((at): [number, number] => [at, Math.min(at + theta, end)]);
      const merged: [number, number][] = [];
      for (const [from, to] of covered) {
        const last = merged.at(-1);
        if (last !== undefined && last[1] >= from) last[1] = to;
        else merged.push([from, to]);
      }
      const uncovered: [number, number][] = [];
      let done = START;
      for (const [from, to] of merged) {
        if (from > done) uncovered.push([done, from]);
        done = to;
      }
      if (done < end) uncovered.push([done, end]);
      return {
        worker: address(200 + n),
        chain: n % 2 === 0 ? "physical" : "virtual",
        space: n % 2 === 0 ? "physical" : "virtual",
        choice: `item ${(n % 6) + 1}`,
        freshSeconds: theta,
        refreshes,
        covered: merged,
        uncovered,
        coveredSeconds: merged.reduce((sum, [from, to]) => sum + to - from, 0),
        recorded: null,
        age: null,
        nextDue: null,
      };
    }),
  };
}

export function money(taskId: string, workers = 20): MoneyView {
  const row = taskRows().find((one) => one.taskId === taskId) ?? taskRow(Number(taskId));
  const open = row.status === "Open";
  const amount = (n: number) => 9n * TOKEN + BigInt(n) * 10n ** 17n;
  const payments = open
    ? []
    : Array.from({ length: workers }, (_, n) => ({
        worker: address(200 + n),
        chain: n % 2 === 0 ? "physical" : "virtual",
        amount: String(amount(n)),
        acceptedRounds: 6,
        claim: place("main", 300 + n),
        formula: {
          symbols: "⌊R·c·a / (T·K)⌋ + B",
          numbers: "⌊14.34 · 60/60 · 6/6⌋ + 0.001",
          terms: [
            { symbol: "R", value: "14.34", unit: "tokens", meaning: "reward of item 3" },
            { symbol: "c", value: "60", unit: "s", meaning: "covered of the epoch" },
          ],
          result: String(amount(n)),
          agrees: true,
          note: null,
        },
      }));
  const sum = (chain: string) =>
    payments
      .filter((payment) => payment.chain === chain)
      .reduce((all, { amount: own }) => all + BigInt(own), 0n);
  const paid = sum("physical") + sum("virtual");
  const funded = 367n * TOKEN;
  const escrow = { kind: "escrow", name: "" } as const;
  const rest = {
    from: escrow,
    to: { kind: open ? "held" : "refunded", name: "" } as const,
    amount: String(funded - paid),
  };
  return {
    taskId,
    token: { address: address(5), symbol: "FRSH", decimals: 18 },
    funded: String(funded),
    paid: String(paid),
    refunded: open ? "0" : String(funded - paid),
    held: open ? String(funded) : "0",
    heldUntil: null,
    due: open ? String(12n * TOKEN) : null,
    flows: [
      { from: { kind: "publisher", name: address(1) }, to: escrow, amount: String(funded) },
      ...(open
        ? []
        : ["virtual", "physical"].map((name) => ({
            from: escrow,
            to: { kind: "subchain" as const, name },
            amount: String(sum(name)),
          }))),
      ...payments.map(({ worker: own, chain: name, amount: wei }) => ({
        from: { kind: "subchain" as const, name },
        to: { kind: "worker" as const, name: own },
        amount: wei,
      })),
      rest,
    ],
    movements: [
      { ...place("main", 20), kind: "funded", who: address(1), amount: String(funded) },
      ...payments.map(({ worker: who, amount: wei, claim }) => ({
        ...claim,
        kind: "paid" as const,
        who,
        amount: wei,
      })),
    ],
    payments,
  };
}

export function audit(taskId: string, outcome: "holds" | "fails" | "none"): AuditView {
  const check = {
    notes: [],
    failure: null,
    unexamined: { count: 0, first: [] },
    evidence: [],
  };
  const checks: AuditView["checks"] = [
    {
      ...check,
      name: "messages",
      title: "Every message was proven, delivered once and forwarded unchanged",
      outcome: "holds",
      examined: 73,
      unit: "messages",
      evidence: [{ text: "73 messages", kind: "messages", id: null, chain: null, url: null }],
    },
    {
      ...check,
      name: "updates",
      title: "Every update was committed, revealed, reported and stored",
      outcome: "unexamined",
      examined: 118,
      unit: "updates",
      notes: ["The training of 60 of them can be repeated where storage has their batches."],
      unexamined: {
        count: 3,
        first: [{ what: "An update of round 2 is not in storage.", next: "Name a storage that has it." }],
      },
    },
    {
      ...check,
      name: "payments",
      title: "Every payment is what its worker earned",
      outcome: outcome === "fails" ? "fails" : "holds",
      examined: 20,
      unit: "payments",
      failure: outcome === "fails" ? `Worker ${address(203)} was paid 9.3000, and earned 9.1000.` : null,
      evidence: [
        { text: "payments", kind: "money", id: null, chain: null, url: null },
        { text: "statement", kind: "worker", id: address(203), chain: "virtual", url: null },
      ],
    },
  ];
  const done = outcome !== "none";
  return {
    taskId,
    state: done ? "done" : "none",
    startedAt: done ? NOW - 9 : null,
    finishedAt: done ? NOW - 4 : null,
    mayAsk: true,
    mostReExecuted: 20,
    command: `./freshet audit ${taskId}`,
    isStale: false,
    outcome: done ? (outcome as "holds" | "fails") : null,
    verdict: done ? (outcome === "fails" ? "1 of 10 checks failed." : "Everything holds.") : null,
    checks: done ? checks : [],
    running: null,
    trouble: null,
  };
}

const RULES = [
  "What could have been earned is the item's whole reward and the bonus.",
  "Gaps in the freshness of data are taken off first, in the order of time; then rounds that did not take the update.",
];

export function statement(taskId: string, who: string): StatementView {
  return {
    taskId,
    worker: who,
    available: true,
    statement: {
      chain: "virtual",
      standing: "paid",
      acceptedRounds: 6,
      countedRounds: 6,
      possible: String(10n * TOKEN),
      entries: [
        {
          kind: "gap",
          state: "lost",
          text: "6 s not fresh: the refresh due by second 12 came at second 18",
          amount: String((9n * TOKEN) / 10n),
          round: null,
          seconds: 6,
          evidence: [place("virtual", 181), place("virtual", 157)],
        },
        {
          kind: "bonus",
          state: "lost",
          text: "the bonus, which is for 60 s fresh and 6 of 6 rounds",
          amount: String(TOKEN / 10n),
          round: null,
          seconds: null,
          evidence: [],
        },
      ],
      earned: String(9n * TOKEN),
      paid: String(9n * TOKEN),
      enrolled: place("virtual", 150),
      recorded: place("virtual", 290),
      claimed: place("main", 303),
      rules: RULES,
      unread: null,
    },
  };
}

export function statements(taskId: string, count = 20): StatementsView {
  return {
    taskId,
    rules: RULES,
    unread: null,
    workers: Array.from({ length: count }, (_, i) => {
      const lost = BigInt(i % 4) * (TOKEN / 5n);
      return {
        worker: address(200 + i),
        chain: i < count / 2 ? "virtual" : "physical",
        standing: i % 7 === 6 ? ("claimable" as const) : ("paid" as const),
        acceptedRounds: 6,
        countedRounds: 6,
        possible: String(10n * TOKEN),
        earned: String(10n * TOKEN - lost),
        lost: String(lost),
        open: "0",
        most:
          lost === 0n
            ? null
            : { text: "6 s not fresh: the refresh due by second 12 came at second 18", amount: String(lost) },
      };
    }),
  };
}

const KINDS = [
  "TaskPublished",
  "RoundStarted",
  "CommitsClosed",
  "RoundReport",
  "RoundFinalized",
  "EpochSettled",
];

export function messageRow(n: number): MessageRow {
  const stuck = n % 211 === 3;
  const open = n % 97 === 1 && !stuck;
  const there = !stuck && !open;
  const [origin, destination] = n % 2 === 0 ? (["main", "relay"] as const) : (["relay", "physical"] as const);
  return {
    id: hash(n + 10_000),
    kind: KINDS[n % KINDS.length]!,
    origin,
    destination,
    nonce: n,
    taskId: String((n % 4) + 1),
    round: n % 6 === 0 ? null : (n % 6) + 0,
    state: stuck ? "stuck" : open ? "open" : "delivered",
    sentAt: NOW - n,
    deliveredAt: there ? NOW - n + 2 : null,
    seconds: there ? 2 : null,
    why: there ? null : stuck ? "the route from relay to physical is paused" : "its block is not final yet",
  };
}

export function messageCounts(sent: number): MessageCounts {
  const rows = Array.from({ length: sent }, (_, n) => messageRow(n).state);
  const of = (state: string) => rows.filter((one) => one === state).length;
  return {
    sent,
    delivered: of("delivered"),
    open: of("open"),
    stuck: of("stuck"),
    refused: 0,
    unroutable: 0,
    medianSeconds: 2,
    slowSeconds: 4.5,
  };
}

export function messageLine(row: MessageRow): MessageLine {
  const there = row.state === "delivered";
  return {
    row,
    sender: address(11),
    recipient: address(12),
    steps: [
      {
        name: "sent",
        text: `Sent on ${row.origin}.`,
        done: true,
        place: place(row.origin, row.nonce, row.sentAt),
      },
      { name: "final", text: "Its block is final: validators may sign.", done: true, place: null },
      {
        name: "delivered",
        text: there ? `Delivered on ${row.destination}.` : `Not delivered on ${row.destination} yet.`,
        done: there,
        place: there ? place(row.destination!, row.nonce, row.deliveredAt!) : null,
      },
    ],
    cause: row.nonce > 0 ? messageRow(row.nonce - 1) : null,
    effects: there ? [messageRow(row.nonce + 1)] : [],
    help:
      row.state === "stuck"
        ? {
            why: "The route from relay to physical is paused by a guardian.",
            command: `./freshet relay self-relay ${row.id.slice(0, 12)}`,
            about: "Once the route is open again, this delivers it without waiting for a relayer.",
          }
        : null,
  };
}

export function compare(ids: readonly string[]): CompareView {
  return {
    tasks: ids.map((id) => {
      const live = taskLive(id);
      return {
        row: live.row,
        offer: live.offer,
        curve: live.curve.map(({ round, score, at }) => ({
          round,
          score: score - Number(id) / 100,
          secondsFromStart: at - START,
        })),
        trainingSeconds: 31,
        paidPerWorker: { least: String(9n * TOKEN), median: String(10n * TOKEN), most: String(11n * TOKEN) },
        refundedShare: 0.149,
        updates: { accepted: 60, revealed: 60 },
        freshShare: 0.981,
        choices: [{ choice: "item 3", workers: 4, paid: String(40n * TOKEN) }],
      };
    }),
  };
}

export function markets(): MarketsView {
  return {
    markets: [
      { name: "model-trading", kind: "trade", about: "Publishers post prices for what workers learn." },
      { name: "twin-migration", kind: "twins", about: "Vehicles' twins move between servers." },
    ],
  };
}

export function tradeMarket(): TradeMarketView {
  return {
    kind: "trade",
    name: "model-trading",
    trades: [2, 5].map((id) => ({
      taskId: String(id),
      name: `publisher ${id}`,
      publisher: address(id),
      start: START,
      end: START + EPOCH,
      offers: [0, 1, 2].map((n) => ({
        worker: address(200 + n),
        price: String((BigInt(n + 1) * TOKEN) / 100n),
        taken: n < 2,
        chain: n < 2 ? "physical" : null,
      })),
      sales: [1, 2, 3].flatMap((round) =>
        [0, 1].map((n) => ({ worker: address(200 + n), round, at: START + 10 * round })),
      ),
      series: [
        {
          name: "price",
          unit: "wei/IoM",
          lines: [0, 1].map((n) => ({
            label: `worker ${n + 1}`,
            worker: address(200 + n),
            points: [
              [START, Number((BigInt(n + 1) * TOKEN) / 100n)],
              [START + EPOCH, Number((BigInt(n + 1) * TOKEN) / 100n)],
            ] as [number, number][],
          })),
        },
        ...(
          [
            ["sales", "sales", 1],
            ["samples", "samples sold", 40],
            ["IoM", "IoM so far", 3.25],
          ] as const
        ).map(([name, unit, worth]) => ({
          name,
          unit,
          lines: [0, 1].map((n) => ({
            label: `worker ${n + 1}`,
            worker: address(200 + n),
            points: [0, 1, 2, 3].map((round): [number, number] => [
              START + 10 * round,
              round * (n + 1) * worth,
            ]),
          })),
        })),
      ],
    })),
  };
}

export function twinMarket(): TwinMarketView {
  const steps = 60;
  const servers: TwinServer[] = [0, 1, 2, 3].map((n) => ({
    address: address(400 + n),
    name: n < 3 ? `edge ${n + 1}` : "cloud 1",
    kind: n < 3 ? "Edge" : "Cloud",
    chain: n % 2 === 0 ? "virtual" : "physical",
    joined: true,
    reputation: 0.93 - n / 50,
    hosted: 1,
    offer: { epoch: 3, theta: 12_000, wholesale: 9000, own: 1000, capacity: 50_000, taken: 12_000 },
  }));
  const migrations: TwinMigration[] = [0, 1, 2, 3, 4].map((n) => ({
    id: String(n + 1),
    vehicle: address(500 + (n % 3)),
    from: n < 3 ? null : address(400 + (n % 3)),
    to: address(400 + ((n + 1) % 3)),
    kilobytes: 1200 + n,
    escrow: "14400",
    state: n === 4 ? "accepted" : "settled",
    outcome: n === 4 ? null : n === 3 ? "Failed" : "Completed",
    latencyMs: n === 4 ? null : 840,
    requested: place("main", n, START + 8 * n),
    steps:
      n === 4
        ? [{ ...place("main", n + 20, START + 8 * n + 1), name: "accepted" }]
        : [
            { ...place("main", n + 20, START + 8 * n + 1), name: "accepted" },
            { ...place("main", n + 40, START + 8 * n + 5), name: "settled" },
          ],
    settled: n === 4 ? null : { toProvider: "14400", refund: "0", slashed: "0" },
  }));
  return {
    kind: "twins",
    name: "twin-migration",
    map: {
      widthMetres: 2000,
      heightMetres: 900,
      startAtMs: 1000 * START,
      stepMs: 1000,
      steps,
      coverageMetres: 380,
      servers: servers.map(({ address: own, name, kind }, n) => ({
        address: own,
        name: name!,
        kind: kind === "Cloud" ? "Cloud" : "Edge",
        x: 300 + 650 * n,
        y: 450 + (n % 2) * 120,
      })),
      vehicles: [0, 1, 2].map((n) => ({
        name: `vehicle ${n + 1}`,
        address: address(500 + n),
        x: Array.from({ length: steps }, (_, k) => 100 + k * 28 + n * 40),
        y: Array.from({ length: steps }, () => 300 + 130 * n),
      })),
    },
    servers,
    vehicles: [0, 1, 2].map((n) => ({
      address: address(500 + n),
      name: `vehicle ${n + 1}`,
      host: address(400 + n),
      hostSince: START,
    })),
    migrations,
    totals: {
      requested: 5,
      completed: 3,
      late: 0,
      failed: 1,
      expired: 0,
      rejected: 0,
      disputed: 0,
      paid: "43200",
    },
  };
}

export function replay(): MarketReplay {
  const { name, map, servers, migrations } = twinMarket();
  return { name, from: START, until: START + EPOCH, map, servers, migrations };
}
