import type { BaseWallet } from "ethers";
import { tryAgain } from "../../protocol/tryAgain.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { Choices } from "../../workers/Choices.ts";
import { ClaimProofs } from "../../workers/ClaimProofs.ts";
import { DeviceData } from "../../workers/DeviceData.ts";
import { PlayedStream } from "../../workers/PlayedStream.ts";
import { SharedFiles } from "../../workers/SharedFiles.ts";
import type { TrainingData } from "../../workers/TaskContext.ts";
import { TrainingSpeed } from "../../workers/TrainingSpeed.ts";
import { Turns } from "../../workers/Turns.ts";
import { TwinData } from "../../workers/TwinData.ts";
import { TwinSync } from "../../workers/TwinSync.ts";
import { Worker } from "../../workers/Worker.ts";
import type { Surroundings } from "../SimulatedProcess.ts";
import { follow } from "./follow.ts";
import { InlinePool } from "./InlinePool.ts";
import { lifeStore } from "./lifeStore.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";
import { REFRESH_COST, samplesOf } from "./taskData.ts";

/** What a worker's process is made with. */
export interface WorkerPartyOptions {
  name: string;
  /** Which subchain: 0 the virtual, 1 the physical one. */
  subchain: 0 | 1;
  device: number;
}

/** What it works with. */
export interface WorkerPartyModules {
  network: TaskNetwork;
  storage: ContentStore;
  fetch: typeof fetch;
  listener: (event: unknown) => void;
}

/**
 * One life of a real worker: takes part in the first task that arrives on its subchain. A twin's process is that of its
 * device too, which synchronizes.
 */
export async function runWorker(
  { name, subchain: place, device }: WorkerPartyOptions,
  { network, storage: shared, fetch, listener }: WorkerPartyModules,
  { life, clock, rpcs }: Surroundings,
): Promise<void> {
  const { accounts, file } = network;
  const { main, subchains, account } = network.connect(rpcs, clock);
  const subchain = subchains[place];
  const { signal } = new AbortController();
  const storage = lifeStore(life, shared);
  const files = new SharedFiles({ storage });
  const pool = new InlinePool();
  const turns = new Turns(1, { clock });
  const onError = (error: unknown) => listener({ type: "trouble", doing: "reading events", error });
  const [mainFollower, follower] = await Promise.all([follow(main, onError), follow(subchain, onError)]);
  const isTwin = place === 0;
  const deviceKey = accounts.devices[device]!;
  const key: BaseWallet = isTwin ? accounts.twins[device]! : deviceKey;
  const stream = new PlayedStream(async () => samplesOf(device));
  const data: TrainingData = isTwin
    ? new TwinData({ twin: key.address }, { follower, storage, clock })
    : new DeviceData(
        { name, stream, signer: key, account: account(subchain.client, key), subchain },
        { turns, listener, clock },
      );
  const worker = new Worker(
    {
      name,
      cost: REFRESH_COST,
      choices: new Choices(),
      demands: { tokens: [file.main.contracts.token], trainingSeconds: 60 },
      signer: key,
      account: account(subchain.client, key),
      mainAccount: account(main.client, key),
    },
    {
      main,
      mainFollower,
      subchain,
      follower,
      storage,
      aggregators: new Map(file.aggregators.map(({ address, url }) => [address, url])),
      fetch,
      files,
      proofs: new ClaimProofs({ main, mainFollower, follower, storage }),
      pool,
      speed: new TrainingSpeed({ pool, clock }),
      turns,
      shows: new Turns(1, { clock }, turns),
      data,
      listener,
      clock,
    },
  );
  const { args } = await follower.first({ name: "TaskArrived" });
  const again = (work: () => Promise<unknown>) =>
    tryAgain(work, { signal }, { clock, onFailure: (error) => listener({ type: "trouble", error }) });
  const parts = [again(() => worker.run(args.task, args.specDigest, signal))];
  if (isTwin) {
    const sync = new TwinSync(
      {
        name: `${name}'s device`,
        twin: key.address,
        stream,
        policy: { kind: "fraction", fraction: 1 },
        account: account(subchain.client, deviceKey),
      },
      { main, mainFollower, subchain, follower, storage, files, turns, listener, clock },
    );
    parts.push(again(() => sync.run(args.task, args.specDigest, signal)));
  }
  await Promise.all(parts);
}
