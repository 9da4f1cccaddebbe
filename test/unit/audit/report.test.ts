import { expect } from "chai";

import type { AuditReport } from "../../../audit/AuditReport.ts";
import { reportLines } from "../../../audit/report.ts";

const report: AuditReport = {
  task: 2n ** 60n,
  status: "Completed",
  ok: false,
  checks: [
    {
      name: "chains",
      title: "Chains agree",
      ok: true,
      examined: 4,
      unit: "chains",
      notes: ["One is frozen."],
    },
    {
      name: "escrow",
      title: "It adds up",
      ok: false,
      examined: 2,
      unit: "movements",
      notes: [],
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
    const style = { green: (text: string) => `<${text}>`, red: String, dim: String };
    expect(reportLines({ ...report, ok: true, checks: [] }, style)).to.deep.equal([
      `<Task ${2n ** 60n} (Completed): everything holds.>`,
    ]);
  });
});
