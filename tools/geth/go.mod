module freshet/tools/geth

go 1.25.0

tool github.com/ethereum/go-ethereum/cmd/geth
