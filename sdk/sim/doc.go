// Package sim is the virtual-time kernel: it runs component code deterministically from a seed, over a simulated
// network.
//
// A World is one execution of one experiment. Its nodes implement sdk.Env. Every task of a node is a coroutine, exactly
// one runs at a time, every blocking call of the environment parks it, and the kernel jumps the clock to the next step:
// a datagram or a segment that arrives, a timer that is due. Computation takes no virtual time.
//
// # The rules of determinism
//
//  1. Steps are ordered by (time, rank of destination, rank of source, the source's own sequence number). A rank is
//     hash(seed, name); the script has rank 0. There is no global counter. A wait's deadline comes last among the steps
//     of its instant on its node, so what arrives at that instant still counts.
//  2. Chance is anchored: what is drawn for a thing follows from the seed and from what the thing is, never from how much
//     was drawn before. A datagram draws by its content and how often the same was sent on its path, a segment by its
//     connection, offset and attempt, a node by the instant, a sync by its file and number. So what is taken away, or
//     added, moves no other draw.
//  3. All state of a path belongs to its sender's side. A path takes at least Floor, to the node itself as well, so what
//     happens at one instant stays within one node.
//  4. The digest combines one digest per node in order of name: deliveries (time, source, content), timers that fired,
//     events, calls and replies, syncs of disks, faults. Logs are not in it, nor is the order of Add, nor the level of
//     tracing.
//  5. Commands (the methods of World and Node that the script's side calls) act at the current instant, before its
//     steps: Run stops before the steps of the instant it was asked to reach. Tasks that a command makes ready run when
//     the next Call or Run begins.
//  6. No map iteration, native select, time.Now, global rand or goroutine may influence an outcome. The kernel keeps to
//     this; components must, too.
//
// Within a node, tasks that become ready at one instant run in the order in which they became ready.
//
// # What a component must not do
//
//   - Start a goroutine that calls the environment. It is not detected: it would act in the name of whichever task
//     runs.
//   - Hold a sync.Mutex across a call that parks, if another task may want it; wait on channels or other things outside
//     the environment; loop for ever without calling it. The watchdog reports such a node (Config.Hung), with stacks.
//   - Call runtime.Goexit: it would end the goroutine that drives the world.
//
// A component that spins at one instant, as in for { env.Sleep(0) }, fails its node after a million switches.
//
// # The end of a task
//
// When a node crashes, or the world is closed, the tasks of the node unwind from the call they are parked in: deferred
// calls run, nothing after the call does. The environment refuses service during that: calls answer sdk.ErrStopped and
// have no effect.
//
// # TCP
//
// Streams are TCP, segment by segment: see packages network and tcp. A dial costs a round trip; a listener hands out a
// connection when the handshake is over. Loss, cuts and full queues delay bytes and never lose them. A connection without
// progress for tcp.GiveUp is over: both ends see a reset. A reset that is lost is not repeated: an end that waits for bytes
// learns of it when it sends some. There is no TIME_WAIT.
//
// # Clocks
//
// A world has one time, that of links, steps and events. A node's clock may go at another speed and show another time
// (Node.SetClock): what its tasks wait for follows it, its transport does not.
//
// # Concurrency
//
// Worlds are independent: any number may run at the same time on different goroutines. One world may be driven from
// different goroutines, but never from two at once; the callbacks of Config, Call and Run are made on the driving one,
// except Hung.
package sim
