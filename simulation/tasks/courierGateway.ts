import { ContractAbi } from "../../protocol/ContractAbi.ts";

/** The gateway of the tasks' simulation (contracts/CourierGateway.sol). */
export const courierGateway = new ContractAbi({
  name: "CourierGateway",
  abi: [
    {
      type: "function",
      name: "deliver",
      stateMutability: "nonpayable",
      inputs: [
        { name: "id", type: "bytes32" },
        { name: "chainId", type: "uint64" },
        { name: "sender", type: "bytes" },
        { name: "recipient", type: "address" },
        { name: "payload", type: "bytes" },
      ],
      outputs: [],
    },
    {
      type: "function",
      name: "setPaused",
      stateMutability: "nonpayable",
      inputs: [
        { name: "chainId", type: "uint64" },
        { name: "paused", type: "bool" },
      ],
      outputs: [],
    },
    {
      type: "event",
      name: "Dispatched",
      inputs: [
        { name: "id", type: "bytes32", indexed: true },
        { name: "sender", type: "address", indexed: false },
        { name: "recipient", type: "bytes", indexed: false },
        { name: "payload", type: "bytes", indexed: false },
      ],
    },
    { type: "event", name: "Delivered", inputs: [{ name: "id", type: "bytes32", indexed: true }] },
  ],
  errors: {},
} as const);
