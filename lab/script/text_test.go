package script

import (
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
)

// textOf is a result as people read it.
func textOf(r *Result) string { return strings.TrimSuffix(result.Text{}.Run(&r.Run), "\n") }
