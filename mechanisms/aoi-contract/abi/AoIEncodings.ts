// Written by `npm run abi` from contracts/mechanisms/aoi-contract/AoIEncodings.sol.
/** Its ABI, and what its documentation says of errors. */
export const AoIEncodings = {
  name: "AoIEncodings",
  abi: [
    {"inputs":[{"components":[{"internalType":"uint96","name":"bonus","type":"uint96"},{"components":[{"internalType":"uint32","name":"period","type":"uint32"},{"internalType":"uint96","name":"reward","type":"uint96"},{"internalType":"uint96","name":"cost","type":"uint96"}],"internalType":"struct MenuItem[]","name":"menu","type":"tuple[]"}],"internalType":"struct AoITerms","name":"terms","type":"tuple"}],"name":"terms","outputs":[],"stateMutability":"nonpayable","type":"function"},
  ],
  errors: {
  },
} as const;
