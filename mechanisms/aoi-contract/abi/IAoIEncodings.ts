// Written by `npm run abi` from contracts/mechanisms/aoi-contract/IAoIEncodings.sol.
/** Its ABI, and what its documentation says of errors. */
export const IAoIEncodings = {
  name: "IAoIEncodings",
  abi: [
    {"inputs":[{"components":[{"internalType":"uint16","name":"item","type":"uint16"}],"internalType":"struct AoIChoice","name":"choice","type":"tuple"}],"name":"choice","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"components":[{"internalType":"uint96","name":"bonus","type":"uint96"},{"components":[{"internalType":"uint32","name":"period","type":"uint32"},{"internalType":"uint96","name":"reward","type":"uint96"},{"internalType":"uint96","name":"cost","type":"uint96"}],"internalType":"struct MenuItem[]","name":"menu","type":"tuple[]"}],"internalType":"struct AoITerms","name":"terms","type":"tuple"}],"name":"terms","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"components":[{"internalType":"uint128","name":"coveredSeconds","type":"uint128"},{"internalType":"uint128","name":"ageSquares","type":"uint128"}],"internalType":"struct AoITotals","name":"totals","type":"tuple"}],"name":"totals","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"components":[{"internalType":"uint16","name":"item","type":"uint16"},{"internalType":"uint64","name":"coveredSeconds","type":"uint64"},{"internalType":"uint128","name":"ageSquares","type":"uint128"}],"internalType":"struct AoIWork","name":"work","type":"tuple"}],"name":"work","outputs":[],"stateMutability":"nonpayable","type":"function"},
  ],
  errors: {
  },
} as const;
