// Package sdk is what the author of a plugin writes against. A plugin is a program that serves kinds; a component is a
// kind at work on a node. The smallest useful one, but for its package and imports:
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
// A script names its directory: plugin("./echo"). A [Component] is ordinary blocking Go over an [Env]. Tagged fields are
// configuration ([Kind]), functions that scripts call are methods ([Func]), what they return may be an object
// ([ObjectType]), Env.Emit makes events, and [Messages] are datagrams with fields. The same code runs on kernel sockets
// (live) and in virtual time (sim), if:
//
//   - Time, network, files, randomness and goroutines come from Env only; no select, no channels, no range over a map
//     where the order could matter. A [Mailbox] takes the place of channels and select.
//   - Methods run beside Run and beside each other. In live that is truly parallel: guard shared state by a sync.Mutex
//     (under which no Env call is made), by a [Mutex], or have the method post to a Mailbox and wait ([Ask]).
//   - Env calls return [ErrStopped] once the node stops (live) or never return (sim). Return it; it is a normal end.
//   - Nothing but what was synced to the [Disk] survives a crash: Kind.New is called anew for each incarnation.
//
// A peer may not listen yet: [ErrRefused] is ordinary. Try again after a Sleep.
package sdk
