package value

import "github.com/netlab-dev/netlab/sdk/link"

// DescribeMessage is what the trace says of a datagram that was sent to a node: its type, and the fields dst, size (of
// the datagram, in bytes) and fields (those of its head). ok is false when it is no datagram of Messages. Both engines
// call it, so a message looks alike in both.
func DescribeMessage(to string, datagram []byte) (typ string, fields Fields, ok bool) {
	head, _, err := ParseHead(datagram)
	if err != nil {
		return "", nil, false
	}
	return head.Type, Fields{
		{Name: "dst", Value: Node(to)}, {Name: "size", Value: int64(len(datagram))}, {Name: "fields", Value: head.Fields},
	}, true
}

// Undelivered is what the trace says of a datagram that has arrived where nobody receives it: who has sent it, to which
// port, and its size in bytes.
func Undelivered(from Addr, port, size int) Fields {
	return Fields{{Name: "from", Value: from}, {Name: "port", Value: int64(port)}, {Name: "size", Value: int64(size)}}
}

// Loss is what the trace says of a datagram that a link has lost: where it was to go, its size in bytes, and why.
func Loss(to string, size int, why link.Drop) Fields {
	return Fields{{Name: "to", Value: Node(to)}, {Name: "size", Value: int64(size)}, {Name: "why", Value: why.String()}}
}
