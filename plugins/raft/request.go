package raft

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

// Clients speak datagrams to the port on which the nodes speak to each other. A stream would have to be given up
// before another server is tried, and tells no better whether a command was carried out; a datagram is sent again to
// whoever may answer, numbers make that harmless, and rules on single messages work on clients, too.
//
//	request   id term op key                  payload: checksum, the command as in the log
//	reply     id asked status leader term     payload: checksum, with status done the result
//
// The id is the client's, the same in all requests of one operation. The term is a fence: a server takes a request only
// while it leads in that very term, and nobody leads a term twice. So a server that has led in it can say for certain
// that no copy of a request was taken or will be, whatever the network still carries: that is how a client knows what
// has failed. It learns leader and term from the replies; term 0, which nobody leads, asks for them. Asked is the
// request's term. Op and key repeat the command for whoever watches; op is "stale" for a get that is answered from the
// server's own store, whatever the term. The checksum is of all but the key.

const (
	requestType = "request"
	replyType   = "reply"

	opStale = "stale"
)

// What the manifest says of them.
var (
	requestMessage = sdk.MessageType{Name: requestType, Doc: "a client asks a server", Fields: struct {
		ID   int64  `lab:"id,doc=of the operation"`
		Term int64  `lab:"term,doc=the term in which a server may take it"`
		Op   string `lab:"op"`
		Key  string `lab:"key"`
	}{}}
	replyMessage = sdk.MessageType{Name: replyType, Doc: "a server answers a client", Fields: struct {
		ID     int64  `lab:"id,doc=of the operation"`
		Asked  int64  `lab:"asked,doc=the term of the request"`
		Status string `lab:"status,doc=done, lost, refused, busy, large or elsewhere"`
		Leader string `lab:"leader,doc=the leader that the server knows"`
		Term   int64  `lab:"term,doc=of that leader"`
	}{}}
)

// The statuses of a reply.
const (
	statusDone      = "done"
	statusLost      = "lost"      // something else stands in the log in its place; no copy will be taken
	statusRefused   = "refused"   // no copy was taken, nor will be
	statusBusy      = "busy"      // not taken, nor will a copy be in this term: too much waits already
	statusLarge     = "large"     // likewise: no message carries it to a quorum
	statusElsewhere = "elsewhere" // not taken; what became of earlier copies is not known here
)

// origin tells operations apart.
type origin struct {
	client sdk.Addr
	id     uint64
}

// request is what a client asks.
type request struct {
	origin
	term    uint64
	stale   bool
	command kv.Command
}

func (q *request) encode() (typ string, fields sdk.Fields, payload []byte) {
	op := q.command.Op.String()
	if q.stale {
		op = opStale
	}
	fields = sdk.Fields{
		{Name: "id", Value: int64(q.id)}, {Name: "term", Value: int64(q.term)},
		{Name: "op", Value: op}, {Name: "key", Value: q.command.Key},
	}
	return requestType, fields, sealed(q.command.Encode(), op, q.id, q.term)
}

func decodeRequest(wire sdk.Message) (*request, error) {
	id, term, err := numbersOf(wire)
	if err != nil {
		return nil, err
	}
	op, _ := wire.Fields.Get("op").(string)
	body, err := unsealed(wire.Payload, op, id, term)
	if err != nil {
		return nil, err
	}
	q := &request{origin: origin{wire.From, id}, term: term, stale: op == opStale}
	if q.command, err = kv.Decode(body); err != nil {
		return nil, err
	}
	if q.stale && q.command.Op != kv.Get {
		return nil, fmt.Errorf("a stale %s", q.command.Op)
	}
	return q, nil
}

// response is what a server answers.
type response struct {
	from   sdk.Addr // as the client sees it
	id     uint64
	asked  uint64 // the request's term
	status string
	leader string    // the leader the server knows, "" for none
	term   uint64    // that leader's; of the server when it knows of none
	result kv.Result // of statusDone
}

func (a *response) encode() (typ string, fields sdk.Fields, payload []byte) {
	fields = sdk.Fields{
		{Name: "id", Value: int64(a.id)}, {Name: "asked", Value: int64(a.asked)},
		{Name: "status", Value: a.status},
		{Name: "leader", Value: a.leader}, {Name: "term", Value: int64(a.term)},
	}
	var body []byte
	if a.status == statusDone {
		body = a.result.Append(nil)
	}
	return replyType, fields, sealed(body, a.status+" "+a.leader, a.id, a.term, a.asked)
}

func decodeResponse(wire sdk.Message) (response, error) {
	a := response{from: wire.From}
	var err error
	if wire.Type != replyType {
		return a, fmt.Errorf("message of unknown type %q", wire.Type)
	}
	if a.id, a.term, err = numbersOf(wire); err != nil {
		return a, err
	}
	if a.asked, err = numberOf(wire.Fields, "asked"); err != nil {
		return a, err
	}
	a.status, _ = wire.Fields.Get("status").(string)
	a.leader, _ = wire.Fields.Get("leader").(string)
	body, err := unsealed(wire.Payload, a.status+" "+a.leader, a.id, a.term, a.asked)
	switch {
	case err != nil:
	case a.status == statusDone:
		a.result, err = kv.ParseResult(body)
	case !slices.Contains([]string{statusRefused, statusLost, statusBusy, statusLarge, statusElsewhere}, a.status):
		err = fmt.Errorf("status %q", a.status)
	}
	return a, err
}

func numbersOf(wire sdk.Message) (id, term uint64, err error) {
	id, err = numberOf(wire.Fields, "id")
	if err == nil {
		term, err = numberOf(wire.Fields, "term")
	}
	return id, term, err
}

// sealed puts a checksum before a body.
func sealed(body []byte, text string, numbers ...uint64) []byte {
	sum := clientSum(body, text, numbers)
	return append(binary.LittleEndian.AppendUint64(make([]byte, 0, sumSize+len(body)), sum), body...)
}

func unsealed(payload []byte, text string, numbers ...uint64) ([]byte, error) {
	if len(payload) < sumSize {
		return nil, fmt.Errorf("payload of %d bytes, want at least %d", len(payload), sumSize)
	}
	body := payload[sumSize:]
	if got, want := binary.LittleEndian.Uint64(payload), clientSum(body, text, numbers); got != want {
		return nil, fmt.Errorf("checksum %016x, want %016x", got, want)
	}
	return body, nil
}

func clientSum(body []byte, text string, numbers []uint64) uint64 {
	head := make([]byte, 0, 64)
	for _, v := range append(numbers, uint64(len(text))) {
		head = binary.LittleEndian.AppendUint64(head, v)
	}
	var d xxhash.Digest
	d.Reset()
	d.Write(head)
	d.WriteString(text)
	d.Write(body)
	return d.Sum64()
}
