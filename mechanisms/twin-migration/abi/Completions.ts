// Written by `npm run abi` from contracts/mechanisms/twin-migration/Completions.sol.
/** Its ABI, and what its documentation says of errors. */
export const Completions = {
  name: "Completions",
  abi: [
    {"inputs":[{"internalType":"uint256","name":"migration","type":"uint256"},{"internalType":"uint64","name":"startMs","type":"uint64"},{"internalType":"uint64","name":"endMs","type":"uint64"}],"name":"ImpossibleTimes","type":"error"},
    {"inputs":[{"internalType":"uint256","name":"migration","type":"uint256"},{"internalType":"address","name":"signer","type":"address"}],"name":"MissingSignature","type":"error"},
    {"inputs":[{"components":[{"internalType":"uint256","name":"migration","type":"uint256"},{"internalType":"address","name":"vehicle","type":"address"},{"internalType":"address","name":"source","type":"address"},{"internalType":"address","name":"destination","type":"address"},{"internalType":"bytes32","name":"stateHash","type":"bytes32"},{"internalType":"uint64","name":"startMs","type":"uint64"},{"internalType":"uint64","name":"endMs","type":"uint64"}],"internalType":"struct Completion","name":"completion","type":"tuple"},{"internalType":"uint256","name":"acceptedAt","type":"uint256"},{"components":[{"internalType":"uint64","name":"endMs","type":"uint64"},{"internalType":"bytes32","name":"r","type":"bytes32"},{"internalType":"bytes32","name":"yParityAndS","type":"bytes32"}],"internalType":"struct Stamp[3]","name":"stamps","type":"tuple[3]"}],"name":"endsOf","outputs":[{"internalType":"uint64[3]","name":"ends","type":"uint64[3]"}],"stateMutability":"view","type":"function"},
  ],
  errors: {
    ImpossibleTimes: "Thrown when signed times cannot be: it began before it was accepted, ended before it began, or is to end.",
    MissingSignature: "Thrown when a completion lacks the vehicle's signature, or has none of a server's, or one is not its signer's.",
  },
} as const;
