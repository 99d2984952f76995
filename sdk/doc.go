// Package sdk is for authors of plugins. A plugin is a program that serves kinds. A component is a kind at work on a
// node. This is the smallest useful plugin, without imports:
//
//	type echo struct{}
//
//	func (echo) Run(env sdk.Env) error {
//		ln, err := env.Listen(7000)
//		for err == nil {
//			var conn sdk.Conn
//			if conn, err = ln.Accept(); err == nil {
//				env.Go(func() { io.Copy(conn, conn); conn.Close() })
//			}
//		}
//		return err
//	}
//
//	func Plugin() sdk.Plugin {
//		return sdk.Plugin{Name: "echo", Kinds: []sdk.Kind{{Name: "echo", New: func() sdk.Component { return echo{} }}}}
//	}
//
// A script names the plugin by its directory: plugin("./echo"). A [Component] is ordinary blocking Go code over an [Env].
// Its tagged fields are its configuration ([Kind]). Functions that scripts call are methods ([Func]). They may return
// objects ([ObjectType]). Env.Emit emits events. [Messages] are datagrams with fields. These rules let the same code run
// on kernel sockets (live) and in virtual time (sim):
//
//   - Use only Env for time, network, files, random values and goroutines. Use no select, no channels, and no range over
//     a map where the order matters. A [Mailbox] replaces channels and select.
//   - Methods run at the same time as Run and other methods, in live in parallel. Guard shared state by a sync.Mutex (no
//     Env call while you hold it) or by a [Mutex], or let the method post to a Mailbox and wait ([Ask]).
//   - When the node stops, Env calls return [ErrStopped] (live) or do not return (sim). Return it: this is a normal end.
//   - A crash keeps only what was synced to the [Disk]. Kind.New is called again for each incarnation.
//
// A peer may not listen yet, so [ErrRefused] is normal. Dial again after a Sleep.
package sdk
