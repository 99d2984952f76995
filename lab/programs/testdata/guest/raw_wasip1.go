package main

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

//go:wasmimport lab listen
func listen(port uint32, fd unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 sock_accept
func accept(fd int32, flags uint32, conn unsafe.Pointer) uint32

// raw serves one client after the other on blocking sockets, as a program in C would.
func raw() {
	port, err := strconv.Atoi(os.Getenv("PORT"))
	must(err)
	var listener, conn int32
	if errno := listen(uint32(port), unsafe.Pointer(&listener)); errno != 0 {
		panic(syscall.Errno(errno))
	}
	for {
		if errno := accept(listener, 0, unsafe.Pointer(&conn)); errno != 0 {
			panic(syscall.Errno(errno))
		}
		b := make([]byte, 4096)
		for {
			n, err := syscall.Read(int(conn), b)
			if n <= 0 {
				tell("raw", n, " ", err)
				break
			}
			syscall.Write(int(conn), b[:n])
		}
		syscall.Close(int(conn))
	}
}
