package sdk

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Message is a datagram with a type and fields. They are in its head. Links, traces and scripts can read the head without
// knowing the kind: lab.messages(type = "append", term = 4) finds a message.
type Message struct {
	From Addr
	Type string
	// Fields are plain values: bool, integers, floats, string, []byte, time.Duration, Rate, Addr, and lists of these.
	// The receiver gets the types listed in package value: integers as int64.
	Fields  Fields
	Payload []byte
}

// Messages sends and receives messages on one UDP port. Like all datagrams, messages may be lost, duplicated or reordered.
// Safe for concurrent use.
type Messages struct {
	conn net.PacketConn
	// check panics when the kind lists its messages, and this type or a field of it is not there; nil when it lists none.
	check func(typ string, fields Fields)

	receive sync.Mutex // guards reader; taken by TryLock only, because reading waits
	reader  packetReader
}

// packetReader lends the bytes of the next datagram, until it is called again. In sim the connection itself does.
type packetReader interface {
	ReadPacket() ([]byte, net.Addr, error)
}

// bufferedReader reads from any connection.
type bufferedReader struct {
	conn   net.PacketConn
	buffer []byte
}

func (r *bufferedReader) ReadPacket() ([]byte, net.Addr, error) {
	if r.buffer == nil {
		r.buffer = make([]byte, MaxDatagram)
	}
	n, from, err := r.conn.ReadFrom(r.buffer)
	return r.buffer[:n], from, err
}

// declaredConn is a socket that a kind which lists its messages has opened.
type declaredConn interface {
	// Unlisted is the socket itself.
	Unlisted() net.PacketConn
	// CheckMessage panics when the message is not on the list.
	CheckMessage(typ string, fields Fields)
}

// OpenMessages opens a UDP port of the node, until Close; 0 takes a free one.
func OpenMessages(env Env, port int) (*Messages, error) {
	conn, err := env.ListenPacket(port)
	if err != nil {
		return nil, err
	}
	m := &Messages{conn: conn}
	if listed, ok := conn.(declaredConn); ok {
		m.conn, m.check = listed.Unlisted(), listed.CheckMessage
	}
	var ok bool
	if m.reader, ok = m.conn.(packetReader); !ok {
		m.reader = &bufferedReader{conn: m.conn}
	}
	return m, nil
}

// Addr is the node's name and the port.
func (m *Messages) Addr() Addr { return Addr(m.conn.LocalAddr().String()) }

// Send sends one message. Its error tells what is wrong with the message or this node (ErrTooLarge, ErrClosed, ErrNoNode,
// ErrStopped). It does not tell whether the message arrives. It panics if the kind lists its Messages and the list does
// not have this type or one of the fields.
func (m *Messages) Send(to Addr, typ string, fields Fields, payload []byte) error {
	if m.check != nil {
		m.check(typ, fields)
	}
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	data, err := value.AppendHead((*scratch)[:0], value.Head{Type: typ, Fields: fields})
	if err != nil {
		return fmt.Errorf("message to %s: %w", to, err)
	}
	data = append(data, payload...)
	*scratch = data
	if len(data) > MaxDatagram {
		return fmt.Errorf("message %q to %s: %d bytes, at most %d: %w", typ, to, len(data), MaxDatagram, ErrTooLarge)
	}
	_, err = m.conn.WriteTo(data, to)
	return err
}

var scratches = sync.Pool{New: func() any { return new([]byte) }}

// Receive waits for the next message until the deadline, a time of Env.Now; the zero time is never. It skips datagrams that
// are not messages. One task receives at a time; a second one gets an error at once. Errors: ErrTimeout, ErrClosed,
// ErrStopped.
func (m *Messages) Receive(deadline time.Time) (Message, error) {
	if !m.receive.TryLock() {
		return Message{}, errors.New("messages: two tasks receive at once")
	}
	defer m.receive.Unlock()
	if err := m.conn.SetReadDeadline(deadline); err != nil {
		return Message{}, err
	}
	for {
		data, from, err := m.reader.ReadPacket()
		if err != nil {
			return Message{}, err
		}
		head, size, err := value.ParseHead(data)
		if err != nil {
			continue // a stray or corrupted datagram is what a network does, not a failure
		}
		payload := append([]byte(nil), data[size:]...)
		return Message{From: Addr(from.String()), Type: head.Type, Fields: head.Fields, Payload: payload}, nil
	}
}

// Close frees the port. A Receive that waits returns ErrClosed.
func (m *Messages) Close() error { return m.conn.Close() }
