import { expect } from "chai";
import { VectorEnvironment } from "../../../../learning/reinforcement/environments/VectorEnvironment.ts";
import { thrown } from "../../thrown.ts";
import { ContextGame } from "./ContextGame.ts";
import { DelayedGame } from "./DelayedGame.ts";

describe("VectorEnvironment", () => {
  for (const terminates of [true, false]) {
    it(`begins an episode anew after it was ${terminates ? "over" : "cut off"}, and keeps what was seen last`, () => {
      const games = [3, 2].map((length) => new DelayedGame({ length, terminates }));
      const vector = new VectorEnvironment(games, 1);
      const only = vector.agents[0]!;
      const seen = [1, 2, 3].map((time) => {
        only.actions.fill(time / 10);
        vector.step();
        const ended = terminates ? vector.terminated : vector.truncated;
        expect(terminates ? vector.truncated : vector.terminated).to.deep.equal(Uint8Array.of(0, 0));
        return [[...only.nextObservations], [...only.observations], [...vector.states], [...ended]];
      });
      expect(seen).to.deep.equal([
        [
          [0.1, 0.1],
          [0.1, 0.1],
          [0.1, 0.1],
          [0, 0],
        ],
        [
          [0.2, 0.2],
          [0.2, 0.5],
          [0.2, 0.5],
          [0, 1],
        ],
        [
          [0.3, 0.3],
          [0.5, 0.3],
          [0.5, 0.3],
          [1, 0],
        ],
      ]);
    });
  }

  it("seeds every place and episode by itself", () => {
    const vector = new VectorEnvironment([new ContextGame(), new ContextGame()], 1);
    const begun = [[...vector.states]];
    for (let step = 0; step < 10; step++) vector.step();
    begun.push([...vector.states]);
    expect(new Set(begun.flat()).size).to.equal(8);
    const again = new VectorEnvironment([new ContextGame(), new ContextGame()], 1);
    expect([...again.states]).to.deep.equal(begun[0]);
  });

  it("refuses an episode that ends for some agents only", () => {
    class Uneven extends ContextGame {
      override step(actions: Parameters<ContextGame["step"]>[0]): ReturnType<ContextGame["step"]> {
        return { ...super.step(actions), terminations: { first: true, second: false } };
      }
    }
    const vector = new VectorEnvironment([new Uneven()], 1);
    expect(thrown(() => vector.step()).code).to.equal("ENVIRONMENT_AGENTS");
  });
});
