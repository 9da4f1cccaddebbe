// Written by `npm run abi` from contracts/main/RewardEscrow.sol.
/** Its ABI, and what its documentation says of errors. */
export const RewardEscrow = {
  name: "RewardEscrow",
  abi: [
    {"inputs":[{"internalType":"address","name":"manager","type":"address"}],"stateMutability":"nonpayable","type":"constructor"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"}],"name":"AlreadyFunded","type":"error"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"},{"internalType":"uint256","name":"asked","type":"uint256"},{"internalType":"uint256","name":"held","type":"uint256"}],"name":"InsufficientEscrow","type":"error"},
    {"inputs":[{"internalType":"address","name":"caller","type":"address"}],"name":"NotManager","type":"error"},
    {"inputs":[{"internalType":"address","name":"token","type":"address"}],"name":"SafeERC20FailedOperation","type":"error"},
    {"inputs":[{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"uint256","name":"asked","type":"uint256"},{"internalType":"uint256","name":"received","type":"uint256"}],"name":"UnsupportedToken","type":"error"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"TaskId","name":"task","type":"uint256"},{"indexed":true,"internalType":"contract IERC20","name":"token","type":"address"},{"indexed":true,"internalType":"address","name":"publisher","type":"address"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"}],"name":"Funded","type":"event"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"TaskId","name":"task","type":"uint256"},{"indexed":true,"internalType":"address","name":"worker","type":"address"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"}],"name":"Paid","type":"event"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"TaskId","name":"task","type":"uint256"},{"indexed":true,"internalType":"address","name":"publisher","type":"address"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"}],"name":"Refunded","type":"event"},
    {"inputs":[],"name":"MANAGER","outputs":[{"internalType":"address","name":"","type":"address"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"}],"name":"accountOf","outputs":[{"components":[{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"address","name":"publisher","type":"address"},{"internalType":"uint256","name":"funded","type":"uint256"},{"internalType":"uint256","name":"paid","type":"uint256"},{"internalType":"uint256","name":"refunded","type":"uint256"}],"internalType":"struct IRewardEscrow.Account","name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"},{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"address","name":"publisher","type":"address"},{"internalType":"uint256","name":"amount","type":"uint256"}],"name":"fund","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"}],"name":"heldBy","outputs":[{"internalType":"uint256","name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"},{"internalType":"address","name":"worker","type":"address"},{"internalType":"uint256","name":"amount","type":"uint256"}],"name":"pay","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"internalType":"TaskId","name":"task","type":"uint256"}],"name":"refund","outputs":[{"internalType":"uint256","name":"amount","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  ],
  errors: {
    AlreadyFunded: "Thrown when a task is funded twice.",
    InsufficientEscrow: "Thrown when a payment would exceed what the task holds.",
    NotManager: "Thrown when anyone but the task manager calls.",
    UnsupportedToken: "Thrown when the token moved another amount than it was asked to (fees on transfer, rebasing).",
  },
} as const;
