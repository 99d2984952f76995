package traffic

import (
	"net"

	"github.com/netlab-dev/netlab/sdk"
)

// socket is a UDP socket in the hands of a script.
type socket struct {
	packets net.PacketConn

	inbox  *inbox
	buffer []byte     // of fetch
	queue  []datagram // arrived and not yet received
	end    error
}

// datagram is what receive answers.
type datagram struct {
	Data string   `lab:"data,doc=text, or bytes when it is not UTF-8"`
	Src  sdk.Addr `lab:"src,doc=who sent it"`
}

type sendArgs struct {
	Addr sdk.Addr `lab:"addr,doc=a node with a main address, or node:port"`
	Data []byte   `lab:"data,doc=text or bytes, at most 65507 bytes"`
}

// send says nothing of whether the datagram arrives: the network may lose it.
func (s *socket) send(_ sdk.Env, args sendArgs) error {
	if _, _, err := args.Addr.Split(); err != nil {
		return sdk.Misuse("", err)
	}
	_, err := s.packets.WriteTo(args.Data, args.Addr)
	return reason(err)
}

func (s *socket) receive(env sdk.Env) (got datagram, err error) {
	err = s.inbox.wait(env, func() (bool, error) {
		if len(s.queue) == 0 {
			return s.end != nil, s.end
		}
		got = s.queue[0]
		s.queue = s.queue[1:]
		return true, nil
	}, s.fetch)
	return got, err
}

func (s *socket) fetch() (arrive func()) {
	if s.buffer == nil {
		s.buffer = make([]byte, sdk.MaxDatagram)
	}
	n, from, err := s.packets.ReadFrom(s.buffer)
	return func() {
		if err != nil {
			s.end = reason(err)
			return
		}
		s.queue = append(s.queue, datagram{Data: string(s.buffer[:n]), Src: sdk.Addr(from.String())})
	}
}
