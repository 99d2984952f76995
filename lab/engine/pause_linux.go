package engine

import "golang.org/x/sys/unix"

// awaitStopped returns when all threads of a child process have stopped, or it has ended. SIGSTOP takes effect on each
// thread by itself, so a node would go on for some hundred microseconds of its pause.
func awaitStopped(pid int) {
	for {
		// WNOWAIT leaves the news to whoever waits for the process's end.
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return
		}
	}
}
