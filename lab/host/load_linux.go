package host

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which the kernel tells processor time to programs (USER_HZ).
const tick = 10 * time.Millisecond

// resident is how much memory the process takes, in bytes.
func (p *Process) resident() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid()))
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0 // it has ended
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// Available is how much memory the system can still give without taking any from others, in bytes; 0 if it does not tell.
func Available() int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	_, rest, _ := strings.Cut(string(text), "\nMemAvailable:")
	var kib int64
	_, _ = fmt.Sscan(rest, &kib)
	left := kib << 10
	if most, err := readNumber("/sys/fs/cgroup/memory.max"); err == nil { // of a container
		used, _ := readNumber("/sys/fs/cgroup/memory.current")
		left = min(left, max(1, most-used))
	}
	return left
}

func readNumber(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// Load returns the processor time that the process has used, and whether it would use more if it got it.
func (p *Process) Load() (used time.Duration, wants bool) {
	const userTime, systemTime = 11, 12 // fields 14 and 15
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*", p.Pid()))
	for _, thread := range threads {
		fields := statOf(thread)
		if fields == nil {
			continue // it has ended by now
		}
		wants = wants || fields[0] == "R"
		for _, field := range fields[userTime : systemTime+1] {
			ticks, _ := strconv.Atoi(field)
			used += time.Duration(ticks) * tick
		}
	}
	return used, wants
}
