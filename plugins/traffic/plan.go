package traffic

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

type driveArgs struct {
	URL       string        `lab:"url,address,doc=http://node:port/path, tcp://node:port, udp://node:port"`
	PerSecond float64       `lab:"per_second,default=0.0,doc=requests due in a second: an open loop"`
	Clients   int           `lab:"clients,default=0,doc=a closed loop of so many; with per_second, how many may wait"`
	Duration  time.Duration `lab:"duration,default=0s,doc=how long requests are begun"`
	Requests  int           `lab:"requests,default=0,doc=how many, instead of duration"`
	Arrivals  string        `lab:"arrivals,default=even,doc=even or poisson, for per_second"`
	Size      int           `lab:"size,default=0,doc=bytes of a body (then POST), line or datagram; 0 for a small one"`
	Headers   sdk.Fields    `lab:"headers,default={},doc=fields of a request over http"`
	Within    time.Duration `lab:"within,default=5s,doc=the patience, from when a request was due; a later answer counts as none"`
	Reply     bool          `lab:"reply,default=true,doc=false for a server that does not answer (tcp and udp)"`
}

// loopsHint says how a drive is called.
const loopsHint = "drive(url, per_second = 100, duration = 10*s) is an open loop, " +
	"drive(url, clients = 8, requests = 1000) a closed one"

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
}

func planOf(args driveArgs) (plan, error) {
	p := plan{driveArgs: args}
	var err error
	if p.target, err = targetOf(args.URL, "http", "tcp", "udp"); err != nil {
		return p, err
	}
	if err = p.checkPace(); err == nil {
		err = p.checkRequest()
	}
	if err == nil {
		p.header, err = headerOf(p.target, args.Headers)
	}
	if err == nil && p.scheme == "http" {
		err = sendable(&newHTTPLane(p.target, p.header, nil).req)
	}
	return p, err
}

// maxSchedule bounds how long an open loop may be meant to take, far within what a duration can hold.
const maxSchedule = 10 * 365 * 24 * time.Hour

// checkPace checks when, and how many.
func (p *plan) checkPace() error {
	switch {
	case !(p.PerSecond >= 0) || math.IsInf(p.PerSecond, 1):
		return fmt.Errorf("per_second is %v, want more than 0", p.PerSecond)
	case p.PerSecond > 0 && p.planned()/p.PerSecond > maxSchedule.Seconds():
		return fmt.Errorf("%v requests at %v per_second take more than %v", p.planned(), p.PerSecond, maxSchedule)
	case p.Clients < 0 || p.Clients > maxClients:
		return fmt.Errorf("clients is %d, want 1 to %d", p.Clients, maxClients)
	case p.PerSecond == 0 && p.Clients == 0:
		return errors.New("want per_second (an open loop), clients (a closed loop), or both (a bounded open loop)")
	case p.Duration < 0 || p.Requests < 0:
		return fmt.Errorf("duration is %v and requests is %d, want no negative ones", p.Duration, p.Requests)
	case (p.Duration == 0) == (p.Requests == 0):
		return fmt.Errorf("duration is %v and requests is %d, want one of them", p.Duration, p.Requests)
	case p.planned() > maxRecords:
		return fmt.Errorf("that makes %.0f requests, want at most %d", p.planned(), maxRecords)
	case p.Arrivals != "even" && p.Arrivals != "poisson":
		return fmt.Errorf(`arrivals is %q, want "even" or "poisson"`, p.Arrivals)
	case p.Arrivals == "poisson" && p.PerSecond == 0:
		return errors.New(`arrivals = "poisson" needs per_second: clients alone ask when they are answered`)
	case p.Within <= 0:
		return fmt.Errorf("within is %v, want more than 0s", p.Within)
	}
	return nil
}

// planned is how many requests are made, as far as that is known beforehand; of Poisson arrivals it is the mean.
func (p *plan) planned() float64 {
	if p.Requests > 0 {
		return float64(p.Requests)
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
	case p.scheme == "udp" && !p.Reply && p.PerSecond == 0:
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
func (p *plan) closed() bool { return p.PerSecond == 0 }
