package program

import (
	"net"
	"strconv"

	"github.com/netlab-dev/netlab/sdk"
)

// names are the IPv4 addresses that stand for nodes within a program: in the order in which nodes were added, 10.0.0.1,
// 10.0.0.2 and so on, the same for all of them.
type names struct {
	env   sdk.Env
	list  []string // those that were asked for so far
	index map[string]int
}

// perSubnet is how many nodes have the first three bytes of the address in common.
const perSubnet = 254

// refresh learns of nodes that were added since.
func (n *names) refresh() {
	if n.index == nil {
		n.index = map[string]int{}
	}
	all := n.env.Nodes()
	for i := len(n.list); i < len(all); i++ {
		n.index[all[i]] = i
	}
	n.list = all
}

// address is that of a node, false when there is none of the name.
func (n *names) address(name string) (ip uint32, ok bool) {
	i, ok := n.index[name]
	if !ok {
		n.refresh()
		i, ok = n.index[name]
	}
	return 10<<24 | uint32(i/perSubnet)<<8 | uint32(i%perSubnet+1), ok
}

// of is the name of an address, "" of one that no node has. 0 and the loopback network are the node itself.
func (n *names) of(ip uint32) string {
	if ip == 0 || ip>>24 == 127 {
		return n.env.Node()
	}
	i := int(ip>>8&0xffff)*perSubnet + int(ip&0xff) - 1
	if ip>>24 != 10 || ip&0xff < 1 || ip&0xff > perSubnet {
		return ""
	}
	if i >= len(n.list) {
		n.refresh()
	}
	if i >= len(n.list) {
		return ""
	}
	return n.list[i]
}

// endpoint is "node:port" as numbers. Somebody who is no node has the address 0.
func (n *names) endpoint(a net.Addr) (ip, port uint32) {
	host, text, _ := net.SplitHostPort(a.String())
	number, _ := strconv.Atoi(text)
	if ip, known := n.address(host); known {
		return ip, uint32(number)
	}
	return 0, uint32(number)
}
