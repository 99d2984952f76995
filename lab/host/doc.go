// Package host finds, starts and supervises plugin processes; what is to be built it lets package build make. It is the
// only package on the host's side that knows hashicorp/go-plugin; everybody else sends commands and receives reports.
//
// A Host owns a run directory and every process it has started; Close ends them and leaves nothing behind. Should the
// host die without Close, the processes die with it: each has a lifeline (a pipe that ends when the host does) and, on
// Linux, the parent-death signal, which also reaches a paused process.
//
// What a plugin process may do wrong stays its own trouble. It gets /dev/null as standard input, a small environment
// and a process group of its own; what it prints is kept and passed on, never parsed; a handshake that fails becomes a
// sentence that says what to do.
//
// # Debugging a plugin
//
// A plugin started by hand with the verb debug serves without a host and prints a line LAB_REATTACH='{...}'. With that
// variable in its environment, a host uses this process wherever it would have started the plugin of that name, and
// never ends it:
//
//	$ dlv debug ./cmd/lab-plugin-sticky -- debug
//	LAB_REATTACH='{"sticky":{"network":"unix","address":"/tmp/plugin123","pid":4711,"protocol_version":1}}'
//	$ LAB_REATTACH='...' lab run --engine sim sticky.star
package host
