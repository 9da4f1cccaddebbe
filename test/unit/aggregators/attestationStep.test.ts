import { expect } from "chai";
import { ZeroHash } from "ethers";

import { type AttestationState, attestationStep } from "../../../aggregators/attestationStep.ts";

const MINE = `0x${"11".repeat(32)}`;
const OTHER = `0x${"22".repeat(32)}`;

describe("attestationStep", () => {
  const step = ({ attempt, ...state }: Partial<Omit<AttestationState, "attempt">> & { attempt: object }) =>
    attestationStep({
      attempt: { number: 0, committed: 0, attested: 0, opensAt: 0, ...attempt },
      committed: ZeroHash,
      mine: MINE,
      now: 100,
      reportSeconds: 10,
      ...state,
    });

  const cases: [what: string, state: Parameters<typeof step>[0], next: ReturnType<typeof step>][] = [
    ["commits at first", { attempt: {} }, { kind: "commit", attempt: 0 }],
    ["waits for others", { attempt: { committed: 1 }, committed: MINE }, { kind: "wait", until: undefined }],
    [
      "waits until commitments are opened",
      { attempt: { committed: 2, opensAt: 105 }, committed: MINE },
      { kind: "wait", until: 105 },
    ],
    ["commits late", { attempt: { committed: 2, opensAt: 105 } }, { kind: "commit", attempt: 0 }],
    [
      "commits anew when it derived something else",
      { attempt: { committed: 2, opensAt: 105 }, committed: OTHER },
      { kind: "commit", attempt: 0 },
    ],
    ["attests", { attempt: { committed: 2, opensAt: 100 }, committed: MINE }, { kind: "attest" }],
    [
      "attests also late",
      { attempt: { number: 3, committed: 2, opensAt: 60 }, committed: MINE },
      { kind: "attest" },
    ],
    [
      "waits for those who have not attested",
      { attempt: { committed: 2, attested: 1, opensAt: 95 } },
      { kind: "wait", until: 105 },
    ],
    [
      "waits when it came too late for an attempt",
      { attempt: { committed: 2, opensAt: 95 }, committed: OTHER },
      { kind: "wait", until: 105 },
    ],
    [
      "tries again at once when all have attested",
      { attempt: { committed: 2, attested: 2, opensAt: 95 } },
      { kind: "commit", attempt: 1 },
    ],
    [
      "tries a third time no sooner than after twice the time",
      { attempt: { number: 1, committed: 2, attested: 2, opensAt: 85 } },
      { kind: "wait", until: 105 },
    ],
    [
      "tries again when the time is over",
      { attempt: { number: 3, committed: 2, attested: 1, opensAt: 20 } },
      { kind: "commit", attempt: 4 },
    ],
  ];
  for (const [what, state, next] of cases) {
    it(what, () => expect(step(state)).to.deep.equal(next));
  }
});
