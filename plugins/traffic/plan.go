package traffic

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

type driveArgs struct {
	URL       string        `lab:"url,address,doc=http://node:port/path, tcp://node:port, udp://node:port"`
	PerSecond float64       `lab:"per_second,default=0.0,doc=an open loop: how many requests are due each second"`
	Clients   int           `lab:"clients,default=0,doc=a closed loop with this number of clients; in an open loop, the most requests that may wait for an answer at once"`
	Duration  time.Duration `lab:"duration,default=0s,doc=for how long the drive starts requests"`
	Requests  int           `lab:"requests,default=0,doc=how many requests, instead of a duration"`
	Arrivals  string        `lab:"arrivals,default=even,doc=even or poisson, for an open loop"`
	Size      int           `lab:"size,default=0,doc=bytes of the body (the method is then POST), line or datagram; 0 for a small one"`
	Headers   sdk.Fields    `lab:"headers,default={},doc=header fields of each request (http)"`
	Within    time.Duration `lab:"within,default=5s,doc=time limit of a request, from the time when it was due; a later answer does not count"`
	Reply     bool          `lab:"reply,default=true,doc=False for a server that does not answer (tcp and udp)"`
	Stages    any           `lab:"stages,default=none,doc=an open loop in parts: [(duration, per_second), ...]; in each part, the rate changes evenly from the rate before to this one"`
	Think     sdk.Draw      `lab:"think,default=0s,doc=a client's pause between an answer and its next request, in a closed loop"`
	Work      any           `lab:"work,default=none,doc=a duration or draw: the work that each request asks the server for (http, in the header Lab-Work)"`
	Request   sdk.Function  `lab:"request,default=none,doc=fn(i, rand) -> struct(method, path, headers, body, key): builds request i (http)"`
}

// How a drive is called.
const (
	loopsHint = "drive(url, per_second = 100, duration = 10*s) is an open loop, " +
		"drive(url, clients = 8, requests = 1000) a closed one"
	stagesHint = "stages = [(10*s, 100), (30*s, 100)] goes up to 100 a second in 10s, and stays there for 30s"
	shapeHint  = `request = lambda i, rand: struct(path = "/%d" % rand.int(1, 9)); work = exponential(5*ms)`
)

// hint says how a plan that makes no sense is better written.
func (args *driveArgs) hint() string {
	if args.Stages != nil {
		return stagesHint
	}
	return loopsHint
}

const (
	maxClients = 10_000   // requests under way at once, whatever the plan
	maxEcho    = 64 << 10 // bytes of a line that is echoed
	echoSize   = 64       // the small size of a frame, as a ping has
	bulkSize   = 16 << 10 // that of a write which nobody answers
)

// plan is what a drive is to do, checked.
type plan struct {
	driveArgs
	target
	header http1.Header
	ramp   stages         // nil for none
	fn     *star.Callable // likewise
	work   *sdk.Draw      // likewise
	seed   uint64         // of what requests draw
}

// planOf checks what a drive is to do. Its errors are misuses.
func planOf(args driveArgs) (plan, error) {
	p := plan{driveArgs: args}
	for _, part := range []struct {
		check func() error
		hint  string
	}{
		{p.checkTarget, ""}, {p.checkStages, stagesHint}, {p.checkPace, args.hint()}, {p.checkLength, args.hint()},
		{p.checkRequest, ""}, {p.checkHead, ""}, {p.checkShape, shapeHint},
	} {
		if err := part.check(); err != nil {
			return p, sdk.Misuse(part.hint, err)
		}
	}
	return p, nil
}

func (p *plan) checkTarget() (err error) {
	p.target, err = targetOf(p.URL, "http", "tcp", "udp")
	return err
}

func (p *plan) checkStages() (err error) {
	if p.Stages != nil {
		p.ramp, err = stagesOf(p.Stages, p.PerSecond)
	}
	return err
}

func (p *plan) checkHead() (err error) {
	if p.header, err = headerOf(p.target, p.Headers); err != nil || p.scheme != "http" {
		return err
	}
	return sendable(&newHTTPRequester(p.target, p.header, nil).req)
}

// maxSchedule bounds how long an open loop may be meant to take, far within what a duration can hold.
const maxSchedule = 10 * 365 * 24 * time.Hour

// checkPace checks when, and how many.
func (p *plan) checkPace() error {
	switch {
	case !(p.PerSecond >= 0) || math.IsInf(p.PerSecond, 1):
		return fmt.Errorf("per_second is %v, want more than 0", p.PerSecond)
	case p.Clients < 0 || p.Clients > maxClients:
		return fmt.Errorf("clients is %d, want 1 to %d", p.Clients, maxClients)
	case p.closed() && p.Clients == 0:
		return errors.New("want per_second (an open loop), clients (a closed loop), or both (a bounded open loop)")
	case p.Arrivals != "even" && p.Arrivals != "poisson":
		return fmt.Errorf(`arrivals is %q, want "even" or "poisson"`, p.Arrivals)
	case p.Arrivals == "poisson" && p.closed():
		return errors.New(`arrivals = "poisson" needs per_second: clients alone ask when they are answered`)
	case p.Think != (sdk.Draw{}) && !p.closed():
		return errors.New("think is for a closed loop: clients alone, without per_second or stages")
	case p.Within <= 0:
		return fmt.Errorf("within is %s, want more than 0s", value.FormatDuration(p.Within))
	case p.Within > maxSchedule:
		return fmt.Errorf("within is %s, want at most %s", value.FormatDuration(p.Within), value.FormatDuration(maxSchedule))
	}
	return checkDraw("think", p.Think)
}

