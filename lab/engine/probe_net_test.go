package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

type portArgs struct {
	Port int `lab:"port"`
}

func (p *probe) listen(env sdk.Env, a portArgs) (string, error) {
	ln, err := env.Listen(a.Port)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listeners[a.Port] = ln
	return class(err), nil
}

type acceptArgs struct {
	Port int    `lab:"port"`
	Name string `lab:"name"`
}

func (p *probe) accept(_ sdk.Env, a acceptArgs) (string, error) {
	p.mu.Lock()
	ln := p.listeners[a.Port]
	p.mu.Unlock()
	conn, err := ln.Accept()
	p.keep(a.Name, conn)
	return class(err), nil
}

type dialArgs struct {
	To     sdk.Addr      `lab:"to"`
	Name   string        `lab:"name"`
	Within time.Duration `lab:"within,default=5s"`
}

type dialed struct {
	Why    string
	Lasted time.Duration
	Peer   string
}

func (p *probe) dial(env sdk.Env, a dialArgs) (dialed, error) {
	start := env.Now()
	conn, err := env.DialTimeout(string(a.To), a.Within)
	result := dialed{Why: class(err), Lasted: env.Now().Sub(start)}
	if err == nil {
		result.Peer = conn.RemoteAddr().String()
		p.keep(a.Name, conn)
	}
	return result, nil
}

func (p *probe) keep(name string, conn sdk.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[name] = conn
}

func (p *probe) conn(name string) sdk.Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[name]
}

type writeArgs struct {
	Conn string `lab:"conn"`
	Data string `lab:"data"`
}

func (p *probe) write(_ sdk.Env, a writeArgs) (string, error) {
	_, err := p.conn(a.Conn).Write([]byte(a.Data))
	return class(err), nil
}

type sizedArgs struct {
	Conn   string        `lab:"conn"`
	Size   int           `lab:"size"`
	Within time.Duration `lab:"within,default=0s,doc=0 waits for ever"`
}

// pattern repeats no part at a distance that a lost or doubled piece could hide in.
func pattern(size int) []byte {
	data := make([]byte, size)
	x := uint32(1)
	for i := range data {
		x = x*1664525 + 1013904223
		data[i] = byte(x >> 24)
	}
	return data
}

func (p *probe) flood(_ sdk.Env, a sizedArgs) (string, error) {
	_, err := p.conn(a.Conn).Write(pattern(a.Size))
	return class(err), nil
}

type received struct {
	Data string
	Size int
	Why  string
}

func (p *probe) read(env sdk.Env, a sizedArgs) (received, error) {
	data, err := p.readAll(env, a)
	return received{Data: string(data), Size: len(data), Why: class(err)}, nil
}

func (p *probe) drink(env sdk.Env, a sizedArgs) (received, error) {
	data, err := p.readAll(env, a)
	if !bytes.Equal(data, pattern(a.Size)[:len(data)]) {
		err = errors.New("the bytes are not those that were sent")
	}
	return received{Size: len(data), Why: class(err)}, nil
}

// readAll reads size bytes, or fewer and the reason.
func (p *probe) readAll(env sdk.Env, a sizedArgs) ([]byte, error) {
	conn := p.conn(a.Conn)
	if a.Within > 0 {
		if err := conn.SetReadDeadline(env.Now().Add(a.Within)); err != nil {
			return nil, err
		}
		defer conn.SetReadDeadline(time.Time{})
	}
	data := make([]byte, a.Size)
	n := 0
	for n < a.Size {
		m, err := conn.Read(data[n:])
		n += m
		if err != nil {
			return data[:n], err
		}
	}
	return data, nil
}

type endArgs struct {
	Conn string `lab:"conn"`
	How  string `lab:"how"`
}

func (p *probe) end(_ sdk.Env, a endArgs) (string, error) {
	conn := p.conn(a.Conn)
	switch a.How {
	case "close":
		return class(conn.Close()), nil
	case "close_write":
		return class(conn.CloseWrite()), nil
	case "reset":
		return class(conn.Reset()), nil
	}
	return "", fmt.Errorf("no way to end a connection: %q", a.How)
}

type connArgs struct {
	Conn string `lab:"conn"`
}

func (p *probe) idle(_ sdk.Env, a connArgs) (bool, error) { return p.conn(a.Conn).Idle(), nil }

func (p *probe) bind(env sdk.Env, a portArgs) (string, error) {
	socket, err := env.ListenPacket(a.Port)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sockets[a.Port] = socket
	return class(err), nil
}

func (p *probe) socket(port int) net.PacketConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sockets[port]
}

type sendArgs struct {
	Port  int           `lab:"port"`
	To    sdk.Addr      `lab:"to"`
	Size  int           `lab:"size"`
	Times int           `lab:"times,default=1"`
	Every time.Duration `lab:"every,default=0s,doc=between two of them"`
}

func (p *probe) send(env sdk.Env, a sendArgs) (string, error) {
	socket := p.socket(a.Port)
	data := pattern(a.Size)
	for n := range a.Times {
		if a.Times > 1 {
			data[0], data[1] = byte(n>>8), byte(n)
		}
		if _, err := socket.WriteTo(data, a.To); err != nil {
			return class(err), nil
		}
		if err := env.Sleep(a.Every); err != nil {
			return class(err), nil
		}
	}
	return "", nil
}

type countArgs struct {
	Port   int           `lab:"port"`
	Most   int           `lab:"most,doc=return when so many have come"`
	Within time.Duration `lab:"within,doc=return when for so long none has come"`
}

type counted struct {
	Count int
	Size  int // of the last
	Src   string
	Why   string
}

func (p *probe) count(env sdk.Env, a countArgs) (counted, error) {
	socket := p.socket(a.Port)
	var c counted
	buffer := make([]byte, sdk.MaxDatagram+1)
	for c.Count < a.Most {
		if err := socket.SetReadDeadline(env.Now().Add(a.Within)); err != nil {
			return c, err
		}
		n, from, err := socket.ReadFrom(buffer)
		if err != nil {
			c.Why = class(err)
			break
		}
		c.Count, c.Size, c.Src = c.Count+1, n, from.String()
	}
	return c, nil
}
