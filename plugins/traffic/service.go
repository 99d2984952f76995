package traffic

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// service is how long requests are worked on: drawn by the backend, or as each asks for. The zero value is no time.
type service struct {
	draw  sdk.Draw
	asked bool
}

// serviceOf reads the parameter service_time.
func serviceOf(value any) (service, error) {
	switch v := value.(type) {
	case nil:
		return service{}, nil
	case time.Duration:
		if v < 0 {
			return service{}, fmt.Errorf("service_time is %v, want 0s or more", v)
		}
		return service{draw: sdk.Draw{A: v}}, nil
	case sdk.Draw:
		return service{draw: v}, v.Validate()
	case string:
		if v == "request" {
			return service{asked: true}, nil
		}
		if d, err := time.ParseDuration(v); err == nil && d >= 0 {
			return service{draw: sdk.Draw{A: d}}, nil
		}
		return service{}, fmt.Errorf(`service_time is %q, want a duration such as 5ms, a draw or "request"`, v)
	}
	return service{}, fmt.Errorf(`service_time is %v, want a duration such as 5*ms, a draw or "request"`, value)
}

// time is the service time of one request, given two variates to draw it by. One that asks for its work has it, whatever
// the backend's own.
func (s service) time(req *http1.Request, u1, u2 float64) (time.Duration, error) {
	if text := req.Header.Get(labWork); text != "" {
		return asked(labWork, text)
	}
	if !s.asked {
		return max(0, s.draw.Sample(u1, u2)), nil
	}
	if text := req.Header.Get(workField); text != "" {
		return asked(workField, text)
	}
	return 0, nil
}

func asked(field, text string) (time.Duration, error) {
	work, err := time.ParseDuration(text)
	if err != nil || work < 0 || work > maxWork {
		return 0, fmt.Errorf("%s: want a duration such as 12ms, at most 1h", field)
	}
	return work, nil
}
