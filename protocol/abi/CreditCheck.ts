// Written by `npm run abi` from contracts/main/CreditCheck.sol.
/** Its ABI, and what its documentation says of errors. */
export const CreditCheck = {
  name: "CreditCheck",
  abi: [
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"}],"name":"AlreadyRefunded","type":"error"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"},{"internalType":"uint64","name":"chainId","type":"uint64"},{"internalType":"uint32","name":"index","type":"uint32"}],"name":"InvalidReveal","type":"error"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"},{"internalType":"enum TaskStatus","name":"status","type":"uint8"}],"name":"WrongStatus","type":"error"},
    {"inputs":[{"components":[{"internalType":"uint64","name":"chainId","type":"uint64"},{"internalType":"TaskId","name":"task","type":"uint256"},{"internalType":"uint16","name":"round","type":"uint16"},{"internalType":"uint32","name":"index","type":"uint32"},{"internalType":"address","name":"worker","type":"address"},{"internalType":"bytes32","name":"update","type":"bytes32"},{"internalType":"uint32","name":"samples","type":"uint32"},{"internalType":"bytes32","name":"engine","type":"bytes32"}],"internalType":"struct RevealedUpdate","name":"revealed","type":"tuple"},{"internalType":"uint32","name":"position","type":"uint32"},{"internalType":"bytes32[]","name":"branch","type":"bytes32[]"},{"internalType":"bytes","name":"receipts","type":"bytes"}],"name":"credit","outputs":[],"stateMutability":"view","type":"function"},
  ],
  errors: {
    AlreadyRefunded: "Thrown when a claim comes after the time for claims's refund.",
    InvalidReveal: "Thrown when an update is not one that its subchain reported of the round in which the task expired, or too few of the task's aggregators gave a receipt for it.",
    WrongStatus: "Thrown when a task is not in the status that the call needs.",
  },
} as const;
