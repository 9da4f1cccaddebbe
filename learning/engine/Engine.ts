/** TensorFlow.js, started by `startEngine`. */
export type Engine = typeof import("@tensorflow/tfjs-core");
