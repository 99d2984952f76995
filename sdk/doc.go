// Package sdk is all that the author of a plugin imports. A plugin is a program that serves kinds; a component is a
// kind at work on a node. The smallest useful plugin, but for its imports:
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
//	var plugin = sdk.Plugin{Name: "echo", Kinds: []sdk.Kind{{Name: "echo", New: func() sdk.Component { return echo{} }}}}
//
//	func main() { sdk.Main(plugin) }
//
// A component is ordinary blocking Go over an Env: its clock, network, disk, randomness and trace. The same code runs
// on kernel sockets (live) and in virtual time (sim), if it follows four rules:
//
//   - Time, network, files, randomness and goroutines come from Env only; no select, no channels, no range over a map
//     where the order could matter. Use Mailbox where another program would use channels and select.
//   - Methods run beside Run and beside each other. In live that is truly parallel: guard shared state by a sync.Mutex
//     (under which no Env call is made) or let the method post to a Mailbox and wait for the answer: see Ask.
//   - Env calls return ErrStopped once the node stops (live) or never return (sim). Return it; it is a normal end.
//   - Nothing but what was synced to Env.Disk survives a crash: Kind.New is called anew for each incarnation.
//
// A peer may not listen yet when a component dials it: ErrRefused is ordinary, so try again after a Sleep.
package sdk
