package traffic

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// record is what is kept of each request, so that any part of a drive can be looked at afterwards. It is small, because
// there may be millions.
type record struct {
	start   time.Duration // when it was due, since the drive began
	took    time.Duration // from then until its answer or error
	bytes   uint32
	backend uint16 // among recording.backends
	outcome uint8  // among recording.outcomes
	marks   marks
}

// marks are flags.
type marks uint8

const (
	sent marks = 1 << iota
	received
	reordered
)

// maxRecords is how many requests one drive may make: 96 MiB of records.
const maxRecords = 4 << 20

// outcome is how requests have ended: with a status over HTTP, and why that was an error, if it was one.
type outcome struct {
	status  int
	failure string
}

// Servers choose statuses and names, so their number is bounded; what is more counts as others.
const (
	maxOutcomes = 256
	maxBackends = 1024
	maxName     = 255
	others      = "others"
	late        = "late" // the error of a request that was never begun
)

// recording is all that is known of a drive. Its owner guards it.
type recording struct {
	within    time.Duration // after that an answer counts as none
	length    time.Duration // in which requests were to be due, 0 when only their number was given
	gap       time.Duration // from one request to the next, on average; 0 in a closed loop
	answered  bool          // requests are to be answered
	records   []record
	outcomes  []outcome
	backends  []string // the first is "", for none
	numbers   map[string]uint16
	corrupted []time.Duration // when an answer came that was not what had been sent
	copies    []time.Duration // when a request was due whose answer came again, once for each time
}

// newRecording has the requests that are due, if that is known beforehand.
func newRecording(p *plan, due []record) recording {
	return recording{
		within: p.Within, length: p.length(), gap: p.gap(), answered: p.Reply, records: due, outcomes: []outcome{{}}, backends: []string{""},
		numbers: map[string]uint16{"": 0},
	}
}

// sort orders the records by when requests were due, as they are but for clients of a closed loop that began at once.
func (r *recording) sort() {
	byStart := func(a, b record) int { return cmp.Compare(a.start, b.start) }
	if !slices.IsSortedFunc(r.records, byStart) {
		slices.SortStableFunc(r.records, byStart)
	}
}

// part is what was due from t1 until before t2, of records that are in order.
func (r *recording) part(t1, t2 time.Duration) []record {
	at := func(t time.Duration) int {
		return sort.Search(len(r.records), func(i int) bool { return r.records[i].start >= t })
	}
	return r.records[at(t1):at(t2)]
}

// last is when the last request is due.
func (r *recording) last() time.Duration {
	if len(r.records) == 0 {
		return 0
	}
	return r.records[len(r.records)-1].start
}

// whole is how long requests were due. When only their number was given, that is until one more would have been due; in a
// closed loop, until all had ended.
func (r *recording) whole() time.Duration {
	switch {
	case r.length > 0 || len(r.records) == 0:
		return r.length
	case r.gap > 0:
		return r.last() + r.gap
	}
	end := r.last() + 1
	for i := range r.records {
		if rec := &r.records[i]; r.outcomes[rec.outcome].failure != late {
			end = max(end, rec.start+rec.took)
		}
	}
	return end
}

// end notes how request n has ended. What was given up, or comes later than that,
// has taken as long as the patience lasts.
func (r *recording) end(n int, a answer) {
	rec := &r.records[n]
	rec.took = max(0, a.at-rec.start)
	if rec.took > r.within {
		rec.took, a.received = r.within, false
		if a.err == nil {
			a.err = sdk.ErrTimeout
		}
	}
	rec.bytes = uint32(a.bytes)
	rec.backend = r.backend(a.backend)
	rec.outcome = r.outcome(a.outcome())
	rec.set(sent, a.sent)
	rec.set(received, a.received)
}

func (rec *record) set(mark marks, on bool) {
	rec.marks &^= mark
	if on {
		rec.marks |= mark
	}
}

// miss notes that request n was not begun before its patience ended.
func (r *recording) miss(n int) {
	rec := &r.records[n]
	rec.took, rec.outcome = r.within, r.outcome(outcome{failure: late})
}

// missed notes, of so many requests, those that were not even due when there was no more time.
func (r *recording) missed(requests int, at time.Duration) {
	for n := len(r.records); n < requests; n++ {
		r.records = append(r.records, record{start: at})
		r.miss(n)
	}
}

func (r *recording) outcome(o outcome) uint8 {
	for i := range r.outcomes {
		if r.outcomes[i] == o {
			return uint8(i)
		}
	}
	switch len(r.outcomes) {
	case maxOutcomes:
		return maxOutcomes - 1
	case maxOutcomes - 1:
		o = outcome{failure: others}
	}
	r.outcomes = append(r.outcomes, o)
	return uint8(len(r.outcomes) - 1)
}

func (r *recording) backend(name string) uint16 {
	if number, ok := r.numbers[name]; ok {
		return number
	}
	if len(r.backends) >= maxBackends || len(name) > maxName {
		name = others
		if number, ok := r.numbers[name]; ok {
			return number
		}
	}
	number := uint16(len(r.backends))
	name = strings.Clone(name) // it is a part of the whole head
	r.backends = append(r.backends, name)
	r.numbers[name] = number
	return number
}

// arriveBroken counts an answer that is not what was sent.
func (r *recording) arriveBroken(at time.Duration) {
	if len(r.corrupted) < maxRecords {
		r.corrupted = append(r.corrupted, at)
	}
}

// arriveAgain counts a copy of an answer that had come before; those of other requests are passed over.
func (r *recording) arriveAgain(n int) {
	if rec := &r.records[n]; rec.marks&received != 0 && len(r.copies) < maxRecords {
		r.copies = append(r.copies, rec.start)
	}
}
