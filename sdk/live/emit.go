package live

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Emit adds the event to the trace, waiting for the host when it must. After the node has stopped nothing is added. An
// event that is not a struct of values that can travel is a mistake in the component, and panics.
func (n *Node) Emit(event any) {
	name, fields, err := value.Describe(event)
	if err != nil {
		panic(fmt.Sprintf("emit: %v", err))
	}
	n.emitting.Lock()
	defer n.emitting.Unlock()
	if n.stopped.Err() == nil {
		n.config.Emit(Monotonic(), name, fields)
	}
}
