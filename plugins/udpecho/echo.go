// Package udpecho is a UDP server that answers every datagram with a prefix and the datagram.
package udpecho

import (
	"github.com/netlab-dev/netlab/sdk"

	"github.com/netlab-dev/netlab/sdk/refusals"
)

// Echo is the kind udp-echo.
type Echo struct {
	Port   int    `lab:"port,default=8081,main,doc=UDP port to listen on"`
	Prefix string `lab:"prefix,default=Echo: ,doc=the text before the data of the answer"`
}

// Plugin serves the kind udp-echo.
func Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "udp-echo", Doc: "a UDP echo", Kinds: []sdk.Kind{{
		Name: "udp-echo", Doc: "answers every datagram with a prefix and the same data",
		New: func() sdk.Component { return &Echo{} },
	}}}
}

// Run answers datagrams until the node stops. An answer that is too large for a datagram, prefix included, is not sent
// and is logged: cutting it short would look like corruption.
func (e *Echo) Run(env sdk.Env) error {
	socket, err := env.ListenPacket(e.Port)
	if err != nil {
		return err
	}
	buf := make([]byte, len(e.Prefix)+sdk.MaxDatagram)
	start := copy(buf, e.Prefix)
	refusals := refusals.New(env)
	for {
		n, from, err := socket.ReadFrom(buf[start:])
		if err != nil {
			return err
		}
		if _, err := socket.WriteTo(buf[:start+n], from); err != nil {
			refusals.Tell("no answer", "to", from, "bytes", start+n, "error", err)
		}
	}
}
