package traffic

import (
	"errors"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// reason reduces an error of the environment or of the protocol to what a script wants to know and may compare: the
// same few words in both engines, without addresses.
func reason(err error) error {
	for _, known := range []error{
		sdk.ErrRefused, sdk.ErrReset, sdk.ErrNoNode, sdk.ErrInUse, sdk.ErrNoPort, sdk.ErrTooLarge, sdk.ErrStopped,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	var refused *http1.Error
	switch {
	case errors.Is(err, sdk.ErrTimeout):
		return errTimedOut
	case errors.Is(err, sdk.ErrClosed):
		return errClosed
	case errors.Is(err, http1.ErrNoAnswer):
		return errNoAnswer
	case errors.As(err, &refused):
		return errors.New("bad answer: " + refused.Rule)
	}
	return err
}

// Reasons that others word for programmers.
var (
	errTimedOut = errors.New("timed out")
	errClosed   = errors.New("closed")
	errNoAnswer = errors.New("connection ended before an answer")
)
