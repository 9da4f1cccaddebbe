// Written by `npm run abi` from contracts/main/RewardEscrow.sol.
/** Its ABI, and what its documentation says of errors. */
export const RewardEscrow = {
  name: "RewardEscrow",
  abi: [
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"}],"name":"AlreadyFunded","type":"error"},
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"},{"internalType":"uint256","name":"amount","type":"uint256"}],"name":"AmountTooLarge","type":"error"},
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"}],"name":"FundingWithin","type":"error"},
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"},{"internalType":"uint256","name":"asked","type":"uint256"},{"internalType":"uint256","name":"held","type":"uint256"}],"name":"InsufficientEscrow","type":"error"},
    {"inputs":[{"internalType":"address","name":"token","type":"address"}],"name":"SafeERC20FailedOperation","type":"error"},
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"}],"name":"SharingWithin","type":"error"},
    {"inputs":[{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"uint256","name":"owed","type":"uint256"},{"internalType":"uint256","name":"balance","type":"uint256"}],"name":"TokenShort","type":"error"},
    {"inputs":[{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"uint256","name":"asked","type":"uint256"},{"internalType":"uint256","name":"received","type":"uint256"}],"name":"UnsupportedToken","type":"error"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"application","type":"address"},{"indexed":true,"internalType":"uint256","name":"id","type":"uint256"},{"indexed":true,"internalType":"contract IERC20","name":"token","type":"address"},{"indexed":false,"internalType":"address","name":"payer","type":"address"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"}],"name":"Funded","type":"event"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"application","type":"address"},{"indexed":true,"internalType":"uint256","name":"id","type":"uint256"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"},{"indexed":false,"internalType":"uint256","name":"moved","type":"uint256"}],"name":"MovedShort","type":"event"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"application","type":"address"},{"indexed":true,"internalType":"uint256","name":"id","type":"uint256"},{"indexed":true,"internalType":"address","name":"payee","type":"address"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"}],"name":"Paid","type":"event"},
    {"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"application","type":"address"},{"indexed":true,"internalType":"uint256","name":"id","type":"uint256"},{"indexed":true,"internalType":"address","name":"payer","type":"address"},{"indexed":false,"internalType":"uint256","name":"amount","type":"uint256"}],"name":"Refunded","type":"event"},
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"}],"name":"accountOf","outputs":[{"components":[{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"address","name":"payer","type":"address"},{"internalType":"uint256","name":"funded","type":"uint256"},{"internalType":"uint256","name":"paid","type":"uint256"},{"internalType":"uint256","name":"refunded","type":"uint256"}],"internalType":"struct IRewardEscrow.Account","name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"internalType":"uint256","name":"id","type":"uint256"},{"internalType":"contract IERC20","name":"token","type":"address"},{"internalType":"address","name":"payer","type":"address"},{"internalType":"uint256","name":"amount","type":"uint256"}],"name":"fund","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"internalType":"address","name":"application","type":"address"},{"internalType":"uint256","name":"id","type":"uint256"}],"name":"heldBy","outputs":[{"internalType":"uint256","name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"internalType":"contract IERC20","name":"token","type":"address"}],"name":"owedIn","outputs":[{"internalType":"uint256","name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
    {"inputs":[{"internalType":"uint256","name":"id","type":"uint256"},{"internalType":"address","name":"payee","type":"address"},{"internalType":"uint256","name":"amount","type":"uint256"}],"name":"pay","outputs":[],"stateMutability":"nonpayable","type":"function"},
    {"inputs":[{"internalType":"uint256","name":"id","type":"uint256"}],"name":"refund","outputs":[{"internalType":"uint256","name":"amount","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  ],
  errors: {
    AlreadyFunded: "Thrown when an account is funded twice, or by nobody.",
    AmountTooLarge: "Thrown when an account is funded with 2^96 or more.",
    FundingWithin: "Thrown when an account is funded while the tokens of another are coming in.",
    InsufficientEscrow: "Thrown when a payment would exceed what the account holds.",
    SharingWithin: "Thrown when something is to be moved within the transfer of a part.",
    TokenShort: "Thrown when an account is funded in a token of which less is here than its accounts hold.",
    UnsupportedToken: "Thrown when the token moved another amount than it was asked to (fees on transfer).",
  },
} as const;
