package balancer

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk/star"
)

// scripted is a strategy of functions of a script. Where one of them fails (it returns what is not one of the backends,
// raises an error, or takes too many steps) the fallback picks, and failed is told of the mistake.
//
// Functions that share a state are called one at a time. Without one they are called from many tasks at once.
type scripted struct {
	definition
	fallback strategy.Strategy
	failed   func(error) // safe for concurrent use; called without a lock of ours

	offer atomic.Pointer[offer]
	mu    sync.Mutex // held while a function may use the state
	lost  error      // why there is no state any more; under mu
}

// offer is the backends of one Update as the functions see them.
type offer struct {
	list   *starlark.List // of *view, frozen: made here once, not for each request
	views  []*view
	byName map[string]*strategy.Backend
	odds   *strategy.Lottery
}

var _ strategy.Learner = (*scripted)(nil)

func (s *scripted) Update(backends []*strategy.Backend) {
	o := &offer{byName: make(map[string]*strategy.Backend, len(backends)), odds: strategy.NewLottery(backends)}
	values := make([]starlark.Value, len(backends))
	for i, b := range backends {
		v := newView(b)
		v.offer = o
		values[i], o.byName[b.Name] = v, b
		o.views = append(o.views, v)
	}
	o.list = starlark.NewList(values)
	o.list.Freeze()
	s.fallback.Update(backends)
	s.offer.Store(o)
}

func (s *scripted) Pick(r *strategy.Request) *strategy.Backend {
	o := s.offer.Load()
	if len(o.views) == 0 {
		return nil
	}
	var picked *strategy.Backend
	var err error
	if s.score != nil {
		picked, err = s.lower(o, r)
	} else {
		picked, err = s.ask(o, r)
	}
	if err != nil {
		s.failed(err)
		return s.fallback.Pick(r)
	}
	return picked
}

// ask lets the function pick choose. Without an error nil is its None, which refuses the request.
func (s *scripted) ask(o *offer, r *strategy.Request) (*strategy.Backend, error) {
	asked := &requestView{request: r, rand: requestRand.Rand(r.Rand)}
	result, err := s.call(s.pick, o.list, asked, func() { asked.request, asked.rand.Source = nil, nil })
	if err != nil {
		return nil, star.Mistake("pick", err)
	}
	if result == starlark.None {
		return nil, nil
	}
	v, ok := result.(*view)
	if !ok {
		return nil, star.Mistake("pick", fmt.Errorf("%s returned %s, want one of the backends or None", s.pick.Name(), star.Described(result)))
	}
	if v.offer == o {
		return v.backend, nil
	}
	// The state may have kept it since before the backends changed.
	if b := o.byName[v.backend.Name]; b != nil {
		return b, nil
	}
	return nil, star.Mistake("pick", fmt.Errorf("%s returned backend %s, which may not be picked any more",
		s.pick.Name(), v.backend.Name))
}

// call calls a function of two arguments and the state, if there is one. over ends what is only for the time of the
// call, before another one may see it in the state.
func (s *scripted) call(fn *star.Callable, a, b starlark.Value, over func()) (starlark.Value, error) {
	if s.init == nil {
		defer over()
		return fn.Call(a, b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer over()
	if s.lost != nil {
		return nil, s.lost
	}
	v, err := fn.Call(a, b, s.state)
	if errors.Is(err, star.ErrHolds) { // it would be looked through at each call, and held for nothing
		s.lost = fmt.Errorf("%s (%s): the state is dropped: %w", fn.Name(), fn.Position(), err)
		s.state, err = starlark.None, s.lost
	}
	return v, err
}

// lower draws two backends, exactly as p2c does, and returns the one with the lower score, the first of equals. One whose
// score is None is out of the question; when both are, all others are asked, and nil refuses the request.
func (s *scripted) lower(o *offer, r *strategy.Request) (*strategy.Backend, error) {
	drawn := o.views[:1]
	if len(o.views) > 1 {
		i, j := o.odds.Two(r.Rand)
		drawn = []*view{o.views[i], o.views[j]}
	}
	best, err := s.lowest(drawn)
	if best == nil && err == nil && len(o.views) > 2 {
		best, err = s.lowest(o.views)
	}
	if err != nil {
		return nil, star.Mistake("score", err)
	}
	return best, nil
}

// lowest is the first of those with the lowest score, nil when none has one.
func (s *scripted) lowest(views []*view) (best *strategy.Backend, err error) {
	least := math.Inf(1)
	for _, v := range views {
		score, ok, err := s.scoreOf(v)
		if err != nil {
			return nil, err
		}
		if ok && (best == nil || score < least) {
			best, least = v.backend, score
		}
	}
	return best, nil
}

// scoreOf calls the function score, and reports whether there is one. Durations count in nanoseconds, so that 0 may stand
// beside them.
func (s *scripted) scoreOf(v *view) (score float64, ok bool, err error) {
	result, err := s.score.Call(v)
	if err != nil || result == starlark.None {
		return 0, false, err
	}
	if d, ok := result.(star.Duration); ok {
		return float64(time.Duration(d)), true, nil
	}
	number, ok := starlark.AsFloat(result)
	if !ok {
		return 0, false, fmt.Errorf("%s returned %s, want a number, a duration or None", s.score.Name(), star.Described(result))
	}
	if math.IsNaN(number) {
		return 0, false, errors.New(s.score.Name() + " returned nan, which is neither lower nor higher than a number")
	}
	return number, true, nil
}

// Done tells the function done and the fallback of every attempt, whoever of them has picked: a strategy that learns
// would otherwise know nothing when it is needed.
func (s *scripted) Done(b *strategy.Backend, r strategy.Result) {
	strategy.Done(s.fallback, b, r)
	if s.done == nil || r.Unasked {
		return
	}
	if _, err := s.call(s.done, newView(b), &resultView{r}, func() {}); err != nil {
		s.failed(star.Mistake("done", err))
	}
}
