import { counted } from "../../reports/counted.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import type { Table } from "../../reports/Table.ts";
import { measuredText, pText, type SweepResult } from "./sweepResult.ts";
import { LEVEL } from "./sweepTests.ts";

/** The comparisons as a table. */
export function testTable({ tests, expanded: { columns } }: SweepResult): Table {
  const header = (name: string) => ({ header: name });
  return {
    columns: [
      ...["metric", "better?", "against", "elsewhere", "difference"].map(header),
      ...["p, Student", "p, signs", "p, adjusted"].map((name) => ({ header: name, align: "right" as const })),
      header("holds"),
    ],
    rows: tests.map((test) => [
      test.metric.name,
      `${test.column} ${test.value}`,
      test.against,
      columns.length === 1
        ? "–"
        : Object.entries(test.where)
            .map(([name, key]) => `${name} ${key}`)
            .join(", "),
      measuredText(test).replace(/, p [^,]*$/, ""),
      ...[pText(test.studentP), pText(test.flipP), pText(test.adjustedP), test.holds],
    ]),
  };
}

/** A sweep as a page: table, charts, tests, what failed, and how it is made again. */
export function sweepReport(result: SweepResult, command: string): string {
  const { learning, tests, missing, found, expanded } = result;
  const { seeds, charts } = learning;
  const many = seeds.length > 1;
  const paragraphs = [
    `# ${plain(learning.title)}`,
    `Made by \`${command}\`: ${counted(found.length, "run")} of ${expanded.runs.length}. ${many ? `Seeds ${seeds.join(", ")}; mean ± standard deviation over them.` : `Seed ${seeds[0]}.`}`,
    ...(missing > 0
      ? [
          `**Not whole:** ${counted(missing, "run")} ${missing === 1 ? "was" : "were"} not made. The same command makes what is missing.`,
        ]
      : []),
    ...failureLines(result),
    ...(many
      ? []
      : [
          "**One seed:** nothing is claimed and nothing tested. What another seed would give may differ more than these settings do; run at least five.",
        ]),
    "## Results",
    markdownTable(plainTable(result.table)),
    ...(result.groups === undefined
      ? []
      : [
          "### Clients that are alike",
          "Means over the clients of a group, 0 of those who stayed away.",
          markdownTable(plainTable(result.groups)),
        ]),
    ...charts.map(({ id, title }) => `![${plain(title)}](${id}.svg)`),
    ...(tests.length === 0
      ? []
      : [
          "## Comparisons",
          `Each value of a column against its first one, seed by seed, all else the same. *p, Student*: paired t-test, two-sided, which supposes normal differences. *p, signs*: exact sign-flip test, which supposes only symmetry; with ${seeds.length} seeds it is never below ${pText(2 ** (1 - seeds.length))}. *p, adjusted*: Student's (that of signs where all differences are equal), by Holm's method for ${tests.length === 1 ? "one test" : `all ${tests.length} tests`} of this page. *holds* is yes or no only at ${LEVEL}.`,
          markdownTable(plainTable(testTable(result))),
        ]),
    "## Setting",
    ...learning.setting.map((sentence) =>
      sentence.startsWith("Base: ")
        ? `Base:\n\n\`\`\`json\n${JSON.stringify(result.sweep.base, null, 2)}\n\`\`\``
        : plain(sentence),
    ),
  ];
  return `${paragraphs.join("\n\n")}\n`;
}

function failureLines({ failures, learning, expanded }: SweepResult): string[] {
  if (failures.length === 0) return [];
  const lines = failures.map(({ run, failure }) => {
    const keys = expanded.settings[run.place]!.keys;
    const what = learning.keys.map((name, i) => `${name} ${keys[i]}`);
    return `- ${plain([...what, `seed ${run.seed}`].join(", "))}: ${plain(failure.message)} (\`${failure.code}\`)`;
  });
  return [
    `**${counted(failures.length, "run")} failed**, and ${failures.length === 1 ? "is" : "are"} in no figure below. The same command tries again.`,
    lines.join("\n"),
  ];
}

/** A text that Markdown shows as it is. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]]/g, (character) => `\\${character}`).replaceAll(/\s+/g, " ");
}

function plainTable({ columns, rows }: Table): Table {
  return {
    columns: columns.map((column) => ({ ...column, header: plain(column.header) })),
    rows: rows.map((cells) => cells.map(plain)),
  };
}
