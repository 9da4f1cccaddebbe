import { expect } from "chai";

import { type AuditReport, outcomeOf } from "../../../audit/AuditReport.ts";
import { EXIT_CODES, reportLines } from "../../../audit/report.ts";

const report: AuditReport = {
  task: 2n ** 60n,
  status: "Completed",
  outcome: "fails",
  ok: false,
  checks: [
    {
      name: "chains",
      title: "Chains agree",
      outcome: "holds",
      ok: true,
      examined: 4,
      unit: "chains",
      notes: ["One is frozen."],
      unexamined: { count: 0, first: [] },
    },
    {
      name: "escrow",
      title: "It adds up",
      outcome: "fails",
      ok: false,
      examined: 2,
      unit: "movements",
      notes: [],
      unexamined: { count: 0, first: [] },
      failure: "3 ≠ 4.",
    },
  ],
  failure: { check: "escrow", message: "3 ≠ 4." },
};

describe("audit: report", () => {
  it("is plain lines: mark, check, count, failure and notes, then the verdict", () => {
    expect(reportLines(report)).to.deep.equal([
      "✓ chains: Chains agree (4 chains)",
      "  One is frozen.",
      "✗ escrow: It adds up (2 movements)",
      "  3 ≠ 4.",
      `Task ${2n ** 60n} (Completed): 1 of 2 checks failed.`,
    ]);
  });

  it("says when everything holds, and is coloured by the caller", () => {
    const style = { green: (text: string) => `<${text}>`, red: String, yellow: String, dim: String };
    expect(reportLines({ ...report, outcome: "holds", checks: [] }, style)).to.deep.equal([
      `<Task ${2n ** 60n} (Completed): everything holds.>`,
    ]);
  });

  it("marks what there was nothing to examine for, which speaks for nobody", () => {
    const [chains, escrow] = report.checks;
    const idle = { ...escrow!, outcome: "holds" as const, examined: 0 };
    delete (idle as { failure?: string }).failure;
    const lines = reportLines({ ...report, outcome: "holds", checks: [chains!, idle] });
    expect(lines.slice(2)).to.deep.equal([
      "– escrow: It adds up (0 movements)",
      `Task ${2n ** 60n} (Completed): everything holds; for 1 of 2 checks there was nothing to examine.`,
    ]);
  });

  it("says what cannot be examined and what to do, however much there is of it", () => {
    const [chains] = report.checks;
    const missing = Array.from({ length: 10 }, (_, i) => ({ what: `File ${i}.`, next: "Find it." }));
    const lines = reportLines({
      ...report,
      outcome: "unexamined",
      checks: [{ ...chains!, outcome: "unexamined", unexamined: { count: 13, first: missing } }],
    });
    expect(lines.slice(0, 3)).to.deep.equal([
      "? chains: Chains agree (4 chains)",
      "  Not examined: File 0.",
      "    Find it.",
    ]);
    expect(lines.slice(-3)).to.deep.equal([
      "  Not examined: 3 more.",
      "  One is frozen.",
      `Task ${2n ** 60n} (Completed): nothing fails, but 1 of 1 checks cannot examine everything.`,
    ]);
  });

  it("ends commands by what came of it", () => {
    expect(EXIT_CODES).to.deep.equal({ holds: 0, fails: 1, unexamined: 3 });
    expect(outcomeOf([{ outcome: "unexamined" }, { outcome: "fails" }])).to.equal("fails");
    expect(outcomeOf([{ outcome: "unexamined" }, { outcome: "holds" }])).to.equal("unexamined");
    expect(outcomeOf([{ outcome: "holds" }])).to.equal("holds");
  });
});
