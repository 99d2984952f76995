package serve

import "github.com/netlab-dev/netlab/sdk/wire"

// preview answers queries at the present instant ahead of the script. One that cannot be answered at once is left out:
// the node is paused or gone, or the method waits after all.
func (w *simWorld) preview(calls []*wire.Call) []*wire.Reply {
	replies := make([]*wire.Reply, 0, len(calls))
	for i, call := range calls {
		c := &simCall{world: w, node: w.nodes[call.GetNode()], method: call.GetMethod(), ahead: true}
		if c.node == nil || c.node.instance == nil || c.node.node.State() != "running" {
			continue
		}
		c.instance = c.node.instance
		if c.invocation.prepare(c.instance, call) != nil || !c.isQuery() {
			continue
		}
		c.reply.Call = int64(i)
		c.start(call)
		if c.ahead {
			continue
		}
		replies = append(replies, &c.reply)
	}
	return replies
}
