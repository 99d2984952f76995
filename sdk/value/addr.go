package value

import (
	"fmt"
	"net"
	"strconv"
)

// Addr is a network address "node:port". It is the type of configuration and arguments that name an address: there a
// script may pass a node, which stands for the node's main address.
type Addr string

// Network returns "lab": the same address serves TCP and UDP.
func (a Addr) Network() string { return "lab" }

func (a Addr) String() string { return string(a) }

// Split returns the two parts of the address.
func (a Addr) Split() (node string, port int, err error) {
	node, text, err := net.SplitHostPort(string(a))
	if err != nil || node == "" {
		return "", 0, fmt.Errorf("address %q: want node:port", string(a))
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("address %q: port %q is not between 0 and 65535", string(a), text)
	}
	return node, port, nil
}

// MakeAddr joins a node's name and a port.
func MakeAddr(node string, port int) Addr {
	return Addr(node + ":" + strconv.Itoa(port))
}
