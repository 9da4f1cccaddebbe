module freshet/tools/kubo

go 1.25.0

tool github.com/ipfs/kubo/cmd/ipfs
