// Command relay is lab's relay in a process of its own. Its arguments are the address of the sink and a latency. It
// prints the password and the address of its SOCKS endpoint, with @ between them, and serves until its input ends. There are three nodes: client dials; near
// and far are both the sink, port 1, and the latency is that of the link from client to far.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/netlab-dev/netlab/lab/relay"
	"github.com/netlab-dev/netlab/sdk/link"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("%d arguments, want the sink's address and a latency", len(args))
	}
	sink, err := netip.ParseAddrPort(args[0])
	if err != nil {
		return err
	}
	latency, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	n, err := relay.New(relay.Config{})
	if err != nil {
		return err
	}
	if err := open(n, sink, latency); err != nil {
		return errors.Join(err, n.Close())
	}
	fmt.Println(n.Password() + "@" + n.Socks())
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, n.Close())
}

func open(n *relay.Network, sink netip.AddrPort, latency time.Duration) error {
	for _, name := range []string{"client", "near", "far"} {
		if _, err := n.AddNode(name); err != nil {
			return err
		}
	}
	for _, name := range []string{"near", "far"} {
		if err := n.Listening(name, relay.TCP, 1, sink); err != nil {
			return err
		}
	}
	n.Start()
	return n.SetProfile("client", "far", link.Profile{Latency: link.NewFixed(latency)})
}
