import { availableParallelism } from "node:os";

import { Command, Option } from "commander";

import { readJson } from "../../files/readJson.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { BASELINES, baselineNamed } from "../../mechanisms/baselines.ts";
import type { ChooseBy } from "../../mechanisms/MechanismResettlement.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ScoreRecord } from "../../protocol/scores.ts";
import type { PayTerms, TaskComparison } from "../../tasks/compare/Comparison.ts";
import { comparisonRows } from "../../tasks/compare/comparisonRows.ts";
import { parsePolicy } from "../../tasks/compare/parsePolicy.ts";
import { scoredAnew } from "../../tasks/compare/scoredAnew.ts";
import { taskComparison } from "../../tasks/compare/taskComparison.ts";
import { tellComparison } from "../../tasks/compare/tellComparison.ts";
import { scoringTools } from "../../tasks/scoringTools.ts";
import { storedTaskSpec } from "../../tasks/storedTaskSpec.ts";
import type { TaskView } from "../../tasks/view/TaskView.ts";
import { knownTask } from "../knownTask.ts";
import { DEFAULT_NETWORK_FILE, type OpenNetwork } from "../openNetwork.ts";
import { HELD_OUT_OPTION, ownData } from "../ownData.ts";
import { ownNode, READING_NODE_OPTION } from "../ownNode.ts";
import { payEvidence } from "../payEvidence.ts";
import { type FormOptions, formsTerminal, tellForms } from "../resultForms.ts";
import { DATA_OPTION, tokenAmount } from "../settings.ts";
import type { Terminal } from "../Terminal.ts";
import { usingNetwork } from "../usingNetwork.ts";

interface CompareOptions extends FormOptions {
  network: string;
  node?: string;
  mechanism: readonly string[];
  policy: readonly string[];
  choose: ChooseBy;
  refreshCost?: string;
  budget?: string;
  score?: boolean;
  data?: string;
  heldOut?: string;
  full?: boolean;
}

const each = (one: string, before: readonly string[]): readonly string[] => [...before, one];

/** `freshet task compare`. */
export const compareCommand = new Command("compare")
  .description("pay a task's history by other terms, and tell who would have earned what")
  .argument("<id>", "task")
  .option(
    "--policy <file>",
    "terms to pay by: the reward of a task file, or a whole one; may be given several times (default: the task's own)",
    each,
    [],
  )
  .option(
    "--mechanism <name>",
    `a baseline (${BASELINES.map(({ name }) => name).join(", ")}), or the mechanism that the policies are of; may be given several times`,
    each,
    [],
  )
  .addOption(
    new Option(
      "--choose <how>",
      "what workers choose under other terms: what they did, or what pays them best",
    )
      .choices(["recorded", "best"] satisfies ChooseBy[])
      .default("recorded"),
  )
  .option("--refresh-cost <tokens>", "with --choose best: what a refresh costs each worker")
  .option("--budget <tokens>", "what baselines divide (default: as much as the task paid)")
  .option(
    "--score",
    "score workers anew from storage, on the task's held-out data: where terms pay by scores that nobody attested; of a task whose own mechanism scores, beside what was attested",
  )
  .option("--data <dir>", DATA_OPTION)
  .option(...HELD_OUT_OPTION)
  .option("--network <file>", "network file", DEFAULT_NETWORK_FILE)
  .option(...READING_NODE_OPTION)
  .option("--full", "all digits of addresses")
  .option("--json", "print JSON")
  .option("--csv", "print CSV, a row for each worker and each of the terms")
  .option("--out <file>", "write it to a file: JSON, or CSV with --csv")
  .action(async (id: string, options: CompareOptions) => {
    const terminal = formsTerminal(options);
    // What is wrong is said before any chain is asked.
    const { refreshCost, budget } = amountsIn(options);
    const files = await Promise.all(
      options.policy.map(async (path) => ({ path, value: await readJson(path, "POLICY_INVALID") })),
    );
    const mechanisms = mechanismsIn(options);
    const policies = files.map(({ path, value }) => policyOf(path, value, mechanisms));
    const baselines = options.mechanism
      .filter((name) => baselineNamed(name) !== undefined)
      .map((baseline): PayTerms => ({ kind: "baseline", baseline, budget }));
    await usingNetwork(options.network, await ownNode(options, []), async (network) => {
      const view = await network.history.task(await knownTask(network, id));
      const own = knownMechanism(view.terms.mechanism)?.name;
      const ownTerms = mechanisms
        .filter((name) => policies.every(({ mechanism }) => mechanism !== name))
        .map((name): PayTerms => {
          if (name === own) return { kind: "recorded" };
          throw new BaseError("NO_POLICY", `There are no terms of ${name} to pay by.`, {
            details: `Task ${view.task} ran under ${own ?? "a mechanism that is not known here"}.`,
            next: `Give the reward of a task file: --policy FILE.`,
          });
        });
      const asked = [...policies, ...ownTerms, ...baselines];
      const comparison = taskComparison(view, {
        network: network.file,
        ...(await payEvidence(terminal, network, view)),
        ...(options.score === true && (await scoresFor(asked, view, { network, options }))),
        policies: asked.length === 0 ? [{ kind: "recorded" }] : asked,
        choose: options.choose,
        refreshCost,
      });
      await tell(terminal, comparison, options);
    });
  });