// checkLength checks how much there is to do.
func (p *plan) checkLength() error {
	switch {
	case p.Duration < 0 || p.Requests < 0:
		return fmt.Errorf("duration is %s and requests is %d, want no negative ones", value.FormatDuration(p.Duration), p.Requests)
	case p.ramp != nil && (p.Duration > 0 || p.Requests > 0):
		return fmt.Errorf("got stages with duration = %s and requests = %d; stages already set both", value.FormatDuration(p.Duration), p.Requests)
	case p.ramp == nil && (p.Duration == 0) == (p.Requests == 0):
		return fmt.Errorf("duration is %s and requests is %d, want one of them", value.FormatDuration(p.Duration), p.Requests)
	case p.planned() > maxRecords:
		return fmt.Errorf("that makes %.12g requests, want at most %d", math.Round(p.planned()), maxRecords)
	case p.Duration > maxSchedule:
		return fmt.Errorf("duration is %s, want at most %s", value.FormatDuration(p.Duration), value.FormatDuration(maxSchedule))
	case p.PerSecond > 0 && p.planned()/p.PerSecond > maxSchedule.Seconds():
		return fmt.Errorf("%v requests at %v per_second take more than %s", p.planned(), p.PerSecond, value.FormatDuration(maxSchedule))
	}
	return nil
}

// planned is how many requests are made, as far as that is known beforehand; of Poisson arrivals it is the mean.
func (p *plan) planned() float64 {
	switch {
	case p.Requests > 0:
		return float64(p.Requests)
	case p.ramp != nil:
		return math.Ceil(p.ramp.requests())
	}
	return math.Ceil(p.PerSecond * p.Duration.Seconds())
}

// checkRequest checks what is sent, and fills in the small size.
func (p *plan) checkRequest() error {
	least, most := 0, maxBody
	switch {
	case p.scheme == "http" && !p.Reply:
		return errors.New("reply = False is for tcp:// and udp://: every request over http is answered")
	case p.scheme != "http" && len(p.Headers) > 0:
		return fmt.Errorf("headers are for http://, not for %s://", p.scheme)
	case p.scheme == "udp" && !p.Reply && p.closed():
		return errors.New("udp:// with reply = False needs per_second: nothing else would slow it down")
	case p.scheme == "udp":
		least, most = minFrame, sdk.MaxDatagram
	case p.scheme == "tcp" && p.Reply:
		least, most = minFrame, maxEcho
	}
	if p.Size == 0 && p.scheme != "http" {
		p.Size = echoSize
		if p.scheme == "tcp" && !p.Reply {
			p.Size = bulkSize
		}
	}
	if p.Size < least || p.Size > most {
		return fmt.Errorf("size is %d, want %d to %d bytes over %s", p.Size, least, most, p.scheme)
	}
	return nil
}

// closed tells that it is a closed loop: a client asks when it has its answer.
func (p *plan) closed() bool { return p.PerSecond == 0 && p.ramp == nil }

// draws tells that requests have draws of their own.
func (p *plan) draws() bool { return p.fn != nil || p.work != nil || p.Think != (sdk.Draw{}) }

// length is the time in which requests are due, 0 when only their number is given.
func (p *plan) length() time.Duration {
	if p.ramp != nil {
		return p.ramp.during()
	}
	return p.Duration
}

// gap is the time from one request of an open loop to the next, on average; 0 where it changes, and in a closed loop.
func (p *plan) gap() time.Duration {
	if p.PerSecond == 0 || p.ramp != nil {
		return 0
	}
	return max(1, time.Duration(math.Round(float64(time.Second)/p.PerSecond)))
}

// checkShape checks what requests have of their own.
func (p *plan) checkShape() (err error) {
	if p.Request.Name != "" {
		if p.fn, err = star.Rebuild(p.Request, nil); err == nil {
			err = p.fn.Accepts("i", "rand")
		}
		if err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	switch v := p.Work.(type) {
	case nil:
	case time.Duration:
		p.work = &sdk.Draw{A: v}
	case sdk.Draw:
		p.work = &v
	default:
		return fmt.Errorf("work: got %s, want a duration such as 5*ms, or a draw", value.Format(v))
	}
	if p.scheme != "http" && (p.fn != nil || p.work != nil) {
		return fmt.Errorf("request and work are for http://, not for %s://", p.scheme)
	}
	if p.work != nil {
		return checkDraw("work", *p.work)
	}
	return nil
}

// checkDraw checks a duration that is to be waited for.
func checkDraw(name string, d sdk.Draw) error {
	if d.Distribution == link.Fixed && d.A < 0 {
		return fmt.Errorf("%s is %s, want 0s or more", name, value.FormatDuration(d.A))
	}
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
