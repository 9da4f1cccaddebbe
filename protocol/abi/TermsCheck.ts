// Written by `npm run abi` from contracts/main/TermsCheck.sol.
/** Its ABI, and what its documentation says of errors. */
export const TermsCheck = {
  name: "TermsCheck",
  abi: [
    {"inputs":[{"internalType":"uint32","name":"minReportSeconds","type":"uint32"},{"internalType":"uint32","name":"minClaimSeconds","type":"uint32"}],"stateMutability":"nonpayable","type":"constructor"},
    {"inputs":[{"internalType":"string","name":"field","type":"string"}],"name":"InvalidTerms","type":"error"},
    {"inputs":[],"name":"MIN_CLAIM_SECONDS","outputs":[{"internalType":"uint32","name":"","type":"uint32"}],"stateMutability":"view","type":"function"},
    {"inputs":[],"name":"MIN_REPORT_SECONDS","outputs":[{"internalType":"uint32","name":"","type":"uint32"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"components":[{"internalType":"bytes32","name":"specDigest","type":"bytes32"},{"internalType":"bytes32","name":"initialModel","type":"bytes32"},{"internalType":"bytes4","name":"mechanism","type":"bytes4"},{"internalType":"uint16","name":"rounds","type":"uint16"},{"internalType":"uint32","name":"targetScorePpb","type":"uint32"},{"internalType":"uint32","name":"quorumPpb","type":"uint32"},{"internalType":"uint16","name":"minUpdates","type":"uint16"},{"internalType":"uint16","name":"attestations","type":"uint16"},{"internalType":"uint32","name":"maxWorkers","type":"uint32"},{"internalType":"uint32","name":"maxSamples","type":"uint32"},{"internalType":"uint16","name":"workersPerRound","type":"uint16"},{"internalType":"enum Sampling","name":"sampling","type":"uint8"},{"components":[{"internalType":"uint48","name":"startTime","type":"uint48"},{"internalType":"uint48","name":"deadline","type":"uint48"},{"internalType":"uint32","name":"epochSeconds","type":"uint32"},{"internalType":"uint32","name":"commitSeconds","type":"uint32"},{"internalType":"uint32","name":"revealSeconds","type":"uint32"},{"internalType":"uint32","name":"reportSeconds","type":"uint32"},{"internalType":"uint32","name":"claimSeconds","type":"uint32"}],"internalType":"struct Schedule","name":"schedule","type":"tuple"},{"internalType":"uint64[]","name":"subchains","type":"uint64[]"},{"internalType":"address[]","name":"aggregators","type":"address[]"}],"internalType":"struct TaskTerms","name":"terms","type":"tuple"},{"internalType":"uint256","name":"time","type":"uint256"},{"internalType":"uint256","name":"mechanismTermsLength","type":"uint256"}],"name":"check","outputs":[],"stateMutability":"view","type":"function"},
  ],
  errors: {
    InvalidTerms: "Thrown when a task's terms contradict themselves or exceed a bound; `field` names the first that does.",
  },
} as const;
