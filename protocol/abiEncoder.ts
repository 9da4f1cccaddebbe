import type { AbiParameter } from "abitype";
import { AbiCoder, ParamType } from "ethers";

import { componentsOf, elementOf, enumNamesOf, lengthOf } from "./abiParameter.ts";

/** Writes arguments, in their order, as `abi.encode` does. */
export type EncodeArguments = (values: readonly unknown[]) => string;

/** Makes an encoder of arguments: values as `AbiValue` says. */
export function abiEncoder(parameters: readonly AbiParameter[]): EncodeArguments {
  const types = parameters.map((parameter) => ParamType.from(parameter));
  const encodings = parameters.map(encodingOf);
  return (values) =>
    AbiCoder.defaultAbiCoder().encode(
      types,
      encodings.map((encode, i) => encode(values[i])),
    );
}

/** Turns a value into what ethers encodes. */
function encodingOf(parameter: AbiParameter): (value: unknown) => unknown {
  if (lengthOf(parameter) !== undefined) {
    const encode = encodingOf(elementOf(parameter));
    return (values) => (values as readonly unknown[]).map(encode);
  }
  if (parameter.type === "tuple") {
    const members = componentsOf(parameter).map(
      (component) => [component.name ?? "", encodingOf(component)] as const,
    );
    return (tuple) => members.map(([name, encode]) => encode((tuple as Record<string, unknown>)[name]));
  }
  const names = enumNamesOf(parameter);
  return names === undefined ? (value) => value : (value) => names.indexOf(value as string);
}
