import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { MessagesView } from "../../dashboard/api/MessageRow.ts";
import type { NetworkView } from "../../dashboard/api/NetworkView.ts";
import type { TaskLive } from "../../dashboard/api/TaskLive.ts";
import type { TaskRow } from "../../dashboard/api/TaskRow.ts";
import type { Paged } from "../../dashboard/api/values.ts";
import { PageService } from "../../dashboard/server/PageService.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { TestNetwork } from "./TestNetwork.ts";

const PATIENCE = 20_000;

/** On real chains, what scripted ones cannot show: contracts' own events, terms, routes, messages, names of tasks. */
describe("the page, on a network", () => {
  let network: TestNetwork;
  let service: PageService;
  let url: string;
  let built: string;

  before(async () => {
    network = await TestNetwork.start({ basePort: 9850, subchains: ["physical"], aggregators: 2 });
    built = await mkdtemp(join(tmpdir(), "freshet-page-"));
    await writeFile(join(built, "index.html"), "<!doctype html><title>Freshet</title>");
    const started = await PageService.start(
      network.file,
      { version: "0.1.0", place: { host: "127.0.0.1", port: 0 }, built },
      { clock: systemClock, storage: network.storage },
    );
    service = started.page;
    url = started.url;
  });
  after(async () => {
    await service?.stop();
    await network?.stop();
    if (built !== undefined) await rm(built, { recursive: true });
  });

  async function until<T>(path: string, holds: (answer: T) => boolean): Promise<T> {
    for (const end = Date.now() + PATIENCE; ; ) {
      const response = await fetch(`${url}/api${path}`);
      const answer = (await response.json()) as T;
      if (response.ok && holds(answer)) return answer;
      if (Date.now() > end) throw new Error(`It is still: ${JSON.stringify(answer).slice(0, 2000)}`);
      await systemClock.sleep(100);
    }
  }

  it("shows chains, routes with who vouches, and contracts", async () => {
    const { chains, routes, mechanisms } = await until<NetworkView>("/network", (view) =>
      view.chains.every(({ connection }) => connection === "following"),
    );
    expect(chains.map(({ role }) => role)).to.deep.equal(["main", "relay", "physical"]);
    expect(routes.map(({ origin, destination, state }) => `${origin} ${destination} ${state}`)).to.deep.equal(
      ["relay main open", "main relay open", "physical relay open", "relay physical open"],
    );
    const validators = network.file.validators.map(({ address }) => address);
    for (const { validators: set, since } of routes) {
      expect([...set!.addresses].sort()).to.deep.equal([...validators].sort());
      expect(set!.threshold).to.be.above(validators.length / 2);
      expect(since!.block).to.be.above(0);
    }
    expect(mechanisms).to.include("aoi-contract");
  });

  it("shows a task that is published, by its name, and its message that nobody carries", async () => {
    const spec = parseTaskSpec({ ...smallSpec(), subchains: ["physical"] });
    const publisher = await network.account("main", "publisher");
    const { task, budget } = await publishTask(spec, {
      network: network.file,
      main: network.main,
      publisher,
      storage: network.storage,
    });
    const { rows } = await until<Paged<TaskRow>>("/tasks", (page) => page.rows[0]?.name === spec.name);
    expect(rows[0]).to.include({
      taskId: String(task),
      publisher: publisher.address,
      mechanism: spec.reward.policy,
    });
    expect(rows[0]!.escrow.funded).to.equal(String(budget));
    const live = await until<TaskLive>(`/tasks/${task}`, () => true);
    expect(live.offer.table!.rows).not.to.have.length(0);
    const { rows: messages } = await until<MessagesView>("/messages?chain=main", ({ total }) => total > 0);
    expect(messages[0]).to.include({
      kind: "TaskOpened",
      origin: "main",
      destination: "relay",
      taskId: String(task),
    });
    expect(["open", "stuck"]).to.include(messages[0]!.state);
  });
});
