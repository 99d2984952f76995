// Package wire is the protocol between the host and a plugin process: labplugin.v1, its generated code, and the
// conversion between its values and the Go values of sdk/value, and of manifests.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative labplugin.proto
