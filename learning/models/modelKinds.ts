import { autoencoder } from "./kinds/autoencoder.ts";
import { cnn } from "./kinds/cnn.ts";
import { cnn1d } from "./kinds/cnn1d.ts";
import { detector } from "./kinds/detector.ts";
import { gru } from "./kinds/gru.ts";
import { mlp } from "./kinds/mlp.ts";
import { resnet18 } from "./kinds/resnet18.ts";
import { trafficSign } from "./kinds/trafficSign.ts";

/** Every kind of model there is; a new one is a file in `kinds/` and a line here. */
export const MODEL_KINDS = [mlp, cnn, resnet18, cnn1d, gru, autoencoder, trafficSign, detector] as const;
