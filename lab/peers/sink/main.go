// Command sink is the far end of what is relayed: it listens on the loopback, prints the address, and serves until its
// input ends. The first byte of a connection says what it is for: 'e' sends everything back, 'b' answers every MiB
// received with one byte.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
)

const (
	echo = 'e'
	bulk = 'b'
	mib  = 1 << 20
)

func main() {
	config := net.ListenConfig{}
	config.SetMultipathTCP(false)
	l, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "sink:", err)
		os.Exit(1)
	}
	go accept(l)
	fmt.Println(l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "sink:", err)
			os.Exit(1)
		}
		go serve(c)
	}
}

// serve ends with the connection, whichever way that ends: the client measures, and notices what is missing.
func serve(c net.Conn) {
	defer c.Close()
	buffer := make([]byte, mib/4)
	if _, err := io.ReadFull(c, buffer[:1]); err != nil {
		return
	}
	answer := map[byte]func(int) []byte{
		echo: func(count int) []byte { return buffer[:count] },
		bulk: acknowledge(),
	}[buffer[0]]
	if answer == nil {
		fmt.Fprintf(os.Stderr, "sink: a connection began with %q, want %q or %q\n", buffer[0], echo, bulk)
		return
	}
	for {
		count, err := c.Read(buffer)
		if err != nil {
			return
		}
		if reply := answer(count); len(reply) > 0 {
			if _, err := c.Write(reply); err != nil {
				return
			}
		}
	}
}

func acknowledge() func(count int) []byte {
	received := 0
	zeros := make([]byte, 1)
	return func(count int) []byte {
		received += count
		full := received >= mib
		received %= mib // a read is shorter than a MiB, so at most one is full
		if !full {
			return nil
		}
		return zeros
	}
}
