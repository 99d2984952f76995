package kv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/plugins/raft/parse"
)

// Op is what a command does.
type Op uint8

// The commands. Open begins a session; Get, too, goes through the log, where its place says what it must see.
const (
	Open Op = iota + 1
	Get
	Put
	Cas
	Incr
)

var opNames = [...]string{Open: "open", Get: "get", Put: "put", Cas: "cas", Incr: "incr"}

func (op Op) String() string { return opNames[op] }

// changes reports whether the command may change the store, and so needs a session.
func (op Op) changes() bool { return op >= Put }

// Command is one entry of the log for the store. Which fields count depends on Op.
type Command struct {
	Op       Op
	Session  uint64 // of Put, Cas and Incr: what Open has answered
	Sequence uint64 // likewise: counts up within the session, from 1
	Oldest   uint64 // likewise: commands of the session with a lower sequence are over, whatever became of them
	Key      string // of all but Open
	Old      Value  // of Cas; nothing stands for a key that is absent
	New      Value  // of Put and Cas
	By       int64  // of Incr
}

// Check says what is wrong with a command but for its session, in the words of whoever made it.
func (c Command) Check() error {
	switch {
	case c.Op < Open || c.Op > Incr:
		return fmt.Errorf("no command has the number %d", c.Op)
	case c.Op == Open:
		return nil
	case c.Key == "":
		return errors.New("the key is empty")
	case len(c.Key) > MaxKey:
		return fmt.Errorf("key of %d bytes, at most %d", len(c.Key), MaxKey)
	case !utf8.ValidString(c.Key):
		return fmt.Errorf("key %q is not UTF-8", c.Key)
	case (c.Op == Put || c.Op == Cas) && c.New.IsNothing():
		return errors.New("None cannot be stored: want text or an integer")
	}
	return errors.Join(c.Old.check(), c.New.check())
}

// String is the command for people who read a log.
func (c Command) String() string {
	if !c.Op.changes() {
		if c.Op == Open {
			return "open"
		}
		return fmt.Sprintf("get(%q)", c.Key)
	}
	args := ""
	switch c.Op {
	case Put:
		args = c.New.String()
	case Cas:
		args = c.Old.String() + ", " + c.New.String()
	case Incr:
		args = fmt.Sprintf("by = %d", c.By)
	}
	return fmt.Sprintf("%s(%q, %s) #%d.%d", c.Op, c.Key, args, c.Session, c.Sequence)
}

// mark begins every command. Its last byte is the version of the form and of what commands mean: all nodes of a cluster
// must apply the same log in the same way, so a change of either is a new version.
var mark = []byte{0, 'k', 'v', 2}

// Encode returns the command's form in the log: the mark, the number of the op, and its fields in the order in which
// they are declared, without those that do not count.
func (c Command) Encode() []byte {
	b := append(make([]byte, 0, 32+len(c.Key)+len(c.Old.text)+len(c.New.text)), mark...)
	b = append(b, byte(c.Op))
	if c.Op.changes() {
		b = binary.AppendUvarint(b, c.Session)
		b = binary.AppendUvarint(b, c.Sequence)
		b = binary.AppendUvarint(b, c.Oldest)
	}
	if c.Op != Open {
		b = appendText(b, c.Key)
	}
	switch c.Op {
	case Put:
		b = c.New.append(b)
	case Cas:
		b = c.New.append(c.Old.append(b))
	case Incr:
		b = binary.AppendVarint(b, c.By)
	}
	return b
}

// Decode reads a command. Its error says that the bytes are none: the log of a cluster may hold whatever anybody has
// proposed.
func Decode(data []byte) (Command, error) {
	var c Command
	body, marked := bytes.CutPrefix(data, mark)
	if !marked {
		return c, errors.New("no command of this version")
	}
	p := parse.Bytes{Rest: body}
	c.Op = Op(p.Byte())
	if c.Op.changes() {
		c.Session, c.Sequence, c.Oldest = p.Uvarint(), p.Uvarint(), p.Uvarint()
	}
	if c.Op != Open {
		c.Key = string(p.Text())
	}
	switch c.Op {
	case Put:
		c.New = parseValue(&p)
	case Cas:
		c.Old, c.New = parseValue(&p), parseValue(&p)
	case Incr:
		c.By = p.Varint()
	}
	if p.Failed || len(p.Rest) > 0 || c.Op.changes() && (c.Session == 0 || c.Sequence == 0 || c.Oldest > c.Sequence) {
		return c, errors.New("a damaged command")
	}
	return c, c.Check()
}
