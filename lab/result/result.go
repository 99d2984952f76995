// Package result is what came of runs, as data. Whoever runs an experiment fills it in; every output is a renderer of the
// whole and needs nothing else: Text for people, JSON lines and JUnit for programs, Annotations for a forge.
package result

import (
	"fmt"
	"strconv"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// Outcome is how a run has ended.
type Outcome string

// The outcomes. Failed means that an expectation did not hold; Broken that the run could not be judged.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
	Broken  Outcome = "broken"
)

// Experiment says what was run.
type Experiment struct {
	File   string   `json:"file"`             // as it was given
	Line   int      `json:"line"`             // of its def
	ID     string   `json:"id"`               // test_x[nodes=5]
	Name   string   `json:"name"`             // test_x
	Params []string `json:"params,omitempty"` // nodes=5: what --set must say to run just this one
	Engine string   `json:"engine"`           // live or sim
}

// Run is one execution of an experiment. Durations are nanoseconds; those of the run are its own time, which in sim is
// virtual.
type Run struct {
	Experiment
	Seed     uint64        `json:"seed"`
	Outcome  Outcome       `json:"outcome"`
	At       time.Duration `json:"at"`   // when it ended, on its own clock
	Took     time.Duration `json:"took"` // on the wall clock
	Digest   Digest        `json:"digest,omitempty"`
	Steps    int64         `json:"steps,omitempty"`
	Lateness time.Duration `json:"lateness,omitempty"` // live

	Checks   []Check        `json:"checks,omitempty"`   // that did not hold, in order; the last has ended the run, unless by expect
	Unlisted int            `json:"unlisted,omitempty"` // how many more there were
	Error    *trouble.Error `json:"error,omitempty"`    // of a Broken run
	Node     *NodeEnd       `json:"node,omitempty"`     // the node that failed
	Reason   string         `json:"reason,omitempty"`   // of a Skipped run

	Faults      []Fault   `json:"faults,omitempty"`       // in force at its end
	Past        []Fault   `json:"past,omitempty"`         // that were over by then, those of one call of the script once: the ones that ended last
	MorePast    int       `json:"more_past,omitempty"`    // how many more there were
	Lost        []Loss    `json:"lost,omitempty"`         // the last datagrams that links have lost: first those of the nodes of the check
	Losses      int       `json:"losses,omitempty"`       // how many there were of all nodes; 1000 stands for that many or more
	Segments    []Segment `json:"segments,omitempty"`     // the last of streams that links have lost, likewise; of a run with a story
	SegmentLoss int       `json:"segment_loss,omitempty"` // how many there were of all nodes
	Events      []Event   `json:"events,omitempty"`       // the last of those nodes
	Waiting     []Waiting `json:"waiting,omitempty"`      // what tasks wait for, when nothing was left to happen
	MoreWaiting int       `json:"more_waiting,omitempty"` // tasks that are not listed
	Prints      []string  `json:"prints,omitempty"`
	Notes       []string  `json:"notes,omitempty"` // mistakes that components told of and went on
	Doubt       string    `json:"doubt,omitempty"` // the machine was too late for checks of time, or events could not be recorded
	Parting     *Parting  `json:"parting,omitempty"`
	Replay      string    `json:"replay,omitempty"` // the command that runs just this again

	Story *Story `json:"-"` // of a run that is shown; a line of its own in JSON
}

// Digest is that of a run in sim. In JSON it is the text that the screen shows, for it does not fit a float.
type Digest uint64

// MarshalText writes sixteen hexadecimal digits.
func (d Digest) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(d)), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Digest) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	*d = Digest(n)
	return err
}

// Check is one expectation that did not hold.
type Check struct {
	Pos     trouble.Position `json:"pos"`
	Source  string           `json:"source"`            // check(new.status().term > old.status().term)
	Message string           `json:"message,omitempty"` // the author's, or what a wait has waited for in vain
	Parts   []Part           `json:"parts,omitempty"`
	Stack   []trouble.Frame  `json:"stack,omitempty"` // the calls that led there, outermost first
	At      time.Duration    `json:"at"`
	Nodes   []string         `json:"nodes,omitempty"` // that its parts are, or speak of
	About   []Event          `json:"about,omitempty"` // events that its parts are, or contradict it; without their fields
	Calls   []Call           `json:"calls,omitempty"` // whose answers its parts are, without queries; of a run with a story
}