/**
 * What aggregators would have attested: `again` of the task's own mechanism where that scores, else `anew` of those that
 * are asked for.
 */
async function scoresFor(
  asked: readonly PayTerms[],
  view: TaskView,
  { network: { storage }, options }: { network: OpenNetwork; options: CompareOptions },
): Promise<{ again?: readonly ScoreRecord[]; anew?: Record<string, readonly ScoreRecord[]> }> {
  const own = knownMechanism(view.terms.mechanism);
  const isMeant = (name: string) =>
    asked.some((terms) =>
      terms.kind === "policy"
        ? terms.mechanism === name
        : terms.kind === "baseline" && baselineNamed(terms.baseline)?.isByScores === true,
    );
  const pool = new ComputePool({ threads: availableParallelism() });
  try {
    const [spec, { heldOutData }] = await Promise.all([
      storedTaskSpec(storage, view.terms.specDigest),
      ownData(options),
    ]);
    const tools = scoringTools(
      { spec, terms: view.terms },
      { models: storage, updates: storage, pool, heldOutData },
    );
    if (own?.scores !== undefined) {
      const { scores, scoresBatches: batches = false } = own;
      const { mechanismTerms = "0x" } = view;
      return { again: await scoredAnew(view, { scores, mechanismTerms, batches }, tools) };
    }
    const anew: Record<string, readonly ScoreRecord[]> = {};
    for (const { name, scores } of MECHANISMS) {
      if (scores === undefined || !isMeant(name)) continue;
      anew[name] = await scoredAnew(view, { scores, mechanismTerms: "0x" }, tools);
    }
    return { anew };
  } finally {
    await pool.close();
  }
}

/** The amounts that were given, wei. */
function amountsIn({ choose, refreshCost, budget, mechanism }: CompareOptions): {
  refreshCost: bigint | undefined;
  budget: bigint | undefined;
} {
  const invalid = (message: string, next: string) => new BaseError("OPTION_INVALID", message, { next });
  if (refreshCost !== undefined && choose !== "best") {
    throw invalid(
      "What a refresh costs matters to choices alone.",
      "Give --choose best with --refresh-cost.",
    );
  }
  if (budget !== undefined && !mechanism.some((name) => baselineNamed(name) !== undefined)) {
    const names = BASELINES.map(({ name }) => name).join(", ");
    throw invalid("Only baselines divide a budget.", `Name one with --mechanism: ${names}.`);
  }
  return {
    refreshCost: refreshCost === undefined ? undefined : tokenAmount(refreshCost, "--refresh-cost"),
    budget: budget === undefined ? undefined : tokenAmount(budget, "--budget"),
  };
}

/** The mechanisms that were named, without baselines. */
function mechanismsIn({ mechanism }: CompareOptions): readonly string[] {
  const known = [...MECHANISMS, ...BASELINES].map(({ name }) => name);
  const unknown = mechanism.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new BaseError("UNKNOWN_MECHANISM", `There is no mechanism ${unknown}.`, {
      details: `Known are ${known.join(", ")}.`,
    });
  }
  return [...new Set(mechanism)].filter((name) => baselineNamed(name) === undefined);
}

/** A policy file, as of one of the mechanisms that were named; as of any where none was. */
function policyOf(path: string, value: unknown, mechanisms: readonly string[]) {
  if (mechanisms.length === 1) return parsePolicy(value, { source: path, mechanism: mechanisms[0] });
  const policy = parsePolicy(value, { source: path });
  if (mechanisms.length === 0 || mechanisms.includes(policy.mechanism)) return policy;
  return parsePolicy(value, { source: path, mechanism: mechanisms[0] });
}

async function tell(terminal: Terminal, comparison: TaskComparison, options: CompareOptions): Promise<void> {
  await tellForms(
    terminal,
    {
      what: "the comparison",
      report: tellComparison(comparison, { full: options.full === true }),
      result: comparison,
      rows: () => comparisonRows(comparison),
    },
    options,
  );
}
