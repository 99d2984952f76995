package serve

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// moment names the state of a world: it is another one as soon as time passes, a step happens or the script changes
// something.
type moment struct {
	now     time.Duration
	steps   int64
	changes int
}

func (w *simWorld) moment() moment { return moment{w.world.Now(), w.world.Steps(), w.changes} }

// asked is a query that was answered at the present moment.
type asked struct {
	method    *method
	object    int64
	arguments []byte
	reply     *wire.Reply
}

// maxAsked bounds the queries of one moment that are compared.
const maxAsked = 64

// agree compares the answer to a query with the one before, when it was asked at the same moment, and says how they
// differ: then the query changes something, or reads something outside env.
func (n *instance) agree(at moment, c *simCall, call *wire.Call) error {
	if n.askedAt != at {
		n.askedAt, n.asked = at, n.asked[:0]
	}
	q := asked{method: c.invocation.method, object: call.GetObject(), reply: &c.reply}
	if len(call.GetArguments().GetFields()) > 0 {
		var err error
		if q.arguments, err = (proto.MarshalOptions{Deterministic: true}).Marshal(call.GetArguments()); err != nil {
			return err
		}
	}
	for i := range n.asked {
		before := &n.asked[i]
		if before.method != q.method || before.object != q.object || !bytes.Equal(before.arguments, q.arguments) {
			continue
		}
		x, y := before.reply, q.reply
		if x.Status == y.Status && x.Error == y.Error && bytes.Equal(x.Value, y.Value) {
			return nil
		}
		return fmt.Errorf("query %s was answered twice at one instant, with nothing in between: %s, then %s; a query "+
			"changes nothing, and depends on nothing outside env", c.method, answerText(x), answerText(y))
	}
	if len(n.asked) < maxAsked {
		n.asked = append(n.asked, q)
	}
	return nil
}

// maxAnswerText bounds what an error shows of an answer, in bytes.
const maxAnswerText = 300

func answerText(r *wire.Reply) string {
	if r.GetStatus() != wire.Reply_OK {
		return statusName[r.GetStatus()] + ": " + r.GetError()
	}
	v, err := wire.DecodeValue(r.GetValue())
	if err != nil {
		return err.Error()
	}
	text := value.Format(v)
	if len(text) > maxAnswerText {
		text = strings.ToValidUTF8(text[:maxAnswerText], "") + "..."
	}
	return text
}