// Call is a call of a method of a node, or of an object such as a connection, whose number the moments of its calls have.
type Call struct {
	Node   string        `json:"node"`
	Object int64         `json:"object,omitempty"` // 0 for a method of the node itself
	Number uint64        `json:"number"`           // of its moment in the story
	Maker  uint64        `json:"maker,omitempty"`  // of the moment of the call that has returned the object; 0 is unknown
	Load   bool          `json:"load,omitempty"`   // it has measured requests, as a drive does, from From to Until
	From   time.Duration `json:"from,omitempty"`   // of Load only
	Until  time.Duration `json:"until"`            // when it was answered, or given up
}

// Error is the check in one line.
func (c *Check) Error() string {
	text := c.Pos.String() + ": " + c.Source
	if c.Message != "" {
		text += ": " + c.Message
	}
	return text
}

// Part is one part of a judged expression and its value; "-" when it was not evaluated.
type Part struct {
	Text  string `json:"text"`
	Value string `json:"value"`
	// Beside says that it belongs to a side of an and, or or if that has not decided.
	Beside bool `json:"beside,omitempty"`
}

// NodeEnd is the end of a node that nobody asked for.
type NodeEnd struct {
	Name  string        `json:"name"`
	At    time.Duration `json:"at"`
	Stack string        `json:"stack,omitempty"` // of a panic
}

// Fault is one that was in force when the run ended, or one that was over by then.
type Fault struct {
	Text  string           `json:"text"` // isolate n1, n2
	Since time.Duration    `json:"since"`
	Until time.Duration    `json:"until,omitempty"` // when it would have healed by itself, 0 for never; or when it was over
	Times int              `json:"times,omitempty"` // how often its call has brought it on, if more than once: this is the last time
	Pos   trouble.Position `json:"pos"`             // of the call that has brought it on
}

// Loss is a datagram that a link has lost.
type Loss struct {
	At   time.Duration `json:"at"`
	From string        `json:"from"`
	To   string        `json:"to"`
	Size int           `json:"size"`          // bytes
	Why  string        `json:"why,omitempty"` // cut, loss, queue, mtu
}

// Segment is a part of a stream that a link has lost.
type Segment struct {
	Loss
	Kind  string        `json:"kind"`            // data, syn, syn-ack, reset; fin of an end without bytes
	Again time.Duration `json:"again,omitempty"` // when it was next sent again; 0 if it was not before the run ended
}

// Text is the segment in words.
func (s *Segment) Text() string {
	if s.Kind != "data" {
		return s.Kind
	}
	return "segment of " + Count(s.Size, "byte")
}

// Event is one entry of the trace, its fields in the notation of scripts.
type Event struct {
	At     time.Duration `json:"at"`
	Node   string        `json:"node"` // "" for a mark of the script
	Name   string        `json:"name"` // of a mark: its text
	Fields []Part        `json:"fields,omitempty"`
}

// Waiting is one parked task.
type Waiting struct {
	Node string `json:"node"`
	What string `json:"what"`
}

// Parting is where two runs of one seed part, which should be the same.
type Parting struct {
	Digests  [2]Digest  `json:"digests"`
	Outcomes [2]Outcome `json:"outcomes"`
	Text     string     `json:"text"`             // what differs first
	Second   string     `json:"second,omitempty"` // why the second one did not hold, if it did not for the same reason
}

// Failure is one way in which runs of a sweep have failed: all those whose check and message, or error, are the same.
type Failure struct {
	Run   Run      `json:"run"`   // the one with the smallest seed
	Seeds []uint64 `json:"seeds"` // all of them, ascending
	// Others says that these are several ways, of so many that they are not told apart.
	Others bool `json:"others,omitempty"`
	Code   int  `json:"code"` // the exit code that it asks for
}

// End is how one run of a sweep has ended.
type End struct {
	Seed    uint64        `json:"seed"`
	At      time.Duration `json:"at"` // on its own clock
	Outcome Outcome       `json:"outcome"`
}

// Sweep is what came of one experiment on all its seeds.
type Sweep struct {
	Experiment
	Seed        uint64        `json:"seed"`                  // of the first run
	Asked       int           `json:"asked"`                 // runs that were asked for
	Runs        int           `json:"runs"`                  // that came to an end
	Interrupted bool          `json:"interrupted,omitempty"` // the others did not, because the user ended them
	Enough      bool          `json:"enough,omitempty"`      // the others did not begin, because enough have failed
	NotRun      bool          `json:"not_run,omitempty"`     // it has not begun, for an interruption or because enough have failed
	Failures    []Failure     `json:"failures,omitempty"`    // the gravest first, then by seed
	Shown       *Run          `json:"shown,omitempty"`       // a run that has passed and has a story, where nothing failed
	Ends        []End         `json:"ends,omitempty"`        // of its runs, by seed; of very many runs those of every second, fourth ... seed
	Series      []Series      `json:"series,omitempty"`      // of the run with the smallest seed: its first drives
	Skips       int           `json:"skips,omitempty"`
	Reason      string        `json:"reason,omitempty"` // why it was skipped
	Prints      []string      `json:"prints,omitempty"` // of a single run that passed
	Notes       []string      `json:"notes,omitempty"`  // of the first run that passed with notes
	Noted       int           `json:"noted,omitempty"`  // runs with notes
	Wall        time.Duration `json:"wall"`
	At          time.Duration `json:"at,omitempty"` // of a single run
	Digest      Digest        `json:"digest,omitempty"`
	Steps       int64         `json:"steps,omitempty"`
	Lateness    time.Duration `json:"lateness,omitempty"` // the worst
	Code        int           `json:"code"`               // the exit code that it asks for
}

// Failed is how many runs have failed.
func (s *Sweep) Failed() int {
	n := 0
	for i := range s.Failures {
		n += len(s.Failures[i].Seeds)
	}
	return n
}

// ShownRun is the run of which the text for people tells: the gravest failure, or one that has passed and has a story; nil
// when there is none.
func (s *Sweep) ShownRun() *Run {
	if len(s.Failures) > 0 {
		return &s.Failures[0].Run
	}
	return s.Shown
}

// Report is what came of all experiments of a command.
type Report struct {
	Passed     int `json:"passed"` // experiments
	Failed     int `json:"failed"`
	Skipped    int `json:"skipped"`
	Unfinished int `json:"unfinished,omitempty"` // that an interruption has ended
	NotRun     int `json:"not_run,omitempty"`    // that have not begun, for an interruption or because enough have failed
	// Interrupted says that the user has ended the command.
	Interrupted bool             `json:"interrupted,omitempty"`
	NotLoaded   []*trouble.Error `json:"not_loaded,omitempty"` // of the files that could not be loaded, one each
	Sweeps      []Sweep          `json:"-"`
	Wall        time.Duration    `json:"wall"`
}

// Add counts a sweep.
func (r *Report) Add(s Sweep) {
	r.Sweeps = append(r.Sweeps, s)
	switch {
	case len(s.Failures) > 0:
		r.Failed++
	case s.NotRun, s.Enough && s.Runs == 0:
		r.NotRun++
	case s.Interrupted:
		r.Unfinished++
	case s.Skips == s.Runs:
		r.Skipped++
	default:
		r.Passed++
	}
}

// Join adds what came of another command.
func (r *Report) Join(other *Report) {
	for _, s := range other.Sweeps {
		r.Add(s)
	}
	r.NotLoaded = append(r.NotLoaded, other.NotLoaded...)
	r.Interrupted = r.Interrupted || other.Interrupted
	r.Wall += other.Wall
}

// ExitCode is the highest that anything in the report asks for: 0 when all held. Trouble of a plugin or the machine
// thereby counts more than expectations that did not hold, which it may have caused.
func (r *Report) ExitCode() int {
	code := 0
	for i := range r.Sweeps {
		code = max(code, r.Sweeps[i].Code)
	}
	for _, err := range r.NotLoaded {
		code = max(code, err.Class.ExitCode())
	}
	return code
}
